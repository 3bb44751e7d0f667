package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"

	"modernc.org/libc"
	sqlite "modernc.org/sqlite/lib"
)

// db is one connection and its prepared statements, for one goroutine at a
// time. It stands on SQLite's own interface rather than on database/sql: there
// each number that is bound or read costs a lock and an allocation, which was
// half of the time that a row took.
type db struct {
	tls   *libc.TLS
	h     uintptr // sqlite3*
	out   uintptr // C memory for one pointer
	text  uintptr // C memory for arguments, textLen bytes
	size  int
	stmts map[string]*stmt
}

type stmt struct {
	d *db
	p uintptr // sqlite3_stmt*
}

// row is the row that a query has come to.
type row struct{ s *stmt }

// sqlError is what SQLite said.
type sqlError struct {
	code int32 // extended
	text string
}

func (e *sqlError) Error() string { return fmt.Sprintf("%s (SQLite %d)", e.text, e.code) }

var errMemory = errors.New("out of memory")

// dial opens the file; flags are sqlite.SQLITE_OPEN_...
func dial(path string, flags int32, script string) (*db, error) {
	d := &db{tls: libc.NewTLS(), stmts: map[string]*stmt{}}
	d.out = sqlite.Xsqlite3_malloc(d.tls, 16)
	if d.out == 0 {
		return nil, errMemory
	}
	name, err := d.put(path + "\x00")
	if err != nil {
		return nil, err
	}
	clear(libc.GoBytes(d.out, 16))
	// One goroutine at a time: no lock around each call.
	rc := sqlite.Xsqlite3_open_v2(d.tls, name, d.out, flags|sqlite.SQLITE_OPEN_NOMUTEX, 0)
	d.h = d.pointer()
	if rc != sqlite.SQLITE_OK {
		return nil, errors.Join(d.err(rc), d.close())
	}
	sqlite.Xsqlite3_extended_result_codes(d.tls, d.h, 1)
	if err := d.script(script); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

// pointer is what SQLite wrote to d.out.
func (d *db) pointer() uintptr {
	if ^uintptr(0)>>32 == 0 {
		return uintptr(binary.NativeEndian.Uint32(libc.GoBytes(d.out, 4)))
	}
	return uintptr(binary.NativeEndian.Uint64(libc.GoBytes(d.out, 8)))
}

// put copies s to C memory that holds until the next put; never nil.
func (d *db) put(s string) (uintptr, error) {
	if d.size < len(s)+1 {
		sqlite.Xsqlite3_free(d.tls, d.text)
		d.size = max(1024, 2*len(s))
		if d.text = sqlite.Xsqlite3_malloc(d.tls, int32(d.size)); d.text == 0 {
			d.size = 0
			return 0, errMemory
		}
	}
	copy(libc.GoBytes(d.text, d.size), s)
	return d.text, nil
}

func (d *db) err(rc int32) error {
	e := &sqlError{code: rc, text: "cannot open"}
	if d.h != 0 {
		e.text = libc.GoString(sqlite.Xsqlite3_errmsg(d.tls, d.h))
	}
	return e
}

// close ends the connection; the statements with it.
func (d *db) close() (err error) {
	for _, s := range d.stmts {
		sqlite.Xsqlite3_finalize(d.tls, s.p) // repeats the error of the last step
	}
	if d.h != 0 {
		if rc := sqlite.Xsqlite3_close_v2(d.tls, d.h); rc != sqlite.SQLITE_OK {
			err = d.err(rc)
		}
	}
	sqlite.Xsqlite3_free(d.tls, d.text)
	sqlite.Xsqlite3_free(d.tls, d.out)
	d.tls.Close()
	return err
}

// prepare returns the statement, which the connection keeps.
func (d *db) prepare(q string) (*stmt, error) {
	if s := d.stmts[q]; s != nil {
		return s, nil
	}
	p, _, err := d.compile(q)
	if err != nil {
		return nil, err
	}
	s := &stmt{d, p}
	d.stmts[q] = s
	return s, nil
}

// compile makes the first statement of q and returns the rest.
func (d *db) compile(q string) (p uintptr, rest string, err error) {
	c, err := d.put(q + "\x00")
	if err != nil {
		return 0, "", err
	}
	tail := d.out + 8
	if rc := sqlite.Xsqlite3_prepare_v3(d.tls, d.h, c, int32(len(q)+1), 0, d.out, tail); rc != sqlite.SQLITE_OK {
		return 0, "", fmt.Errorf("prepare: %w", d.err(rc))
	}
	p = d.pointer()
	d.out += 8
	end := d.pointer()
	d.out -= 8
	return p, q[min(len(q), int(end-c)):], nil
}

// script runs several statements, unprepared.
func (d *db) script(q string) error {
	for q != "" {
		p, rest, err := d.compile(q)
		if err != nil {
			return err
		}
		if q = rest; p == 0 {
			continue
		}
		s := stmt{d, p}
		for more := true; more && err == nil; {
			more, err = s.step()
		}
		sqlite.Xsqlite3_finalize(d.tls, p)
		if err != nil {
			return err
		}
	}
	return nil
}

// exec runs a statement whose rows nobody needs.
func (d *db) exec(q string, args ...any) error {
	return d.query(q, func(row) error { return nil }, args...)
}

// query calls f for each row, which is valid during the call only. f does not
// run the same query.
func (d *db) query(q string, f func(row) error, args ...any) error {
	s, err := d.prepare(q)
	if err != nil {
		return err
	}
	for i, a := range args {
		if err := s.bind(i+1, a); err != nil {
			return err
		}
	}
	for {
		more, err := s.step()
		if more && err == nil {
			err = f(row{s})
		}
		if err != nil || !more {
			s.reset()
			return err
		}
	}
}

// number returns the single integer that the query answers; 0 for none.
func (d *db) number(q string, args ...any) (n int64, err error) {
	err = d.query(q, func(r row) error {
		n = r.int(0)
		return nil
	}, args...)
	return n, err
}
