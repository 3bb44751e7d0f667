//go:build !unix

package broker

import "net"

// raw needs a file descriptor; elsewhere net.Conn does the work.
type raw struct{}

func receiveBuffer(net.Listener, int) {}

func newRaw(net.Conn) *raw { return nil }

func (*raw) read(*conn) (int, error)            { return 0, errEnd }
func (*raw) write([]byte, bool) ([]byte, error) { return nil, errEnd }
func (*raw) unheard(b []byte, _ int) []byte     { return b }
func (*raw) now([]byte) int                     { return 0 }
func (*raw) waiting() int                       { return 0 }
func (*raw) unsent() int                        { return -1 }
