package broker

import (
	"strings"

	"labbroker/broker/route"
	"labbroker/broker/wire"
	"labbroker/internal/notice"
	"labbroker/internal/rules"
)

// maxTopics is how many topics a connection's cache holds.
const maxTopics = 64

// topic is what one connection knows of a topic it publishes on, as long as it
// is fresh.
type topic struct {
	name    string
	known   bool
	gen     uint64 // of the rules
	version route.Version
	allowed bool
	limit   *notice.Draft // what it is too long or deep for, nil = nothing
	sink    rules.Sink    // nil = nobody hears
	destinations
}

// destinations is where messages on a topic go.
type destinations struct {
	to     []route.Sub[*client]
	groups []*route.Group[*client]
}

// topic returns the connection's entry for a topic.
func (c *conn) topic(name []byte) (*topic, error) {
	if t := c.topics[string(name)]; t != nil {
		return t, nil
	}
	if !wire.ValidTopic(name) {
		return nil, wire.ErrTopic
	}
	t := &topic{name: string(name)}
	if t.name == "" || strings.ContainsAny(t.name, "+#") {
		c.endRun()
		c.told = c.member.RefusedPublish(t.name, 1)
		c.s.count.refused.Add(1)
		c.err = explained(errTopic)
		return nil, errTopic
	}
	if c.topics == nil {
		c.topics = make(map[string]*topic, 1)
	}
	if len(c.topics) >= maxTopics {
		c.endRun()
		clear(c.topics)
	}
	c.topics[t.name] = t
	return t, nil
}

// fresh says whether nothing has changed that could change the entry.
func (t *topic) fresh(c *conn) bool {
	return t.known && t.gen == c.s.rules.Generation() && t.version.Same()
}

// resolve asks the rules and the index anew.
func (c *conn) resolve(t *topic) {
	s := c.s
	t.known, t.gen, t.version = true, s.rules.Generation(), s.subs.Version(t.name)
	t.allowed, t.sink, t.limit = false, nil, nil
	t.destinations = destinations{}
	if d, bad := s.tooLong(c.member.Session(), t.name); bad {
		t.limit = &d
		return
	}
	before := c.member.Session()
	a := c.member.Publish(t.name)
	if now := c.member.Session(); now != before {
		c.bound(now)
		t.gen, t.version = s.rules.Generation(), s.subs.Version(t.name)
	}
	t.allowed, t.sink = a.Allowed, a.Sink
	if a.Allowed {
		t.destinations = s.route(t.name)
	}
}

// bound notes that an open-access client has its session now.
func (c *conn) bound(session string) {
	c.cl.session.Store(&session)
	c.s.subs.Stale() // what it may read has changed
	c.cl.save()
	clear(c.topics)
	c.attach(session)
}

// tooLong says what is wrong with the size of a topic or filter.
func (s *Server) tooLong(name, topic string) (d notice.Draft, bad bool) {
	if d, bad = s.overLimit(name, topic); bad && d.Code == notice.CodeTooLong {
		s.count.tooLong.Add(1)
	} else if bad {
		s.count.tooDeep.Add(1)
	}
	return d, bad
}

// overLimit is tooLong, not counted.
func (s *Server) overLimit(name, topic string) (d notice.Draft, bad bool) {
	switch o := &s.opt; {
	case o.TopicLength > 0 && len(topic) > o.TopicLength:
		return notice.TooLong(name, topic, o.TopicLength), true
	case o.TopicLevels > 0 && strings.Count(topic, "/") >= o.TopicLevels:
		return notice.TooDeep(name, topic, o.TopicLevels), true
	}
	return d, false
}

// route finds a topic's subscribers that may read it, each once, at the
// highest QoS of their filters (MQTT 3.1.1, 3.3.5).
func (s *Server) route(name string) destinations {
	var d destinations
	var seen map[*client]int
	s.subs.Match(name, func(sub route.Sub[*client]) {
		if seen == nil {
			for i := range d.to {
				if d.to[i].To == sub.To {
					d.to[i].QoS = max(d.to[i].QoS, sub.QoS)
					return
				}
			}
		} else if i, ok := seen[sub.To]; ok {
			d.to[i].QoS = max(d.to[i].QoS, sub.QoS)
			return
		}
		d.to = append(d.to, sub)
		if seen != nil {
			seen[sub.To] = len(d.to) - 1
		} else if len(d.to) == 32 {
			seen = make(map[*client]int, 64)
			for i := range d.to {
				seen[d.to[i].To] = i
			}
		}
	}, func(g *route.Group[*client]) { d.groups = append(d.groups, g) })

	kept := d.to[:0]
	for _, sub := range d.to {
		if s.rules.Deliver(sub.To.who(), name) {
			kept = append(kept, sub)
		}
	}
	d.to = kept
	return d
}

// pick chooses the member of a group that gets a message: one that is here and
// reads, or one that is kept for later.
func pick(g *route.Group[*client], topic string) (sub route.Sub[*client], ok bool) {
	may := func(m route.Sub[*client]) bool { return m.To.s.rules.Deliver(m.To.who(), topic) }
	g.Next(func(m route.Sub[*client]) bool {
		if c := m.To.conn.Load(); c != nil && !c.pausing.Load() && may(m) {
			sub, ok = m, true
		}
		return ok
	})
	if !ok {
		g.Next(func(m route.Sub[*client]) bool {
			if (m.To.conn.Load() != nil || !m.To.clean) && may(m) {
				sub, ok = m, true
			}
			return ok
		})
	}
	return sub, ok
}
