package broker

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"labbroker/internal/packets"
	"labbroker/internal/session"
)

// Bounds of watching. A watcher that takes nothing holds watchBytes at most.
const (
	maxWatches     = 64 // in all
	maxWatchesEach = 8  // of one session
	watchPackets   = 256
	watchBytes     = 256 << 10
)

// watching knows which sessions' packets are watched. A connection of such a
// session has its feed; of all others the feed is nil, and looking at that is
// all that watching costs them. The zero value is ready.
type watching struct {
	sessions atomic.Int32 // that are watched

	mu    sync.Mutex       // guards what follows; taken before a feed's, and a connection's feed is set under it
	feeds map[string]*feed // by session.Key
	all   int              // watches
}

// feed is what passes on the connections of one session that is watched.
type feed struct {
	name string

	mu   sync.Mutex // guards what follows; nothing is waited for under it
	list []*Watch
}

// Watch is somebody who watches a session's packets: what passed and was not
// taken yet, bounded. Packets that find no room are counted; nobody waits.
type Watch struct {
	s     *Server
	f     *feed
	ready chan struct{} // capacity 1: there is something to take
	done  sync.Once

	// Guarded by the feed's mu.
	list  []packets.Seen
	bytes int
	left  int // found no room, behind those in list
}

// Watch begins to watch the packets of a session in either case of its name:
// of its connections that are there, from now on, of those that come, and
// CONNECTs under its name that are refused. Of clients without a session
// nothing is seen until they have one. packets.ErrBusy when 8 watch the
// session, or 64 in all. The caller closes it.
func (s *Server) Watch(name string) (*Watch, error) {
	x, key := &s.watch, session.Key(name)
	w := &Watch{s: s, ready: make(chan struct{}, 1)}
	x.mu.Lock()
	f := x.feeds[key]
	if x.all >= maxWatches || f != nil && len(f.list) >= maxWatchesEach {
		x.mu.Unlock()
		return nil, packets.ErrBusy
	}
	fresh := f == nil
	if fresh {
		f = &feed{name: key}
		if x.feeds == nil {
			x.feeds = map[string]*feed{}
		}
		x.feeds[key] = f
		x.sessions.Add(1)
	}
	x.all++
	w.f = f
	f.mu.Lock()
	f.list = append(f.list, w)
	f.mu.Unlock()
	x.mu.Unlock()
	if fresh {
		s.each(key, func(c *conn) { c.feed.Store(f) })
	}
	return w, nil
}

// each calls do with a session's connections.
func (s *Server) each(key string, do func(*conn)) {
	for _, cl := range s.clients.list(func(cl *client) bool { return session.Key(cl.who()) == key }) {
		if c := cl.holder(); c != nil {
			do(c)
		}
	}
}

// Close ends it. It may be called more than once.
func (w *Watch) Close() {
	w.done.Do(func() {
		x := &w.s.watch
		x.mu.Lock()
		w.f.mu.Lock()
		w.f.list = slices.DeleteFunc(w.f.list, func(o *Watch) bool { return o == w })
		over := len(w.f.list) == 0
		w.list, w.bytes = nil, 0
		w.f.mu.Unlock()
		x.all--
		if over {
			delete(x.feeds, w.f.name)
			x.sessions.Add(-1)
		}
		x.mu.Unlock()
		if over {
			w.s.each(w.f.name, func(c *conn) { c.feed.CompareAndSwap(w.f, nil) })
		}
	})
}

// Ready has a value when there is something to take.
func (w *Watch) Ready() <-chan struct{} { return w.ready }

// Take returns what passed since it was called last, in the order in which the
// broker read it and in which it was given to each connection, and how many
// packets behind those found no room. It does not block.
func (w *Watch) Take() (list []packets.Seen, left int) {
	w.f.mu.Lock()
	defer w.f.mu.Unlock()
	list, left = w.list, w.left
	w.list, w.bytes, w.left = nil, 0, 0
	return list, left
}

// tell gives a packet to all who watch. b is only lent; size is the whole
// packet's.
func (f *feed) tell(p packets.Seen, b []byte) {
	b = b[:min(len(b), packets.MaxBytes)]
	p.At = time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, w := range f.list {
		if len(w.list) >= watchPackets || w.bytes+len(b) > watchBytes {
			w.left++
			continue
		}
		if p.Bytes == nil && len(b) > 0 {
			p.Bytes = slices.Clone(b)
		}
		w.list = append(w.list, p)
		w.bytes += len(b)
		select {
		case w.ready <- struct{}{}:
		default:
		}
	}
}

// attach lets the connection be watched if its session is. It is called when
// the session is known, and again when Watch can find the connection: one of
// both sees the other.
func (c *conn) attach(name string) {
	x := &c.s.watch
	if x.sessions.Load() == 0 && c.feed.Load() == nil {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	c.feed.Store(x.feeds[session.Key(name)])
}
