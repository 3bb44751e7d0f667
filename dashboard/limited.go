package dashboard

import (
	"errors"
	"io"
)

// errLarge: more bytes than allowed.
var errLarge = errors.New("larger than allowed")

// limited is a writer that ends with err when more than left bytes come.
type limited struct {
	w    io.Writer
	left int64
	err  error
}

// Write implements io.Writer.
func (l *limited) Write(b []byte) (int, error) {
	if l.left -= int64(len(b)); l.left < 0 {
		return 0, l.err
	}
	return l.w.Write(b)
}
