// Package policy decides what a client may touch. It is pure: no broker, no
// clock, no I/O; a Policy never changes, a change makes a new one. Decisions
// allocate nothing, only Explain does, which turns a refusal into a sentence.
//
// Who a client is stands in internal/account; that a refused publish is
// acknowledged and goes nowhere is the hooks' part.
package policy

import (
	"strings"

	"labbroker/internal/session"
)

// Mode is the access mode. It decides who gets in; what a session may touch
// is the same in all three.
type Mode uint8

// Modes.
const (
	Claim  Mode = iota // the first use of a name claims it
	Roster             // only names of the class list
	Open               // no passwords; a client without a name is bound by its first topic
)

// Who asks. Session is the spelling of the claim; "" without Instructor is a
// client in open access that is not bound yet.
type Who struct {
	Session    string
	Instructor bool
}

// sys is the first level of the broker's own topics.
const sys = "$SYS"

// Verdict is Allow or the reason for a refusal or a hint.
type Verdict uint8

// Verdicts.
const (
	Allow         Verdict = iota
	NoPrefix              // the first level is no session's name
	WrongCase             // the first level is the own name in other capitals
	LeadingSlash          // "/ada/x"
	Space                 // white space in the first level
	OtherSession          // the first level is another session
	OtherCase             // a hint: another session's public/, in other capitals
	Wildcard              // + or # in a topic
	ClassReadOnly         // class/ is the instructor's to write
	ClassCase             // a hint: Class/ for class/
	SysReadOnly           // a topic with $ in front; for the instructor $SYS
	Placeholder           // the slides' placeholder, unchanged
	Empty                 // the topic ""
	Forbidden             // a zero byte, or not UTF-8
	Malformed             // a filter against MQTT's rules
)

// Violation says whether MQTT 3.1.1 wants the connection closed for a publish
// with this verdict, rather than the message ignored.
func (v Verdict) Violation() bool {
	return v == Wildcard || v == Empty || v == Forbidden
}

// String names the verdict for logs and counters.
func (v Verdict) String() string {
	if int(v) < len(verdicts) {
		return verdicts[v]
	}
	return "unknown"
}

var verdicts = [...]string{
	Allow: "allow", NoPrefix: "no prefix", WrongCase: "wrong case", LeadingSlash: "leading slash",
	Space: "space", OtherSession: "other session", OtherCase: "other case", Wildcard: "wildcard",
	ClassReadOnly: "class read only", ClassCase: "class case", SysReadOnly: "$ read only",
	Placeholder: "placeholder", Empty: "empty", Forbidden: "forbidden character",
	Malformed: "malformed",
}

// Policy is the rules for a set of sessions. It is immutable and safe for
// concurrent use.
type Policy struct {
	mode     Mode
	root     *Root
	sessions names
}

// Root is what policies share that were made from one another by With and
// Without. They all agree on whom Publish allows and on Deliver, which do not
// ask who else exists; only reasons, filters and spellings tell them apart.
type Root struct{ _ byte } // not empty, so that each has its own address

// New returns the policy for the sessions that exist, in the spelling of
// their claim.
func New(mode Mode, sessions []string) *Policy {
	return &Policy{mode: mode, root: new(Root), sessions: newNames().with(sessions)}
}

// With is the policy with further sessions, as New would make it; a name that
// is there already takes the new spelling. It costs about a microsecond for
// each, however many there are.
func (p *Policy) With(sessions ...string) *Policy {
	return &Policy{mode: p.mode, root: p.root, sessions: p.sessions.with(sessions)}
}

// Without is the policy without these sessions, in whatever case.
func (p *Policy) Without(sessions ...string) *Policy {
	return &Policy{mode: p.mode, root: p.root, sessions: p.sessions.without(sessions)}
}

// Root tells whether two policies are of one kin.
func (p *Policy) Root() *Root { return p.root }

// Spelling finds a session in any case, "" where there is none.
func (p *Policy) Spelling(name string) string { return p.sessions.find(name) }

// Mode is the access mode it was made for.
func (p *Policy) Mode() Mode { return p.mode }

// Publish says whether w may publish to topic, live or as the last will.
func (p *Policy) Publish(w Who, topic string) Verdict {
	if v := checkTopic(topic); v != Allow {
		return v
	}
	first := level(topic)
	if topic[0] == '$' && (!w.Instructor || first == sys) {
		return SysReadOnly
	}
	if w.Instructor {
		return Allow
	}
	if first == w.Session && first != "" {
		return Allow
	}
	return p.foreign(w, first)
}

// foreign finds the reason why a first level that is not w's is not.
func (p *Policy) foreign(w Who, first string) Verdict {
	switch {
	case first == "":
		return LeadingSlash
	case strings.EqualFold(first, session.Class):
		return ClassReadOnly
	case strings.EqualFold(first, w.Session):
		return WrongCase
	case session.Placeholder(first):
		return Placeholder
	case p.Spelling(first) != "":
		return OtherSession
	case strings.ContainsAny(first, " \t\r\n"):
		return Space
	}
	return NoPrefix
}

// Deliver says whether w may read topic, live, retained or resent. topic is
// one that Publish allowed somebody, or the broker's own.
func (p *Policy) Deliver(w Who, topic string) bool {
	if w.Instructor {
		return true
	}
	if topic == "" || topic[0] == '$' || topic[0] == '/' {
		return false
	}
	first := level(topic)
	if first == w.Session || first == session.Class {
		return true
	}
	return len(topic) > len(first) && level(topic[len(first)+1:]) == session.Public
}

// Binds returns the first level of a topic or filter if it is literal and can
// be a session: in open access it binds a client that has none. The inner
// filter of a $share counts. A command of iot-plot alone is the oldest code,
// which knew no prefix, and nobody's name.
func (p *Policy) Binds(topicOrFilter string) (first string, ok bool) {
	if inner, share, _ := shared(topicOrFilter); share {
		topicOrFilter = inner
	}
	first = level(topicOrFilter)
	if session.Placeholder(first) || session.Check(first) != nil || first == topicOrFilter && command(first) {
		return "", false
	}
	return first, true
}

func command(topic string) bool {
	switch topic {
	case "new_series", "data", "save_series", "plot_series", "plot":
		return true
	}
	return false
}

// BindsFilter is Binds for a filter, save that reading what somebody shares
// with the class, "bob/public/#", does not make the reader bob.
func (p *Policy) BindsFilter(filter string) (first string, ok bool) {
	first, ok = p.Binds(filter)
	if inner, share, _ := shared(filter); share {
		filter = inner
	}
	if ok && len(filter) > len(first) && level(filter[len(first)+1:]) == session.Public {
		return "", false
	}
	return first, ok
}
