package broker

import "labbroker/broker/wire"

// maxGoodbye is how much of what was not read is looked through for it.
const maxGoodbye = 64 << 10

// goodbye says whether DISCONNECT is in what was received and not handled any
// more when the connection was taken over: a board that says DISCONNECT and
// connects again at once may be back before it was read, and has no will then.
// Only the reading goroutine may ask, after it has read for the last time.
func (c *conn) goodbye() bool {
	b := append([]byte(nil), c.in[c.r:c.w]...)
	if c.raw != nil {
		b = c.raw.unheard(b, maxGoodbye)
	}
	found := false
	wire.Each(b, func(packet []byte) { found = found || packet[0] == wire.DISCONNECT<<4 && len(packet) == 2 })
	return found
}
