package presence

import (
	"bytes"
	"encoding/hex"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"
)

// room is one session.
type room struct {
	version atomic.Uint64

	// Guarded by the registry's lock.
	connected []*client
	lastEnd   string
	endedAt   time.Time
	visits    []visit // the newest maxVisits, by their end

	mu          sync.Mutex // guards all below
	gone        bool       // the registry has it no more
	meter       meter
	messages    int64
	lastMessage time.Time
	lastReading time.Time
	slowed      time.Time // when it was over its rate last
	topics      map[string]*topic
	newest      *topic // the one changed last; the list falls by version
	oldest      *topic
}

// topic is the last message of one topic. head holds the bytes that are
// shown, in a buffer that is used again.
type topic struct {
	name         string
	gone         bool // fell out of the limit
	head         []byte
	size         int
	numeric      bool
	retained     bool
	qos          byte
	count        int64
	time         time.Time
	version      uint64
	newer, older *topic
}

// maxHead is what is kept of a payload: MaxText bytes, and one character more
// to know where the last one ends.
const maxHead = MaxText + utf8.UTFMax

// message notes n messages on a topic; known is it, or nil. It returns the
// topic, for the next call, or false if the session was dropped meanwhile.
func (s *room) message(r *Registry, known *topic, name string, payload []byte, n int, qos byte, retain bool, now time.Time) (*topic, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone {
		return nil, false
	}
	t := known
	if t == nil || t.gone {
		t = s.topic(name)
	}
	if s.newest != t {
		s.unlink(t)
		s.push(t)
	}
	t.head = append(t.head[:0], payload[:min(len(payload), maxHead)]...)
	t.size, t.qos, t.time, t.numeric = len(payload), qos, now, false
	t.count += int64(n)
	if retain {
		t.retained = len(payload) > 0
	}
	s.messages += int64(n)
	s.lastMessage = now
	s.meter.add(n, now)
	t.version = r.touch(s)
	return t, true
}

// topic finds or makes one; it is in the list.
func (s *room) topic(name string) *topic {
	name = shortName(name)
	t := s.topics[name]
	if t != nil {
		return t
	}
	if len(s.topics) >= MaxTopics {
		old := s.oldest
		old.gone = true
		delete(s.topics, old.name)
		s.unlink(old)
	}
	t = &topic{name: strings.Clone(name)}
	s.topics[t.name] = t
	s.push(t)
	return t
}

func (s *room) numeric(r *Registry, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.topics[shortName(name)]
	if t == nil || t.numeric {
		return
	}
	t.numeric = true
	s.unlink(t)
	s.push(t)
	t.version = r.touch(s)
}

// touch is for changes that the registry's lock guards.
func (s *room) touch(r *Registry) {
	s.mu.Lock()
	r.touch(s)
	s.mu.Unlock()
}

// summary needs the registry's lock.
func (s *room) summary(name string, now time.Time) Summary {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Summary{
		Session: name, Clients: len(s.connected), Rate: s.meter.rate(now),
		LastMessage: s.lastMessage, LastReading: s.lastReading, Messages: s.messages,
		LastEnd: s.lastEnd, EndedAt: s.endedAt, SlowedAt: s.slowed,
	}
	s.recall(&out, now)
	return out
}

func (s *room) topicsSince(version uint64) ([]Topic, uint64) {
	s.mu.Lock()
	var out []Topic
	last := s.version.Load()
	for t := s.newest; t != nil && t.version > version; t = t.older {
		out = append(out, t.copy())
	}
	s.mu.Unlock()
	sort.Slice(out, func(i, j int) bool { return out[i].Topic < out[j].Topic })
	return out, last
}

func (t *topic) copy() Topic {
	text, binary := shown(t.head, t.size)
	return Topic{
		Topic: t.name, Text: text, Size: t.size, Binary: binary, Numeric: t.numeric,
		QoS: t.qos, Retained: t.retained, Count: t.count, Time: t.time,
	}
}

// shown is a payload as text of at most MaxText bytes, in hex where it is not
// UTF-8 or has zero bytes in it.
func shown(head []byte, size int) (text string, binary bool) {
	whole := head
	if size > len(head) || len(head) > MaxText {
		whole = head[:min(len(head), MaxText)]
		for cut := len(whole); cut > len(whole)-utf8.UTFMax && cut > 0; cut-- {
			if utf8.RuneStart(head[cut-1]) {
				if !utf8.FullRune(whole[cut-1:]) {
					whole = whole[:cut-1]
				}
				break
			}
		}
	}
	if utf8.Valid(whole) && bytes.IndexByte(whole, 0) < 0 {
		return string(whole), false
	}
	return hex.EncodeToString(head[:min(len(head), MaxText/2)]), true
}

// shortName bounds a topic's name, without an allocation where it fits.
func shortName(name string) string {
	if len(name) <= maxTopicName {
		return name
	}
	return strings.ToValidUTF8(name[:maxTopicName], "") + "…"
}

func (s *room) push(t *topic) {
	t.newer, t.older = nil, s.newest
	if s.newest != nil {
		s.newest.newer = t
	} else {
		s.oldest = t
	}
	s.newest = t
}

func (s *room) unlink(t *topic) {
	if t.newer != nil {
		t.newer.older = t.older
	} else {
		s.newest = t.older
	}
	if t.older != nil {
		t.older.newer = t.newer
	} else {
		s.oldest = t.newer
	}
	t.newer, t.older = nil, nil
}
