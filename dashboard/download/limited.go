package download

import "io"

// limited is a writer that ends with ErrLarge when more than left bytes come.
type limited struct {
	w    io.Writer
	left int64
}

// Write implements io.Writer.
func (l *limited) Write(b []byte) (int, error) {
	if l.left -= int64(len(b)); l.left < 0 {
		return 0, ErrLarge
	}
	return l.w.Write(b)
}
