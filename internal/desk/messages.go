package desk

import (
	"slices"
	"time"

	"labbroker/internal/session"
)

// Bounds of what is said.
const (
	MaxText  = 500  // bytes of a message
	KeptEach = 20   // to one addressee; the oldest goes
	KeptAll  = 1000 // to all of them together
)

// Addressees of a message.
const (
	All     = "all"
	Section = "section"
	Session = "session"
)

// Message is what the instructor said. IDs grow, over a restart too.
type Message struct {
	ID    int64     `json:"id"`
	To    string    `json:"to"`             // All, Section or Session
	Name  string    `json:"name,omitempty"` // of the section or session
	Text  string    `json:"text"`
	Topic string    `json:"topic"` // boards got it there
	Time  time.Time `json:"time"`
}

// is says whether the message went to that addressee.
func (m *Message) is(to, name string) bool {
	if to == Session {
		return m.To == to && session.Key(m.Name) == session.Key(name)
	}
	return m.To == to && m.Name == name
}

// Concerns says whether a session of that section is among those addressed;
// section "" is none.
func (m *Message) Concerns(name, section string) bool {
	return m.To == All || section != "" && m.is(Section, section) || m.is(Session, name)
}

// Say keeps a message, whose ID and Time it sets.
func (b *Book) Say(m Message) (Message, error) {
	b.edit(func(c *contents) bool {
		now := b.o.Now()
		// A clock that went back, as a Raspberry Pi's does without power, must not
		// make a number that browsers take for put away.
		m.ID, m.Time = max(now.UnixMilli(), c.Last+1), now.UTC().Truncate(time.Millisecond)
		c.Last = m.ID
		c.say(m)
		return true
	})
	return m, b.save()
}

// say puts a message behind the others and lets the oldest go.
func (c *contents) say(m Message) {
	same := 0
	for i := len(c.Messages) - 1; i >= 0; i-- {
		if c.Messages[i].is(m.To, m.Name) {
			if same++; same == KeptEach {
				c.Messages = slices.Delete(c.Messages, i, i+1)
				break
			}
		}
	}
	if len(c.Messages) >= KeptAll {
		c.Messages = slices.Delete(c.Messages, 0, 1)
	}
	c.Messages = append(c.Messages, m)
}

// Newest lists at most n messages that pass, the newest first; never nil.
func (b *Book) Newest(n int, pass func(*Message) bool) []Message {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := []Message{}
	for i := len(b.now.Messages) - 1; i >= 0 && len(out) < n; i-- {
		if pass(&b.now.Messages[i]) {
			out = append(out, b.now.Messages[i])
		}
	}
	return out
}
