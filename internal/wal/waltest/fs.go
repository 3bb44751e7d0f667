// Package waltest has a file system in memory that loses what a real one may
// lose: by a kill at any byte, by a power cut, by a full or broken disk.
package waltest

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"

	"labbroker/internal/wal"
)

// Errors of an FS, besides fs.ErrNotExist.
var (
	ErrDead = errors.New("the machine is off")
	ErrFull = errors.New("no space left on device")
)

// sector is what a disk writes whole or not at all; real ones are larger.
const sector = 64

// FS is a file system in memory. The zero value is empty and works.
type FS struct {
	mu     sync.Mutex // guards what follows
	names  map[string]*inode
	safe   map[string]*inode // names as of the last SyncDir
	dirOps []dirOp           // since then
	dead   bool
	left   int64 // bytes and calls until the kill, 0 = none set
	room   int64 // bytes still free, < 0 = full; looked at when limited
	limit  bool
	broken error
	onSync func(name string)
}

type dirOp struct {
	name string
	node *inode // nil = removed
}

type inode struct {
	data    []byte
	safe    []byte
	changes []change // since safe
}

// change is a write, or with nil data a cut to off.
type change struct {
	off  int64
	data []byte
}

var _ wal.FS = (*FS)(nil)

// KillAfter kills whoever uses the file system after n more bytes written,
// each other change counting as one byte: the write that passes it is cut
// short, and every call from then on fails.
func (f *FS) KillAfter(n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left = n
}

// Limit leaves room for n more bytes; less than 0 takes the limit away.
func (f *FS) Limit(n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.room, f.limit = n, n >= 0
}

// BreakSync makes every sync of a file fail with err, and forget like Linux
// what it was for; nil mends the disk.
func (f *FS) BreakSync(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.broken = err
}

// OnSync calls fn before each sync of a file, in the goroutine that syncs.
func (f *FS) OnSync(fn func(name string)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.onSync = fn
}

// Dead says whether the kill has happened.
func (f *FS) Dead() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dead
}

// Restart ends the file system for whoever uses it, as kill -9 does, and
// returns what a new process finds: everything that was written.
func (f *FS) Restart() *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = true
	n := &FS{names: map[string]*inode{}, safe: map[string]*inode{}}
	moved := map[*inode]*inode{nil: nil}
	move := func(i *inode) *inode {
		if _, ok := moved[i]; !ok {
			moved[i] = &inode{data: slices.Clone(i.data), safe: slices.Clone(i.safe), changes: slices.Clone(i.changes)}
		}
		return moved[i]
	}
	for name, i := range f.names {
		n.names[name] = move(i)
	}
	for name, i := range f.safe {
		n.safe[name] = move(i)
	}
	for _, op := range f.dirOps {
		n.dirOps = append(n.dirOps, dirOp{op.name, move(op.node)})
	}
	return n
}

// PowerCut ends the file system and returns what is left after a power cut:
// all that was synced, and of the rest what r chooses: nothing, a beginning up
// to any byte, or any sectors.
func (f *FS) PowerCut(r *rand.Rand) *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = true
	n := &FS{names: map[string]*inode{}, safe: map[string]*inode{}}
	names := map[string]*inode{}
	for name, i := range f.safe {
		names[name] = i
	}
	for _, op := range f.dirOps {
		if r.IntN(2) == 0 {
			continue
		}
		if op.node == nil {
			delete(names, op.name)
		} else {
			names[op.name] = op.node
		}
	}
	mode := r.IntN(3)
	for name, i := range names {
		b := slices.Clone(i.safe)
		kept := len(i.changes)
		switch mode {
		case 0:
			kept = 0
		case 1:
			kept = r.IntN(kept + 1)
		}
		for k, c := range i.changes[:kept] {
			if mode == 2 && r.IntN(2) == 0 {
				continue
			}
			if len(c.data) > 0 && (mode == 2 || k == kept-1) {
				n := r.IntN(len(c.data) + 1)
				if mode == 2 && n < len(c.data) { // what comes later may be there
					n = max(0, int((c.off+int64(n))/sector*sector-c.off))
				}
				if c.data = c.data[:n]; n == 0 {
					continue
				}
			}
			b = c.apply(b)
		}
		left := &inode{data: b, safe: slices.Clone(b)}
		n.names[name], n.safe[name] = left, left
	}
	return n
}

func (c change) apply(b []byte) []byte {
	end := c.off + int64(len(c.data))
	if c.data == nil && end < int64(len(b)) {
		return b[:end]
	}
	if end > int64(len(b)) {
		b = append(b, make([]byte, end-int64(len(b)))...)
	}
	copy(b[c.off:], c.data)
	return b
}

// Names returns the files that are there, sorted.
func (f *FS) Names() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []string
	for name := range f.names {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// Edit changes a file's bytes behind the back of everybody, safe at once; a
// file that is not there is made.
func (f *FS) Edit(name string, edit func(b []byte) []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.init()
	i := f.names[name]
	if i == nil {
		i = &inode{}
		f.names[name], f.safe[name] = i, i
	}
	i.data = edit(i.data)
	i.safe, i.changes = slices.Clone(i.data), nil
}

func (f *FS) init() {
	if f.names == nil {
		f.names, f.safe = map[string]*inode{}, map[string]*inode{}
	}
}

// spend counts towards the kill and returns how many of n bytes still pass.
// mu is held.
func (f *FS) spend(n int64) (int64, error) {
	if f.dead {
		return 0, ErrDead
	}
	if f.left == 0 {
		return n, nil
	}
	if f.left > n {
		f.left -= n
		return n, nil
	}
	f.dead = true
	return f.left - 1, ErrDead
}
