package hooks

import (
	"strings"

	"labbroker/hooks/policy"
	"labbroker/internal/notice"
	"labbroker/internal/rules"
)

// Publish asks the policy about a topic; a literal first level binds a client
// without a session. What comes back stays right while sessions come and go.
func (m *member) Publish(topic string) rules.Topic {
	p := m.gate.policy()
	who := m.who()
	if who == (policy.Who{}) {
		if first, ok := p.Binds(topic); ok {
			m.bind(first, ok)
			p, who = m.gate.policy(), m.who()
		}
	}
	if p.Publish(who, topic) != policy.Allow {
		return rules.Topic{}
	}
	if m.room.Load().paused.Load() {
		return rules.Topic{} // acknowledged, and goes nowhere
	}
	s := &sink{m: m, full: voice{topic: topic}}
	if who.Instructor {
		s.resolve(p)
	} else {
		_, rest, _ := strings.Cut(topic, "/")
		s.name(who.Session, rest)
	}
	return rules.Topic{Allowed: true, Sink: s}
}

// RefusedPublish counts and explains. A refused message is acknowledged and
// goes nowhere: closing makes umqtt.robust reconnect and repeat for ever.
func (m *member) RefusedPublish(topic string, n int) (told string) {
	g := m.gate
	g.counts.publishes.Add(int64(n))
	p, who := g.policy(), m.who()
	v := p.Publish(who, topic)
	if v == policy.Allow && m.room.Load().paused.Load() {
		d := notice.Paused(who.Session)
		d.Times = n
		m.Notice(d)
		return d.Text
	}
	if v == policy.Allow {
		return "" // it may be said by now
	}
	d := policy.Explain(v, who, topic)
	if first, ok := p.Binds(topic); ok && who == (policy.Who{}) {
		// Publish would have bound it, if the accounts could keep the name.
		d = notice.Unavailable(first)
		g.askAgain()
	}
	d.Times = n
	m.Notice(d)
	return d.Text
}
