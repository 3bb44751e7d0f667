package sqlite

import (
	"fmt"

	"modernc.org/libc"
	sqlite "modernc.org/sqlite/lib"
)

// transient makes SQLite copy what is bound.
const transient = ^uintptr(0)

// bind sets the i-th argument, from 1.
func (s *stmt) bind(i int, a any) error {
	var rc int32
	switch a := a.(type) {
	case nil:
		rc = s.null(i)
	case int64:
		rc = s.int(i, a)
	case float64:
		rc = s.double(i, a)
	case bool:
		n := int64(0)
		if a {
			n = 1
		}
		rc = s.int(i, n)
	case string:
		p, err := s.d.put(a)
		if err != nil {
			return err
		}
		rc = sqlite.Xsqlite3_bind_text(s.d.tls, s.p, int32(i), p, int32(len(a)), transient)
	case []byte:
		p, err := s.d.put(string(a))
		if err != nil {
			return err
		}
		rc = sqlite.Xsqlite3_bind_blob(s.d.tls, s.p, int32(i), p, int32(len(a)), transient)
	default:
		panic(fmt.Sprintf("bind: %T", a))
	}
	return s.d.check(rc)
}

func (s *stmt) int(i int, n int64) int32 {
	return sqlite.Xsqlite3_bind_int64(s.d.tls, s.p, int32(i), n)
}

func (s *stmt) double(i int, v float64) int32 {
	return sqlite.Xsqlite3_bind_double(s.d.tls, s.p, int32(i), v)
}

func (s *stmt) null(i int) int32 {
	return sqlite.Xsqlite3_bind_null(s.d.tls, s.p, int32(i))
}

func (d *db) check(rc int32) error {
	if rc != sqlite.SQLITE_OK {
		return d.err(rc)
	}
	return nil
}

// step goes to the next row; false at the end.
func (s *stmt) step() (more bool, err error) {
	switch rc := sqlite.Xsqlite3_step(s.d.tls, s.p); rc {
	case sqlite.SQLITE_ROW:
		return true, nil
	case sqlite.SQLITE_DONE:
		return false, nil
	default:
		return false, s.d.err(rc)
	}
}

// reset makes the statement ready to run again. What it returns is the error
// of the last step once more.
func (s *stmt) reset() { sqlite.Xsqlite3_reset(s.d.tls, s.p) }

// lastRow is the rowid of the last inserted row.
func (d *db) lastRow() int64 { return sqlite.Xsqlite3_last_insert_rowid(d.tls, d.h) }

func (r row) int(i int) int64 {
	return sqlite.Xsqlite3_column_int64(r.s.d.tls, r.s.p, int32(i))
}

// double is the number, or gap where it is NULL.
func (r row) double(i int, gap float64) float64 {
	if r.null(i) {
		return gap
	}
	return sqlite.Xsqlite3_column_double(r.s.d.tls, r.s.p, int32(i))
}

func (r row) null(i int) bool {
	return sqlite.Xsqlite3_column_type(r.s.d.tls, r.s.p, int32(i)) == sqlite.SQLITE_NULL
}

func (r row) text(i int) string { return string(r.bytes(i)) }

// bytes are valid until the row is left; nil for NULL and nothing.
func (r row) bytes(i int) []byte {
	p := sqlite.Xsqlite3_column_blob(r.s.d.tls, r.s.p, int32(i))
	if p == 0 {
		return nil
	}
	return libc.GoBytes(p, int(sqlite.Xsqlite3_column_bytes(r.s.d.tls, r.s.p, int32(i))))
}
