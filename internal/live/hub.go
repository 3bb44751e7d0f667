// Package live carries what the store has just kept to the browsers that
// watch: one room per watched session, one frame per room and tick, encoded
// once and handed to every watcher as the same bytes.
//
// Nothing blocks a publisher. Committed only takes notes under a short lock;
// Run does the encoding, and a watcher whose channel is full is cut: its
// browser comes back with Last-Event-ID and catches up from the store, so
// reload, reconnect and restart of the server are one case. A session that
// nobody watches costs one note of its newest row.
//
// What the JSON of a page looks like besides rows is the Source's part (the
// dashboard); signing in and HTTP are the dashboard's too.
package live

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"labbroker/internal/series"
	"labbroker/internal/session"
)

// Limits, chosen for one class on one machine.
const (
	// Tick is how long rows wait for one another before they are sent.
	Tick = 100 * time.Millisecond
	// MaxCatchUp is the most rows a returning browser is sent. Has it missed
	// more, it gets the event "reset" and reads its range again.
	MaxCatchUp = 5000
	// maxPending is the most rows a room holds for one tick; beyond, its
	// watchers get "reset" instead of the rows.
	maxPending = 20000
	// queued is how many frames may wait for one watcher: 6.4 s. When they
	// are full the watcher is cut.
	queued = 64
	// stateEvery is how often the state is told even when nothing changed:
	// the stream's sign of life.
	stateEvery = 2 * time.Second
	// topicsEvery bounds how often changed topics are sent.
	topicsEvery = 500 * time.Millisecond
	// listsEvery bounds how often runs and plots are looked up and told: a
	// growing run is no news ten times a second.
	listsEvery = 500 * time.Millisecond
	// MaxItems is the most runs and the most plots a page is told of, the
	// newest; the rest it asks for.
	MaxItems = 500
)

// Errors of Stream and Wall.
var (
	ErrCut   = errors.New("the browser reads too slowly")
	ErrEnded = errors.New("the server is stopping")
	ErrGone  = errors.New("the session was removed")
)

// Mark names parts of a page that have changed.
type Mark uint8

// The parts. A mark costs nothing when nobody watches the session.
const (
	MarkSeries  Mark = 1 << iota // columns, units, a new series
	MarkState                    // connections, recording
	MarkNotices                  // problems and hints
	MarkRuns                     // a run began, ended, was named, analysed, removed
	MarkPlots                    // a plot was made or removed
	MarkIV                       // the figures of the sweep under way
)

// Source answers what a watched page shows besides rows. Run calls it from
// one goroutine, Stream from each watcher's once.
type Source interface {
	// Parts returns the parts asked for.
	Parts(ctx context.Context, session string, want Want) Parts
	// Wall returns a view's tiles, one per session.
	Wall(ctx context.Context, v View) []Tile
}

// Want says which parts of a session's page are needed.
type Want struct {
	Series, State, Topics, Notices bool
	Runs, Plots, IV                bool
	StateKey                       uint64 // State is wanted as well when its key has another value
	TopicsSince                    uint64 // only topics changed since this version
	Rows                           bool   // rows came since the last call: asks for nothing
}

// Parts are JSON values without line breaks; nil = not asked for or nothing
// to tell.
type Parts struct {
	Infos         []series.Info // those of Series, whose columns' units the following rows have
	Series        []byte
	State         []byte
	StateKey      uint64
	Topics        []byte
	TopicsVersion uint64
	Notices       []byte
	Runs, Plots   []Item // nil = not asked for; the newest first, at most MaxItems
	IV            []byte
}

// Item is one of a list of which only what changed is sent. IDs grow: a newer
// item has a greater one.
type Item struct {
	ID   int64
	JSON []byte
}

// View is one of the ways in which all sessions are shown.
type View uint8

// The views.
const (
	ViewClass     View = iota // the instructor's
	ViewProjector             // for everybody in the room: no names
	ViewNames                 // the same, with names
	views
)

// Tile is one session in a view. Key is what the view calls it, in the JSON
// under "session", or under "id" on the projector.
type Tile struct {
	Key  string
	JSON []byte
}

// wall is a view that may be watched. Hub.mu guards it.
type wall struct {
	watchers map[*watcher]struct{}
	tiles    map[string][]byte // what the watchers show
	fresh    bool              // somebody needs all tiles
}

// Hub is the fan-out. It is made before the store (whose commits it takes)
// and Run once.
type Hub struct {
	ready chan struct{} // closed when Run has started
	wake  chan struct{} // capacity 1: somebody watches now

	watching atomic.Int64
	cuts     atomic.Int64

	mu     sync.Mutex // guards all below, and the rooms and pasts in them
	reader series.Reader
	src    Source
	ended  bool
	rooms  map[string]*room // by session.Key
	walls  [views]wall
	pasts  map[string]*past // by session.Key
	byID   map[series.ID]*last
	loaded bool // all pasts are loaded from the store
}

