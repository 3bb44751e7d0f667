package hooks

import (
	"strings"

	"labbroker/hooks/policy"
	"labbroker/internal/ingest"
	"labbroker/internal/presence"
	"labbroker/internal/rules"
)

// sink is what one client says on one topic, for presence and history. Like
// its member it is for one goroutine.
type sink struct {
	m       *member
	full    voice        // the whole topic
	session string       // whose it is, "" = nobody's
	topic   string       // below the prefix
	ear     presence.Ear // presence's

	// policy is what the instructor's topic was resolved with; nil for others,
	// whose topics are always their own.
	policy *policy.Policy
}

var _ rules.Sink = (*sink)(nil)

// name says whose topic it is.
func (s *sink) name(session, topic string) {
	s.session, s.topic = session, topic
	s.ear = s.m.gate.presence.Ear(s.m.key, session, topic)
}

// resolve finds whose topic the instructor writes to: it is recorded where it
// is said to a session, in the spelling of the claim.
func (s *sink) resolve(p *policy.Policy) {
	s.policy = p
	first, rest, _ := strings.Cut(s.full.topic, "/")
	if p.Spelling(first) != first {
		first = ""
	}
	s.name(first, rest)
}

// follow sees whether sessions came or went since.
func (s *sink) follow() {
	if s.policy == nil {
		return
	}
	if p := s.m.gate.policy(); p != s.policy {
		s.resolve(p)
	}
}

// Heard is for presence.
func (s *sink) Heard(n int, payload []byte, qos byte, retain bool) {
	s.follow()
	now := s.m.gate.opt.Now()
	s.ear.Heard(now, n, payload, qos, retain)
	if s.policy == nil {
		s.m.watchAddresses(&s.full, now)
	}
}

// Recording says whether Record is wanted.
func (s *sink) Recording() bool {
	s.follow()
	return s.session != "" && s.m.gate.opt.Tap != nil
}

// Record hands a message to the history.
func (s *sink) Record(payload []byte, qos byte, retain bool) (ticket uint64) {
	if !s.Recording() {
		return 0
	}
	ticket = s.m.gate.opt.Tap(ingest.Message{
		Session: s.session, Topic: s.topic, Payload: payload, QoS: qos, Retain: retain,
		Client: s.m.id, Page: s.m.page, At: s.m.gate.opt.Now(),
	})
	if qos == 0 {
		return 0 // nobody waits for it
	}
	return ticket
}
