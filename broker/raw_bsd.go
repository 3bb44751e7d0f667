//go:build unix && !linux

package broker

import "golang.org/x/sys/unix"

func readFD(fd uintptr, b []byte) (int, error)  { return unix.Read(int(fd), b) }
func writeFD(fd uintptr, b []byte) (int, error) { return unix.Write(int(fd), b) }

// Only Linux delays acknowledgements in a way that a socket's owner can stop
// for one packet.
func quickack(uintptr) {}

func unread(uintptr) int { return 0 }
func unsent(uintptr) int { return -1 }
