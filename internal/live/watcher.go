package live

import (
	"slices"

	"labbroker/internal/session"
)

// watcher is one open stream. The hub owns and closes frames; a full channel
// ends the watcher.
type watcher struct {
	frames chan *frame // capacity queued
	err    error       // why frames was closed; read after that
	ended  bool        // guarded by Hub.mu

	floor int64 // rows up to here were sent already; of the stream's goroutine only
}

func newWatcher() *watcher { return &watcher{frames: make(chan *frame, queued)} }

// end closes the watcher. Hub.mu is held.
func (w *watcher) end(err error) {
	if w.ended {
		return
	}
	w.ended, w.err = true, err
	close(w.frames)
}

// deliver hands f to each watcher; who has no room left is cut. Hub.mu is held.
func (h *Hub) deliver(watchers map[*watcher]struct{}, f *frame) {
	for w := range watchers {
		if w.ended {
			continue
		}
		select {
		case w.frames <- f:
		default:
			h.cuts.Add(1)
			w.end(ErrCut)
			delete(watchers, w)
		}
	}
}

// join adds a watcher to the session's room and returns the greatest Seq that
// was announced before: whatever is announced from now on comes to it.
func (h *Hub) join(name string) (*watcher, int64, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		return nil, 0, ErrEnded
	}
	key := session.Key(name)
	r := h.rooms[key]
	if r == nil {
		r = &room{name: name, watchers: map[*watcher]struct{}{}}
		h.rooms[key] = r
	}
	w := newWatcher()
	r.watchers[w] = struct{}{}
	h.entered()
	return w, h.past(name).seq, nil
}

func (h *Hub) leave(name string, w *watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.watching.Add(-1)
	w.end(ErrEnded)
	key := session.Key(name)
	r := h.rooms[key]
	if r == nil {
		return
	}
	delete(r.watchers, w)
	if len(r.watchers) == 0 {
		delete(h.rooms, key)
	}
}

// entered counts a watcher and starts the ticking. h.mu is held.
func (h *Hub) entered() {
	h.watching.Add(1)
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// bytes returns what of f is new to w: the shared bytes as they are, unless
// some of the rows came with the catch-up.
func (w *watcher) bytes(f *frame) []byte {
	known := func(p part) bool { return p.rows[0].Seq <= w.floor }
	if !slices.ContainsFunc(f.parts, known) {
		return f.bytes
	}
	var rest []part
	var seq int64
	for _, p := range f.parts {
		n := 0
		for n < len(p.rows) && p.rows[n].Seq <= w.floor {
			n++
		}
		if n < len(p.rows) {
			rest = append(rest, part{info: p.info, rows: p.rows[n:]})
			seq = max(seq, p.rows[len(p.rows)-1].Seq)
		}
	}
	b := append([]byte(nil), f.bytes[:f.from]...)
	if rest != nil {
		b = appendRows(b, rest, seq, true)
	}
	return append(b, f.bytes[f.to:]...)
}
