package notice

import (
	"sync"
	"sync/atomic"
	"time"
)

// Limits of a Book.
const (
	// MaxNotices is how many notices a session keeps; the one that was seen
	// longest ago goes.
	MaxNotices = 200
	// Silence is how long a mistake must have stayed away to be told anew.
	Silence = 60 * time.Second

	// A session that makes ever new mistakes is told tellBurst at once and
	// then tellRate a second; the rest is listed, not told.
	tellBurst = 50
	tellRate  = 5
	// maxTotal bounds the notices of all sessions together. Beyond it a
	// session that has keepOwn already pays for a new one with its oldest.
	maxTotal = 50_000
	keepOwn  = 10
)

// Options of a Book; the zero value works.
type Options struct {
	// Now is the clock; nil = time.Now.
	Now func() time.Time
	// New is called when a notice is to be told: the first time, and when it
	// comes back after Silence. The calls for one session come in order and
	// one at a time, on a goroutine that is inside Notice, without a lock
	// held. It must not block, or that caller, a client's read loop, waits.
	New func(session string, n Notice)
	// Changed is called after every change of a session's list or counts,
	// as New is. It must be cheap: a board may repeat a mistake a thousand
	// times a second.
	Changed func(session string)
	// Happened is called for each mistake, a repeat as well, before Changed. It
	// must be as cheap.
	Happened func(session string, k Kind)
}

// Book keeps the notices of all sessions. It is safe for concurrent use.
type Book struct {
	o     Options
	total atomic.Int64

	mu    sync.RWMutex // guards pages, not what is on them
	pages map[string]*page
}

var _ Taker = (*Book)(nil)

// NewBook returns an empty book.
func NewBook(o Options) *Book {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Book{o: o, pages: make(map[string]*page)}
}

// Notice counts a mistake of session and tells it if it is new. session ""
// is a mistake of nobody and is dropped: refusals before there is a session
// are presence's part.
func (b *Book) Notice(session string, d Draft) {
	if session == "" || d.Code == "" {
		return
	}
	now := b.o.Now()
	kind, ok := b.page(session).add(b, session, d, now)
	for !ok { // the page was dropped between look-up and lock
		kind, ok = b.page(session).add(b, session, d, now)
	}
	if b.o.Happened != nil {
		b.o.Happened(session, kind)
	}
	if b.o.Changed != nil {
		b.o.Changed(session)
	}
}

// List returns a copy of the session's notices, the last seen first; never
// nil.
func (b *Book) List(session string) []Notice {
	p := b.find(session)
	if p == nil {
		return []Notice{}
	}
	return p.list()
}

// Count is the number of different notices of a session.
func (b *Book) Count(session string) int {
	p := b.find(session)
	if p == nil {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.entries)
}

// Each calls f for each of a session's notices, in no order: when it began, or
// came back after Silence, and when it was last seen. f must be quick and not
// call the book.
func (b *Book) Each(session string, f func(k Kind, began, last time.Time)) {
	p := b.find(session)
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.entries {
		f(e.kind, e.began, e.Last)
	}
}

// Drop forgets a session's notices. What is being told is told to its end.
func (b *Book) Drop(session string) {
	b.mu.Lock()
	p := b.pages[session]
	delete(b.pages, session)
	b.mu.Unlock()
	if p == nil {
		return
	}
	p.mu.Lock()
	b.total.Add(-int64(len(p.entries)))
	p.entries, p.dropped = nil, true
	p.newest, p.oldest = nil, nil
	p.mu.Unlock()
	if b.o.Changed != nil {
		b.o.Changed(session)
	}
}

// Rename takes a session's notices to its new name. Those that the new name has
// already stay, and the old one's go.
func (b *Book) Rename(from, to string) {
	b.mu.Lock()
	p := b.pages[from]
	if p != nil && b.pages[to] == nil {
		delete(b.pages, from)
		b.pages[to] = p
	}
	b.mu.Unlock()
	b.Drop(from)
	if b.o.Changed != nil {
		b.o.Changed(to)
	}
}

func (b *Book) find(session string) *page {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.pages[session]
}

func (b *Book) page(session string) *page {
	if p := b.find(session); p != nil {
		return p
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.pages[session]
	if p == nil {
		p = &page{entries: make(map[key]*entry), tokens: tellBurst}
		b.pages[session] = p
	}
	return p
}
