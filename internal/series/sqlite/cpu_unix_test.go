//go:build unix

package sqlite

import (
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime is the process's time on the processor.
func cpuTime() time.Duration {
	var r unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
