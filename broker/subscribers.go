package broker

import (
	"cmp"
	"slices"

	"labbroker/broker/route"
	"labbroker/internal/notice"
)

// Subscriber is a client that a message on a topic would go to.
type Subscriber struct {
	Session string // spelling of the claim, "" = it has none yet
	Client  string
	Here    bool // it is connected; else QoS 1 and 2 wait for it
	QoS     byte // the most of its filters
	Filters []string
	Shared  bool // it takes turns with others of its group
}

// Subscribers are who a message on a topic would go to now, by session and
// name. Pages that listen are not among them.
func (s *Server) Subscribers(topic string) []Subscriber {
	d := s.route(topic)
	var list []Subscriber
	for _, sub := range d.to {
		if sub.To.ear == nil {
			list = append(list, sub.To.subscriber(sub.QoS, topic, false))
		}
	}
	for _, g := range d.groups {
		for _, sub := range g.Members() {
			if s.rules.Deliver(sub.To.who(), topic) {
				list = append(list, sub.To.subscriber(sub.QoS, topic, true))
			}
		}
	}
	slices.SortFunc(list, func(a, b Subscriber) int {
		return cmp.Or(cmp.Compare(a.Session, b.Session), cmp.Compare(a.Client, b.Client))
	})
	return list
}

func (cl *client) subscriber(qos byte, topic string, shared bool) Subscriber {
	c := cl.conn.Load()
	one := Subscriber{Session: cl.who(), Client: cl.called(c), Here: c != nil, QoS: qos, Shared: shared}
	cl.mu.Lock()
	defer cl.mu.Unlock()
	for filter := range cl.subs {
		_, rest, share := route.CutShare(filter)
		if share == shared && route.Matches(rest, topic) {
			one.Filters = append(one.Filters, filter)
		}
	}
	slices.Sort(one.Filters)
	return one
}

// OverLimit says which limit a message of size bytes on a topic would break.
func (s *Server) OverLimit(session, topic string, size int) (d notice.Draft, bad bool) {
	if d, bad = s.overLimit(session, topic); bad {
		return d, true
	}
	if o := &s.opt; o.MaxPacket > 0 && size+len(topic)+9 > o.MaxPacket {
		return notice.TooLarge("this message", size, o.MaxPacket), true
	}
	return d, false
}
