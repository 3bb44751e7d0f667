package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	driverpkg "modernc.org/sqlite"
)

// db is one connection and its prepared statements, for one goroutine at a
// time. It stands on the driver itself: database/sql's conversions cost more
// than SQLite's part of a row.
type db struct {
	c     driver.Conn
	stmts map[string]driver.Stmt
}

// dial opens the file with the given URI parameters.
func dial(path string, params url.Values) (*db, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	p := filepath.ToSlash(abs)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	u := url.URL{Scheme: "file", Path: p, RawQuery: params.Encode()}
	c, err := (&driverpkg.Driver{}).Open(u.String())
	if err != nil {
		return nil, err
	}
	return &db{c: c, stmts: map[string]driver.Stmt{}}, nil
}

func (d *db) close() error {
	var errs []error
	for _, s := range d.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, d.c.Close())...)
}

func (d *db) prepare(q string) (driver.Stmt, error) {
	if s := d.stmts[q]; s != nil {
		return s, nil
	}
	s, err := d.c.Prepare(q)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	d.stmts[q] = s
	return s, nil
}

func named(args []driver.Value) []driver.NamedValue {
	n := make([]driver.NamedValue, len(args))
	for i, a := range args {
		n[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return n
}

func (d *db) exec(q string, args ...driver.Value) error {
	_, err := d.run(q, named(args))
	return err
}

func (d *db) run(q string, args []driver.NamedValue) (driver.Result, error) {
	s, err := d.prepare(q)
	if err != nil {
		return nil, err
	}
	return s.(driver.StmtExecContext).ExecContext(context.Background(), args)
}

// script runs several statements, unprepared.
func (d *db) script(q string) error {
	_, err := d.c.(driver.ExecerContext).ExecContext(context.Background(), q, nil)
	return err
}

// query calls f for each row; the values are valid during the call only.
func (d *db) query(q string, f func([]driver.Value) error, args ...driver.Value) (err error) {
	s, err := d.prepare(q)
	if err != nil {
		return err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(context.Background(), named(args))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	values := make([]driver.Value, len(rows.Columns()))
	for {
		switch err := rows.Next(values); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := f(values); err != nil {
			return err
		}
	}
}

// number returns the single integer that the query answers; 0 for none.
func (d *db) number(q string, args ...driver.Value) (n int64, err error) {
	err = d.query(q, func(v []driver.Value) error {
		n = integer(v[0])
		return nil
	}, args...)
	return n, err
}

func integer(v driver.Value) int64 {
	n, _ := v.(int64)
	return n
}

func text(v driver.Value) string {
	s, _ := v.(string)
	return s
}

func double(v driver.Value) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	}
	return 0, false
}
