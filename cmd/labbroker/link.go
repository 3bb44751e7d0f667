package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"labbroker/internal/account"
	"labbroker/internal/lan"
)

// linkCmd writes to the accounts of a data folder, as resetCmd does.
type linkCmd struct {
	Data string `default:"labbroker-data" placeholder:"FOLDER" help:"The server's data folder. Default ./${default}."`
}

func (l *linkCmd) run(_ context.Context, c console) error {
	path := accountsPath(l.Data)
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("there are no accounts in %s: is it the server's --data folder?", l.Data)
	}
	token, kept, err := account.NewLink(path)
	if err != nil {
		return err
	}
	until := "The password of now holds until then."
	if !kept {
		until = "No password was set so far: until then nobody signs in as\n" +
			"instructor, unless the server was started with --instructor-password."
	}
	_, err = fmt.Fprintf(c.out, "Set the instructor's password with this link. It works once, for 24 hours, while the server runs;\n"+
		"older links are void. %s\n\n  %s\n\n", until, linkAddress(readBase(l.Data), token))
	return err
}

func linkAddress(base, token string) string { return base + "/link/" + token }

// basePath is the file that tells other commands where the server's pages are.
func basePath(data string) string { return filepath.Join(data, "address") }

// noteBase writes where the pages are. Without it a link is printed with the
// default port, which is no reason not to start.
func (s *server) noteBase() {
	if err := os.WriteFile(basePath(s.c.Data), []byte(s.base()+"\n"), 0o644); err != nil {
		s.log.Warn("where the pages are could not be written down", "error", err)
	}
}

// readBase is where the server's pages were at its last start, or where they
// would be by default.
func readBase(data string) string {
	text, err := os.ReadFile(basePath(data))
	base := strings.TrimSpace(string(text))
	if err == nil && strings.HasPrefix(base, "http://") && !strings.ContainsAny(base, " \n") {
		return base
	}
	host := "127.0.0.1"
	if all := lan.Addresses(); errors.Is(err, fs.ErrNotExist) && len(all) > 0 {
		host = all[0].String()
	}
	return "http://" + host + ":8080"
}
