//go:build !unix

package broker

import "net"

// raw needs a file descriptor; elsewhere net.Conn does the work.
type raw struct{}

func newRaw(net.Conn) *raw { return nil }

func (*raw) read(*conn) (int, error)            { return 0, errEnd }
func (*raw) write([]byte, bool) ([]byte, error) { return nil, errEnd }
func (*raw) waiting() int                       { return 0 }
