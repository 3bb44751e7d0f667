package broker

import (
	"labbroker/broker/wire"
	"labbroker/internal/notice"
	"labbroker/internal/packets"
	"labbroker/internal/rules"
)

// What a watched connection tells its feed. All of it is behind a look at
// c.feed, so that it costs nothing where nobody watches.

// passed is a packet of this connection's, without its bytes.
func (c *conn) passed(out bool, size int) packets.Seen {
	return packets.Seen{Conn: c.number, Client: c.login.ClientID, Addr: c.addr, Via: c.via, Out: out, Size: size}
}

// came tells of a packet that was read. hint is what its session was told of
// it.
func (c *conn) came(f *feed, packet []byte, refused bool, hint string) {
	p := c.passed(false, len(packet))
	p.Refused, p.Hint = refused, hint
	f.tell(p, packet)
}

// cameRun tells of the messages of a run.
func (c *conn) cameRun(f *feed, r *run, refused bool, hint string) {
	for _, p := range r.at {
		c.came(f, r.bytes[p.start:p.end], refused, hint)
	}
}

// goes tells of packets that were put into the outbox. The caller holds its
// mu, so they are told in the order in which they leave.
func (c *conn) goes(f *feed, frames []byte) {
	wire.Each(frames, func(packet []byte) { f.tell(c.passed(true, len(packet)), packet) })
}

// cameControl tells of a control packet on its way to mochi. That of a
// SUBSCRIBE waits for what is said to its filters.
func (c *conn) cameControl(f *feed, packet []byte) {
	switch packet[0] >> 4 {
	case wire.SUBSCRIBE:
		c.asks = packet
	case wire.CONNECT: // a second one: its password is not looked for
		f.tell(c.passed(false, len(packet)), packet[:1])
	default:
		c.came(f, packet, false, "")
	}
}

// cameAhead tells of a packet that was handled before its turn.
func (c *conn) cameAhead(packet []byte) {
	if f := c.feed.Load(); f != nil {
		c.came(f, packet, false, "")
	}
}

// refusedRun tells of messages that go nowhere, and why.
func (c *conn) refusedRun(r *run, hint string) {
	if f := c.feed.Load(); f != nil {
		c.cameRun(f, r, true, hint)
	}
}

// cameConnect tells of a CONNECT, up to its password. One that was refused
// belongs to the session that it named, else to the one that it got.
func (c *conn) cameConnect(frame []byte, head int, r *rules.Refusal) {
	if c.s.watch.sessions.Load() == 0 {
		return
	}
	name := c.login.User
	if r == nil {
		name = c.member.Session()
	}
	if name == "" {
		return
	}
	c.attach(name)
	f := c.feed.Load()
	if f == nil {
		return
	}
	p := c.passed(false, len(frame))
	if r != nil {
		p.Refused, p.Hint = true, r.Draft.Text
	}
	f.tell(p, frame[:head+wire.BeforePassword(frame[head:])])
}

// cameSubscribe tells of a SUBSCRIBE, when all its filters are decided.
func (c *conn) cameSubscribe(refused bool, hint string) {
	if f := c.feed.Load(); f != nil && c.asks != nil {
		c.came(f, c.asks, refused, hint)
	}
	c.asks = nil
}

// cameBroken tells of a packet, or its beginning, that ends the connection.
func (c *conn) cameBroken(err error) {
	f := c.feed.Load()
	if f == nil || c.r == c.w {
		return
	}
	part := c.in[c.r:c.w]
	size := len(part)
	if _, whole, e := wire.Header(part, 0); e == nil && whole > 0 {
		part, size = part[:min(whole, len(part))], whole
	}
	if part[0]>>4 == wire.CONNECT {
		part = part[:1] // a second one: its password is not looked for
	}
	p := c.passed(false, size)
	p.Refused, p.Hint = true, c.told
	if c.told == "" {
		p.Hint = violation(err).tell(c).Text
	}
	c.told = ""
	f.tell(p, part)
}

// ended tells of the connection's end, with what its session was told.
func (c *conn) ended(e *ending, d notice.Draft) {
	f := c.feed.Load()
	if f == nil {
		return
	}
	if c.asks != nil { // mochi found it malformed
		c.cameSubscribe(true, d.Text)
	}
	if e == nil {
		return // its DISCONNECT was seen
	}
	p := c.passed(e.reason != connectionLost, 0)
	p.End, p.Hint = e.reason, d.Text
	f.tell(p, nil)
}
