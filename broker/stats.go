package broker

import (
	"maps"
	"sync"
	"sync/atomic"
)

// counters count since the start; gauges are marked so.
type counters struct {
	connects, clients, most      atomic.Int64 // clients is a gauge
	received, sent               atomic.Int64
	bytesIn, bytesOut            atomic.Int64
	dropped, overflowed, refused atomic.Int64
	turned, tooMany              atomic.Int64
	tooLong, tooDeep             atomic.Int64
	tooManySubs, notRetained     atomic.Int64
	slowed, cut, expired         atomic.Int64
	unwritten, unwrittenTold     atomic.Int64
	tooLarge, denied, unsaid     atomic.Int64
	unaccepted                   atomic.Int64
	ends                         ends
}

// ends counts the connections that ended, by reason.
type ends struct {
	mu sync.Mutex // guards n
	n  map[string]int64
}

func (e *ends) add(why *ending) {
	reason := "disconnect"
	if why != nil {
		reason = why.reason
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.n == nil {
		e.n = map[string]int64{}
	}
	e.n[reason]++
}

func (e *ends) all() map[string]int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return maps.Clone(e.n)
}

// Stats are counts since the start, for metrics and $SYS, and what there is
// now.
type Stats struct {
	Connections   int   // open now, those before CONNECT included
	Clients       int64 // in a session now
	MostClients   int64 // the most at a time
	Kept          int   // clients that are known, those away included
	Subscriptions int64
	Retained      int64 // topics with a retained message
	Queued        int64 // messages at QoS 1 and 2 that are not acknowledged
	Flying        int64 // of them, those under way
	QueuedBytes   int64

	Connects          int64 // CONNECT packets
	Received, Sent    int64 // messages
	BytesIn, BytesOut int64
	Dropped           int64 // QoS 0 messages for clients that read too slowly
	Overflowed        int64 // QoS 1 and 2 messages that went for newer ones, in full queues
	Cut               int64 // connections that read too slowly for too long
	Slowed            int64 // times that a session over its rate had to wait
	Expired           int64 // clients that stayed away too long
	Unwritten         int64 // failed writes of the durable state
	Unsaid            int64 // messages of the broker's own that Publish had no room for
	Unaccepted        int64 // times that a connection could not be accepted
	// Ends are the connections that ended, by reason: "disconnect" for those
	// that said so, else as rules.Member.Ended has it.
	Ends map[string]int64

	StateBytes, StateLive int64 // the durable state on the disk, and what of it is needed

	Refused           int64 // messages that were acknowledged and went nowhere
	TurnedAway        int64 // CONNECTs that were refused
	OverClients       int64 // of them, because of MaxClients
	TooLong           int64 // topics and filters over TopicLength
	TooDeep           int64 // and over TopicLevels
	TooLarge          int64 // packets over MaxPacket; their connections were closed
	Denied            int64 // filters of SUBSCRIBE that were answered with 0x80
	OverSubscriptions int64 // of them, because of MaxSubscriptions
	NotRetained       int64 // messages over MaxRetained
}

// Stats may be called any time; it looks at every client.
func (s *Server) Stats() Stats {
	c := &s.count
	st := Stats{
		Connections: len(s.door.all()), Clients: c.clients.Load(), MostClients: c.most.Load(), Kept: s.clients.len(),
		Subscriptions: int64(s.subs.Len()), Retained: int64(s.kept.len()), QueuedBytes: s.queued.Load(),
		Connects: c.connects.Load(), Received: c.received.Load(), Sent: c.sent.Load(),
		BytesIn: c.bytesIn.Load(), BytesOut: c.bytesOut.Load(),
		Dropped: c.dropped.Load(), Overflowed: c.overflowed.Load(), Cut: c.cut.Load(),
		Slowed: c.slowed.Load(), Expired: c.expired.Load(), Unwritten: c.unwritten.Load(),
		Refused: c.refused.Load(), TurnedAway: c.turned.Load(), OverClients: c.tooMany.Load(),
		TooLong: c.tooLong.Load(), TooDeep: c.tooDeep.Load(), OverSubscriptions: c.tooManySubs.Load(), NotRetained: c.notRetained.Load(),
		TooLarge: c.tooLarge.Load(), Denied: c.denied.Load(), Unsaid: c.unsaid.Load(), Unaccepted: c.unaccepted.Load(),
		Ends: c.ends.all(),
	}
	if s.store != nil {
		d := s.store.Stats()
		st.StateBytes, st.StateLive = d.Bytes, d.Live
	}
	for _, cl := range s.clients.list(func(*client) bool { return true }) {
		cl.mu.Lock()
		st.Queued += int64(cl.q.held)
		st.Flying += int64(min(cl.q.held, cl.q.flying()))
		cl.mu.Unlock()
	}
	return st
}

// LogInAgain ends the connections of the sessions that which says, "" being the
// clients that are bound to none, and keeps what is stored for them: who comes
// back is asked for name and password anew. It returns how many it ended.
func (s *Server) LogInAgain(which func(session string) bool) int {
	ended := 0
	for _, cl := range s.clients.list(func(cl *client) bool { return which(cl.who()) }) {
		if c := cl.holder(); c != nil {
			c.close(errRules)
			ended++
		}
	}
	return ended
}

// Disconnect ends all clients of a session, without their wills, and forgets
// what is stored for its absent ones. It returns how many connections it
// ended; they close soon after.
func (s *Server) Disconnect(session string) int {
	s.ears.close(session, false)
	ended := 0
	for _, cl := range s.clients.list(func(cl *client) bool { return cl.who() == session }) {
		c := cl.evict()
		if c == nil {
			s.drop(cl)
			continue
		}
		c.close(errRemoved)
		ended++
	}
	return ended
}

// Dismiss ends the connection of a session's client that comes from addr, as
// presence has it; false if there is none. Its will is said, what is stored for
// it stays, and it may come back at once.
func (s *Server) Dismiss(session, addr string) bool {
	for _, cl := range s.clients.list(func(cl *client) bool { return cl.who() == session }) {
		if c := cl.holder(); c != nil && c.addr == addr {
			c.close(errDismissed)
			return true
		}
	}
	return false
}
