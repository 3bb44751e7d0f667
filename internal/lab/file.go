package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"labbroker/internal/atomicfile"
)

// change decides on a record, writes it to the disk and then applies it. decide
// must not change the state; without a record nothing changes.
func (b *Book) change(decide func(*state) (*record, error)) error {
	b.io.Lock()
	defer b.io.Unlock()
	b.mu.RLock()
	r, err := decide(b.s)
	b.mu.RUnlock()
	if err != nil || r == nil {
		return err
	}
	if err := b.append(append(b.take(), *r)); err != nil {
		return fmt.Errorf("the labs cannot be written: %w", err)
	}
	b.mu.Lock()
	b.s.apply(r)
	b.version++
	b.look(r.Op)
	b.mu.Unlock()
	switch r.Op {
	case opRename, opDrop, opRemove, opClear:
		// What was ticked meanwhile must not bring back what is gone: the file is
		// the state from now on.
		if err := b.rewrite(); err != nil {
			return fmt.Errorf("the labs cannot be written: %w", err)
		}
		return b.reopen()
	}
	return nil
}

// look sets what events look for after a change. mu is held.
func (b *Book) look(op string) {
	c := b.s.running()
	switch op {
	case opStart, opClear:
		clear(b.moved)
		clear(b.judged)
		clear(b.dirty)
	case opEnd:
		now := b.o.Now()
		for key, x := range b.moved { // what was done before the end counts
			x.due = now
			b.moved[key] = x
		}
		signal(b.ask)
	}
	if c == nil {
		b.now.Store(nil)
		return
	}
	w := &watch{}
	for _, s := range c.Steps {
		switch s.Kind {
		case Connected:
			w.connected = true
		case Plot:
			w.plots = true
		case Sweep:
			w.sweeps = true
		case Topic, QoS1:
			w.messages = true
		}
	}
	b.now.Store(w)
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// take takes what is not on the disk yet. io is held.
func (b *Book) take() []record {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.unkept
	b.unkept = nil
	if c := b.s.running(); c != nil {
		for x := range b.dirty {
			if c.cards[keyOf(x)] == x {
				if p := x.fresh; p.Rows > 0 {
					x.fresh = pages{}
					out = append(out, record{Op: opPages, Lab: c.ID, Session: x.session, Pages: &p})
				}
				if r := (record{Op: opProblems, Lab: c.ID, Session: x.session}); x.problems.fresh(&r) {
					out = append(out, r)
				}
			}
		}
		clear(b.dirty)
	}
	return out
}

// flush writes what waits.
func (b *Book) flush() error {
	b.io.Lock()
	defer b.io.Unlock()
	list := b.take()
	if len(list) == 0 {
		return nil
	}
	if err := b.append(list); err != nil {
		b.mu.Lock()
		b.unkept = append(list, b.unkept...)
		b.mu.Unlock()
		return err
	}
	if b.stale() {
		return errors.Join(b.rewrite(), b.reopen())
	}
	return nil
}

// append writes lines and waits for the disk. io is held.
func (b *Book) append(list []record) error {
	data, err := encode(list)
	if err != nil {
		return err
	}
	if b.torn {
		data = append([]byte{'\n'}, data...)
	}
	_, err = b.file.Write(data)
	b.torn = err != nil
	if err == nil {
		err = b.file.Sync()
	}
	b.lines += len(list)
	return err
}

// stale says whether most of the file is outdated. io is held, or nobody else
// knows the book yet.
func (b *Book) stale() bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	live := 1 + 2*len(b.s.labs) + b.s.ticks
	for _, c := range b.s.labs {
		live += len(c.cards)
	}
	return b.lines > 2*live+1000
}

// rewrite puts a file of the state in the old one's place, at once or not at
// all.
func (b *Book) rewrite() error {
	b.mu.Lock()
	list := b.s.records()
	b.unkept = nil
	for x := range b.dirty {
		x.fresh = pages{}
	}
	clear(b.dirty)
	b.mu.Unlock()
	data, err := encode(list)
	if err != nil {
		return err
	}
	if err := atomicfile.Replace(b.path, data); err != nil {
		return err
	}
	b.lines, b.torn = bytes.Count(data, []byte{'\n'}), false
	return nil
}

// reopen goes on in the file that rewrite made. io is held.
func (b *Book) reopen() error {
	f, err := os.OpenFile(b.path, os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	old := b.file
	b.file = f
	return old.Close()
}

// again is when what could not be written is tried again.
const again = 5 * time.Second

// Run writes ticks as they come and judges sweeps, until ctx ends; then it
// writes what is left and returns nil. The store must be open until then.
func (b *Book) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	wg.Go(func() { b.judge(ctx) })
	tick := time.NewTicker(again)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			wg.Wait()
			b.write()
			return nil
		case <-b.wake:
		case <-tick.C:
		}
		b.write()
	}
}

func (b *Book) write() {
	if err := b.flush(); err != nil {
		b.o.Log.Error("ticks of the lab are not written; it is tried again", "err", err)
	}
}
