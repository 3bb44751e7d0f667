package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"labbroker/internal/account"
	"labbroker/internal/session"
)

// resetCmd writes to the accounts of a data folder; a running server follows
// them and sees it within a second.
type resetCmd struct {
	Session string `arg:"" help:"The session's name, or 'instructor'."`
	Data    string `default:"labbroker-data" placeholder:"FOLDER" help:"The server's data folder. Default ./${default}."`
}

func (r *resetCmd) run(ctx context.Context, c console) error {
	if strings.EqualFold(r.Session, session.Instructor) {
		return (&linkCmd{Data: r.Data}).run(ctx, c)
	}
	path := accountsPath(r.Data)
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("there are no accounts in %s: is it the server's --data folder?", r.Data)
	}
	if err := account.Reset(path, r.Session); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.out, "The password of %s is forgotten. Where names are claimed, the next log-in as %[1]s sets a new one;\n"+
		"with a roster the instructor gives one on the page. The readings stay.\n", r.Session)
	return err
}