// New returns a hub that reads nothing until Run.
func New() *Hub {
	h := &Hub{
		ready: make(chan struct{}),
		wake:  make(chan struct{}, 1),
		rooms: map[string]*room{},
		pasts: map[string]*past{},
		byID:  map[series.ID]*last{},
	}
	for i := range h.walls {
		h.walls[i] = wall{watchers: map[*watcher]struct{}{}, tiles: map[string][]byte{}}
	}
	return h
}

// Committed takes what the store has kept. It never blocks for long and may
// be called before Run; the store's callback. Rows of one commit have greater
// Seq than those of every commit before it: a browser's Last-Event-ID stands
// for all rows up to it.
func (h *Hub) Committed(list []series.Committed) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range list {
		c := &list[i]
		l, changed := h.note(c)
		if r := h.rooms[l.past.key]; r != nil {
			r.take(c, changed || c.Changed)
		}
	}
}

// Mark says that parts of a session's page have changed; they are sent with
// the next tick. It never blocks.
func (h *Hub) Mark(name string, m Mark) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r := h.rooms[session.Key(name)]; r != nil {
		r.marks |= m
	}
}

// MarkAll marks every watched session.
func (h *Hub) MarkAll(m Mark) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.rooms {
		r.marks |= m
	}
}

// Drop forgets a session that was removed and ends its streams.
func (h *Hub) Drop(name string) {
	key := session.Key(name)
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.pasts[key]; p != nil {
		for id := range p.series {
			delete(h.byID, id)
		}
		delete(h.pasts, key)
	}
	if r := h.rooms[key]; r != nil {
		for w := range r.watchers {
			w.end(ErrGone)
		}
		delete(h.rooms, key)
	}
}

// End ends the streams of a session of which others may see something now, or
// whose password is another: who still may see it comes back by itself. For
// session.Instructor it ends all.
func (h *Hub) End(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := name == session.Instructor
	for key, r := range h.rooms {
		if !all && key != session.Key(name) {
			continue
		}
		for w := range r.watchers {
			w.end(ErrGone)
		}
		delete(h.rooms, key)
	}
	for i := range h.walls {
		for w := range h.walls[i].watchers {
			if all {
				w.end(ErrGone)
			}
		}
	}
}

// Rename takes what is known of a session to its new name, of which nothing is
// known yet, and ends the old one's streams: their pages ask again.
func (h *Hub) Rename(from, to string) {
	old, key := session.Key(from), session.Key(to)
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.pasts[key]; p != nil && len(p.series) == 0 {
		delete(h.pasts, key) // somebody looked for it
	}
	if p := h.pasts[old]; p != nil {
		delete(h.pasts, old)
		p.key, p.name = key, to
		for id, l := range p.series {
			info := *l.info
			info.Session = to
			l.info = &info
			h.byID[id] = l
		}
		h.pasts[key] = p
	}
	if r := h.rooms[old]; r != nil {
		for w := range r.watchers {
			w.end(ErrGone)
		}
		delete(h.rooms, old)
	}
}

// Watching is how many browsers watch now; Cuts how many were cut for
// reading too slowly.
func (h *Hub) Watching() int64 { return h.watching.Load() }

// Cuts counts the watchers that were cut for reading too slowly.
func (h *Hub) Cuts() int64 { return h.cuts.Load() }

// Run sends frames until ctx ends; then every stream ends at once. It may be
// called once. reader is asked for what was kept before.
func (h *Hub) Run(ctx context.Context, reader series.Reader, src Source) error {
	h.mu.Lock()
	h.reader, h.src = reader, src
	h.mu.Unlock()
	close(h.ready)
	defer h.end()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-h.wake:
			h.tick(ctx)
		}
	}
}

// tick flushes every 100 ms as long as somebody watches.
func (h *Hub) tick(ctx context.Context) {
	t := time.NewTicker(Tick)
	defer t.Stop()
	for n := 0; h.watched(); n++ {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		h.flushRooms(ctx)
		for v := range views {
			h.flushWall(ctx, v, n)
		}
	}
}

func (h *Hub) watched() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := len(h.rooms)
	for i := range h.walls {
		if n += len(h.walls[i].watchers); len(h.walls[i].watchers) == 0 {
			clear(h.walls[i].tiles)
		}
	}
	return n > 0
}

func (h *Hub) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
	for _, r := range h.rooms {
		for w := range r.watchers {
			w.end(ErrEnded)
		}
	}
	for i := range h.walls {
		for w := range h.walls[i].watchers {
			w.end(ErrEnded)
		}
	}
}
