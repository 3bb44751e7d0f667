package broker

import mqtt "github.com/mochi-mqtt/server/v2"

// Stats are counts since the start, for metrics.
type Stats struct {
	Connections       int   // open now, those before CONNECT included
	Clients           int64 // in a session now
	Received, Sent    int64 // messages
	Dropped           int64 // messages for clients that read too slowly
	Retained          int64 // topics with a retained message
	Subscriptions     int64
	BytesIn, BytesOut int64
}

// Stats may be called any time.
func (s *Server) Stats() Stats {
	i := s.mochi.Info.Clone()
	return Stats{
		Connections: len(s.door.all()), Clients: i.ClientsConnected,
		Received: i.MessagesReceived, Sent: i.MessagesSent,
		Dropped:  i.MessagesDropped + i.InflightDropped + s.door.dropped.Load(),
		Retained: i.Retained, Subscriptions: i.Subscriptions,
		BytesIn: i.BytesReceived, BytesOut: i.BytesSent,
	}
}

// Disconnect ends all clients of a session, without their wills, and forgets
// what is stored for its absent ones. It returns how many connections it
// ended; they close soon after.
func (s *Server) Disconnect(session string) int {
	ended := 0
	for _, c := range s.door.all() {
		if g := c.guest(); g != nil && g.Session() == session {
			g.Mute()
			c.forget.Store(true)
			c.end(errRemoved)
			ended++
		}
	}
	for _, cl := range s.mochi.Clients.GetAll() {
		c, ok := cl.Net.Conn.(*conn)
		if !ok || !cl.Closed() || c.forget.Load() {
			continue
		}
		if g := c.guest(); g != nil && g.Session() == session && gone(c) {
			s.drop(cl)
		}
	}
	return ended
}

// tidy removes from mochi what it leaves behind when a connection ends: the
// client of a CONNACK that could not be written, or of a panic, and stored
// sessions that Disconnect ended.
func (s *Server) tidy(c *conn) {
	g := c.guest()
	if g == nil || g.Client() == nil {
		return
	}
	cl := g.Client()
	if now, ok := s.mochi.Clients.Get(cl.ID); ok && now == cl && (cl.Properties.Clean || c.forget.Load()) {
		s.drop(cl)
	}
}

func (s *Server) drop(cl *mqtt.Client) {
	cl.ClearInflights()
	s.mochi.UnsubscribeClient(cl)
	s.mochi.Clients.Delete(cl.ID)
}

func gone(c *conn) bool {
	select {
	case <-c.gone:
		return true
	default:
		return false
	}
}
