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

func (r *resetCmd) run(_ context.Context, c console) error {
	path := accountsPath(r.Data)
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("there are no accounts in %s: is it the server's --data folder?", r.Data)
	}
	if strings.EqualFold(r.Session, session.Instructor) {
		password, err := account.ResetInstructor(path)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.out, "The instructor's new password is %s\nIt is shown only here.\n", password)
		return err
	}
	if err := account.Reset(path, r.Session); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.out, "The password of %s is forgotten: the next log-in as %s sets a new one. The readings stay.\n", r.Session, r.Session)
	return err
}
