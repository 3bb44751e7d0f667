package broker

import "sync/atomic"

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

	Refused           int64 // messages that were acknowledged and went nowhere
	TurnedAway        int64 // CONNECTs that were refused
	OverClients       int64 // of them, because of MaxClients
	TooLong           int64 // topics and filters over TopicLength
	TooDeep           int64 // and over TopicLevels
	OverSubscriptions int64 // filters over MaxSubscriptions
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
	}
	for _, cl := range s.clients.list(func(*client) bool { return true }) {
		cl.mu.Lock()
		st.Queued += int64(cl.q.len())
		st.Flying += int64(cl.q.flying())
		cl.mu.Unlock()
	}
	return st
}

// Disconnect ends all clients of a session, without their wills, and forgets
// what is stored for its absent ones. It returns how many connections it
// ended; they close soon after.
func (s *Server) Disconnect(session string) int {
	ended := 0
	for _, cl := range s.clients.list(func(cl *client) bool { return cl.who() == session }) {
		c := cl.holder()
		if c == nil {
			s.drop(cl)
			continue
		}
		c.mute.Store(true) // which drops the client at its end
		c.close(errRemoved)
		ended++
	}
	return ended
}
