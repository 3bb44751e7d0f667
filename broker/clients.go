package broker

import (
	"sync"
	"time"

	"labbroker/broker/route"
	"labbroker/internal/rules"
)

// clients are all clients, here or away, by key. The zero value is ready.
type clients struct {
	mu    sync.Mutex // guards what follows, not the seats' turns
	all   map[string]*client
	seats map[string]*seat
}

// seat makes those who come with one client id come one after the other.
type seat struct {
	turn sync.Mutex
	want int
}

// sit waits until nobody else comes with this id.
func (x *clients) sit(key string) {
	x.mu.Lock()
	if x.seats == nil {
		x.seats = map[string]*seat{}
	}
	s := x.seats[key]
	if s == nil {
		s = &seat{}
		x.seats[key] = s
	}
	s.want++
	x.mu.Unlock()
	s.turn.Lock()
}

func (x *clients) rise(key string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.seats[key]
	s.turn.Unlock()
	if s.want--; s.want == 0 {
		delete(x.seats, key)
	}
}

func (x *clients) get(key string) *client {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.all[key]
}

func (x *clients) put(cl *client) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.all == nil {
		x.all = map[string]*client{}
	}
	x.all[cl.key] = cl
}

// list returns those that f wants.
func (x *clients) list(f func(*client) bool) []*client {
	x.mu.Lock()
	defer x.mu.Unlock()
	var l []*client
	for _, cl := range x.all {
		if f(cl) {
			l = append(l, cl)
		}
	}
	return l
}

func (x *clients) len() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.all)
}

// takeOverTime is how long a client waits for the one that had its id to say
// its last words. It is the disk's time, not the other client's: no connection
// waits for a client's reading or writing once it is closed.
const takeOverTime = 5 * time.Second

// join gives the connection its client: the one that is stored under its id, or
// a new one. An older connection with the id is ended first, its will is sent
// and what it has sent before is handled, so that nothing is handled twice.
func (c *conn) join() {
	s := c.s
	key := c.key(c.member)
	s.clients.sit(key)
	defer s.clients.rise(key)

	evicted := ""
	if cl := s.clients.get(key); cl != nil {
		if old := cl.holder(); old != nil {
			evicted = old.addr
			old.close(errTakenOver)
			t := time.NewTimer(takeOverTime)
			select {
			case <-old.quiet:
			case <-t.C:
			}
			t.Stop()
		}
	}
	cl := s.clients.get(key)
	if cl != nil && (c.login.Clean || !cl.take(c)) {
		s.drop(cl)
		cl = nil
	}
	if cl != nil {
		c.answer[0] = 1
		c.member.Rebind(cl.who())
	} else {
		cl = newClient(s, key, c.member.Session(), c.login.Clean)
		cl.store()
		cl.take(c)
		s.clients.put(cl)
	}
	c.kept = cl.stored
	if c.answer[0] == 1 {
		cl.save()
	}
	c.cl, c.will = cl, c.login.Will
	c.attach(c.member.Session())
	c.commit()
	s.count.clients.Add(1)
	c.member.Joined(evicted)
	c.s.log.Debug("connected", "session", c.member.Session(), "client", c.login.ClientID, "remote", c.addr, "via", c.via)
}

// welcome sends CONNACK, and what waited for the client behind it.
func (c *conn) welcome() {
	o := &c.out
	o.mu.Lock()
	o.grow(4)
	present := c.answer[0]
	if c.login.Level == 3 {
		present = 0 // MQTT 3.1 has no such flag
	}
	o.buf = append(o.buf, 0x20, 2, present, c.answer[1])
	if f := c.feed.Load(); f != nil {
		c.goes(f, o.buf[len(o.buf)-4:])
	}
	c.claim(&c.b)
	o.open = c.cl != nil
	o.mu.Unlock()
	if cl := c.cl; cl != nil {
		cl.mu.Lock()
		if cl.owner == c {
			cl.conn.Store(c)
			cl.base = cl.waits()
			cl.pump(&c.b, c)
		}
		cl.mu.Unlock()
		c.joined.Store(true)
		return
	}
	c.b.flush()
}

// key is what the client is known by.
func (c *conn) key(m rules.Member) string {
	if c.login.ClientID == "" {
		return m.Home() + "/\x00" + c.alias // nobody can ask for it
	}
	return m.Home() + "/" + c.login.ClientID
}

// replaces says whether the connection takes the place of another.
func (c *conn) replaces(m rules.Member) bool {
	cl := c.s.clients.get(c.key(m))
	return cl != nil && cl.holder() != nil
}

// take makes the client c's; false if it ends with the connection before.
func (cl *client) take(c *conn) bool {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	if cl.dead || cl.ending || cl.clean && cl.owner != nil {
		return false
	}
	cl.owner = c
	cl.q.rewind() // all of it again
	cl.left = time.Time{}
	return true
}

// leave ends c's hold of its client. had says whether it still had it; gone
// that nobody may take it any more and it has to be dropped.
func (cl *client) leave(c *conn) (had, gone bool) {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	cl.conn.CompareAndSwap(c, nil)
	if cl.owner != c {
		return false, false
	}
	cl.ending = cl.clean || c.mute.Load()
	cl.owner, cl.left = nil, time.Now()
	cl.q.rewind()
	cl.wake()
	return true, cl.ending
}

// evict mutes the client's connection, whose end then is the client's too; nil
// if it is away: then it has to be dropped.
func (cl *client) evict() *conn {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	if cl.owner == nil {
		cl.ending = true
		return nil
	}
	cl.owner.mute.Store(true)
	return cl.owner
}

// over says that a client has been away for too long, and has to be dropped.
func (cl *client) over(now time.Time) bool {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	if cl.owner != nil || cl.ending || cl.left.IsZero() || now.Sub(cl.left) <= cl.s.opt.Expiry {
		return false
	}
	cl.ending = true
	return true
}

// holder is the connection that has the client, nil if it is away.
func (cl *client) holder() *conn {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	return cl.owner
}

// detach ends the connection's hold of its client, and a clean client with it.
func (c *conn) detach() {
	cl := c.cl
	c.s.count.clients.Add(-1)
	switch had, gone := cl.leave(c); {
	case gone:
		c.s.drop(cl)
	case had:
		cl.save()
	}
}

// drop forgets a client with all it has.
func (s *Server) drop(cl *client) {
	s.clients.mu.Lock()
	if s.clients.all[cl.key] == cl {
		delete(s.clients.all, cl.key)
	}
	s.clients.mu.Unlock()

	cl.mu.Lock()
	defer cl.mu.Unlock()
	if cl.dead {
		return
	}
	cl.dead = true
	cl.conn.Store(nil)
	cl.owner = nil
	cl.wake()
	for filter, sub := range cl.subs {
		s.off(cl, filter, sub)
	}
	cl.subs = nil
	for seq := cl.q.head; seq < cl.q.tail; seq++ {
		cl.drop(cl.q.at(seq))
	}
	cl.q = queue{head: cl.q.tail, next: cl.q.tail, tail: cl.q.tail, fresh: cl.q.tail}
	if cl.stored {
		s.store.DropClient(cl.handle)
		cl.stored = false
	}
}

// off takes one subscription out of the index.
func (s *Server) off(cl *client, filter string, sub subscription) {
	if name, rest, shared := route.CutShare(filter); shared {
		s.subs.Unshare(cl, sub.scope, name, rest)
		return
	}
	s.subs.Unsubscribe(cl, filter)
}
