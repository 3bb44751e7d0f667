//go:build unix

package sqlite

import "golang.org/x/sys/unix"

// free is what an ordinary user may still write on the folder's disk.
func free(dir string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return uint64(st.Bavail) * uint64(st.Bsize), nil
}

func writable(dir string) error { return unix.Access(dir, unix.W_OK|unix.X_OK) }
