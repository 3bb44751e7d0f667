package notice

import (
	"hash/fnv"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxTopic is how many bytes of a topic or key a notice keeps.
const maxTopic = 256

// page is one session's notices, a list from the one last seen to the one
// seen longest ago.
type page struct {
	mu             sync.Mutex // guards all below
	entries        map[key]*entry
	newest, oldest *entry
	dropped        bool
	tokens         float64 // what may still be told, refilled with time
	filled         time.Time
	tell           []Notice // waits for the goroutine that is telling
	telling        bool
}

type key struct {
	code Code
	key  string
}

// kind is the key as a number.
func (k key) kind() Kind {
	h := fnv.New32a()
	_, _ = h.Write([]byte(k.code))
	_, _ = h.Write([]byte{0})
	_, _ = h.Write([]byte(k.key))
	return Kind(h.Sum32())
}

type entry struct {
	Notice
	key          key
	kind         Kind
	began        time.Time // the first time since it was away for Silence
	told         bool
	newer, older *entry
}

// add counts d. It returns false if the page is not the book's any more.
func (p *page) add(b *Book, session string, d Draft, now time.Time) (Kind, bool) {
	k := key{d.Code, d.Key}
	if d.Key == "" {
		k.key = d.Topic
	}
	if len(k.key) > maxTopic {
		k.key = short(k.key)
	}

	p.mu.Lock()
	if p.dropped {
		p.mu.Unlock()
		return 0, false
	}
	e := p.entries[k]
	switch {
	case e == nil:
		e = p.insert(b, k, d, now)
	case now.Sub(e.Last) >= Silence:
		e.told, e.Text, e.began = false, d.Text, now
		fallthrough
	default:
		e.Count += max(1, d.Times)
		if now.After(e.Last) {
			e.Last = now
		}
		p.unlink(e)
		p.push(e)
	}
	if e.told || b.o.New == nil || !p.take(now) {
		p.mu.Unlock()
		return e.kind, true
	}
	e.told = true
	p.tell = append(p.tell, e.Notice)
	if p.telling {
		p.mu.Unlock()
		return e.kind, true // who is telling takes it along, in order
	}
	p.telling = true
	for len(p.tell) > 0 {
		next := p.tell
		p.tell = nil
		p.mu.Unlock()
		for _, n := range next {
			b.o.New(session, n)
		}
		p.mu.Lock()
	}
	p.telling = false
	p.mu.Unlock()
	return e.kind, true
}

func (p *page) insert(b *Book, k key, d Draft, now time.Time) *entry {
	n := len(p.entries)
	if n >= MaxNotices || n >= keepOwn && b.total.Load() >= maxTotal {
		delete(p.entries, p.oldest.key)
		p.unlink(p.oldest)
		b.total.Add(-1)
	}
	k.key = strings.Clone(k.key)
	e := &entry{key: k, kind: k.kind(), began: now, Notice: Notice{
		Code: d.Code, Text: d.Text, Topic: fit(d.Topic), Count: max(1, d.Times), First: now, Last: now,
	}}
	p.entries[k] = e
	p.push(e)
	b.total.Add(1)
	return e
}

// take spends one token, if there is one.
func (p *page) take(now time.Time) bool {
	if !p.filled.IsZero() {
		p.tokens = min(tellBurst, p.tokens+max(0, now.Sub(p.filled).Seconds())*tellRate)
	}
	p.filled = now
	if p.tokens < 1 {
		return false
	}
	p.tokens--
	return true
}

func (p *page) list() []Notice {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]Notice, 0, len(p.entries))
	for e := p.newest; e != nil; e = e.older {
		out = append(out, e.Notice)
	}
	return out
}

func (p *page) push(e *entry) {
	e.newer, e.older = nil, p.newest
	if p.newest != nil {
		p.newest.newer = e
	} else {
		p.oldest = e
	}
	p.newest = e
}

func (p *page) unlink(e *entry) {
	if e.newer != nil {
		e.newer.older = e.older
	} else {
		p.newest = e.older
	}
	if e.older != nil {
		e.older.newer = e.newer
	} else {
		p.oldest = e.newer
	}
	e.newer, e.older = nil, nil
}

// fit bounds a topic and makes it text.
func fit(s string) string {
	if len(s) > maxTopic {
		s = s[:maxTopic]
	}
	return strings.Clone(strings.ToValidUTF8(s, "\uFFFD"))
}

// short bounds a key and still tells long ones apart.
func short(s string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))
	return s[:maxTopic] + strconv.FormatUint(h.Sum64(), 16)
}
