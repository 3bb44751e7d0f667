package broker

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"labbroker/broker/route"
	"labbroker/broker/wire"
	"labbroker/internal/notice"
	"labbroker/internal/rules"
)

// Limits of what pages hear.
const (
	maxEars     = 400       // at a time, all sessions together
	maxEarsOf   = 8         // of one session; the instructor's are a session's
	maxFilters  = 8         // of one ear
	earMessages = 256       // that wait
	earBytes    = 256 << 10 // their payloads
	earPayload  = 2 << 10   // of one message, as far as it is shown
)

// ErrTooManyEars is Hear's answer where as many listen as may.
var ErrTooManyEars = errors.New("broker: too many listen")

// Heard is one message as an ear heard it.
type Heard struct {
	Topic   string
	Payload []byte // its beginning, at most 2 KiB
	Size    int    // bytes of the whole payload
	QoS     byte   // as it was published
	Retain  bool   // as it was published
	Kept    bool   // it was there before the ear: the topic's retained message
	At      time.Time
}

// Ear hears what is published on some filters, by the rules of its member, and
// is no client: no connection, no acknowledgements, nothing waits for it. Its
// queue is bounded; what there is no room for is counted. Its methods are safe
// for concurrent use.
type Ear struct {
	s       *Server
	cl      *client
	filters []string
	ready   chan struct{} // capacity 1: there is something to take
	done    chan struct{} // closed by Close

	mu      sync.Mutex // guards what follows
	list    []Heard    // oldest first
	bytes   int
	dropped int64
	closed  bool
}

// ears are those that listen. The zero value is ready.
type ears struct {
	mu  sync.Mutex // guards what follows
	all map[*Ear]string
	end bool
}

func (x *ears) add(e *Ear, session string) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.end {
		return ErrClosed
	}
	n := 0
	for _, of := range x.all {
		if of == session {
			n++
		}
	}
	if n >= maxEarsOf || len(x.all) >= maxEars {
		return ErrTooManyEars
	}
	if x.all == nil {
		x.all = map[*Ear]string{}
	}
	x.all[e] = session
	return nil
}

func (x *ears) remove(e *Ear) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.all, e)
}

// close closes those of a session, or all for good.
func (x *ears) close(session string, all bool) {
	x.mu.Lock()
	x.end = x.end || all
	var list []*Ear
	for e, of := range x.all {
		if all || of == session {
			list = append(list, e)
		}
	}
	x.mu.Unlock()
	for _, e := range list {
		e.Close()
	}
}

// Hear makes an ear for a member that has no connection; the retained
// messages come first. Filters that the member may not have are left out, and
// the member is told why; ErrRefused where none is left. It ends with Close,
// with the server, and when its session's clients are disconnected. Errors:
// ErrRefused, ErrTooManyEars, ErrClosed.
func (s *Server) Hear(m rules.Member, filters ...string) (*Ear, error) {
	granted := map[string]bool{}
	for _, f := range filters[:min(len(filters), maxFilters)] {
		if s.mayListen(m, f) {
			granted[f] = true
		}
	}
	if len(granted) == 0 {
		return nil, ErrRefused
	}
	e := &Ear{s: s, filters: slices.Sorted(maps.Keys(granted)), ready: make(chan struct{}, 1), done: make(chan struct{})}
	e.cl = newClient(s, "", m.Session(), true)
	e.cl.ear = e
	if err := s.ears.add(e, m.Session()); err != nil {
		return nil, err
	}
	for _, f := range e.filters {
		s.subs.Subscribe(e.cl, f, 0)
	}
	e.recall()
	select {
	case <-e.done: // it was closed meanwhile, and may have been before it subscribed
		e.unsubscribe()
	default:
	}
	return e, nil
}

// mayListen asks the limits and the rules.
func (s *Server) mayListen(m rules.Member, filter string) bool {
	_, rest, shared := route.CutShare(filter)
	if !route.Valid(rest) || !wire.ValidTopic([]byte(filter)) {
		m.Notice(notice.FilterMalformed(m.Session(), filter))
		return false
	}
	if shared {
		m.Notice(notice.FilterShared(filter))
		return false
	}
	if d, bad := s.tooLong(m.Session(), filter); bad {
		m.Notice(d)
		return false
	}
	granted, _ := m.Filter(filter)
	return granted
}

// recall hears the retained messages, each once.
func (e *Ear) recall() {
	seen := map[string]bool{}
	for _, f := range e.filters {
		for _, m := range e.s.kept.match(f) {
			if seen[m.topic] || !e.s.rules.Deliver(e.cl.who(), m.topic) {
				continue
			}
			seen[m.topic] = true
			turn := e.s.kept.turn(m.topic)
			turn.Lock() // else an older one could come behind a newer
			if m := e.s.kept.get(m.topic); m != nil {
				e.take(m.topic, m.payload, m.qos, true, true)
			}
			turn.Unlock()
		}
	}
}

// hear takes the messages [lo, hi) of a run; it never waits.
func (e *Ear) hear(r *run, lo, hi int) {
	for i := lo; i < hi; i++ {
		e.take(r.topic, r.payload(i), r.qos, r.retain, false)
	}
}

func (e *Ear) take(topic string, payload []byte, qos byte, retain, kept bool) {
	shown := payload[:min(len(payload), earPayload)]
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.closed:
		return
	case len(e.list) >= earMessages, e.bytes+len(shown)+len(topic) > earBytes:
		e.dropped++
	default:
		e.bytes += len(shown) + len(topic)
		e.list = append(e.list, Heard{
			Topic: topic, Payload: bytes.Clone(shown), Size: len(payload), QoS: qos, Retain: retain, Kept: kept, At: time.Now(),
		})
	}
	select {
	case e.ready <- struct{}{}:
	default:
	}
}

// Next waits for messages and takes all that are there, with how many there
// was no room for since the last time. Errors: ErrClosed, ctx's.
func (e *Ear) Next(ctx context.Context) (list []Heard, dropped int64, err error) {
	select {
	case <-e.ready:
	case <-e.done:
		return nil, 0, ErrClosed
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	list, dropped = e.list, e.dropped
	e.list, e.dropped, e.bytes = nil, 0, 0
	return list, dropped, nil
}

// Filters are those that were granted, sorted.
func (e *Ear) Filters() []string { return e.filters }

// Close ends the ear; more than once is nothing.
func (e *Ear) Close() {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return
	}
	e.closed, e.list = true, nil
	close(e.done)
	e.mu.Unlock()
	e.unsubscribe()
	e.s.ears.remove(e)
}

func (e *Ear) unsubscribe() {
	for _, f := range e.filters {
		e.s.subs.Unsubscribe(e.cl, f)
	}
}
