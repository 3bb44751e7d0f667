package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"labbroker/internal/account"
	"labbroker/internal/session"
)

// readRoster reads a CSV of name,session,password with or without a heading
// line. Every mistake names its line; nothing of a faulty roster is used.
func readRoster(path string) ([]account.Entry, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the roster %s cannot be read: %w", path, errors.Unwrap(err))
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.TrimLeadingSpace = true
	r.FieldsPerRecord = -1
	var entries []account.Entry
	seen := map[string]int{}
	for {
		record, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("the roster %s: %w", path, err)
		}
		line, _ := r.FieldPos(0)
		if len(entries) == 0 && len(record) > 1 && strings.EqualFold(strings.TrimSpace(record[1]), "session") {
			continue
		}
		if len(record) < 3 {
			return nil, fmt.Errorf("the roster %s, line %d: want name,session,password", path, line)
		}
		e := account.Entry{
			Name:     strings.TrimSpace(strings.TrimPrefix(record[0], "\ufeff")),
			Session:  strings.TrimSpace(record[1]),
			Password: strings.TrimSpace(record[2]),
		}
		if err := session.Check(e.Session); err != nil {
			return nil, fmt.Errorf("the roster %s, line %d: session %q: %w", path, line, e.Session, err)
		}
		if e.Password == "" {
			return nil, fmt.Errorf("the roster %s, line %d: %s has no password", path, line, e.Session)
		}
		if before, twice := seen[session.Key(e.Session)]; twice {
			return nil, fmt.Errorf("the roster %s, line %d: session %s stands in line %d already", path, line, e.Session, before)
		}
		seen[session.Key(e.Session)] = line
		entries = append(entries, e)
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("the roster %s has no sessions in it", path)
	}
	return entries, nil
}
