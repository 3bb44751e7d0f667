// Package route knows who subscribed to what: the index of topic filters with
// all the rules of MQTT 3.1.1, section 4.7, and the groups of shared
// subscriptions. It moves no messages.
//
// Whoever keeps what Match found asks Version, which changes with each
// subscription that may concern a topic, to see whether it still holds.
package route

import (
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"
)

// shards is how many counters the filters with a literal first level share.
const shards = 256

// Index is a set of subscriptions of subscribers of type S. The zero value is
// not usable: see New. Its methods are safe for concurrent use.
type Index[S comparable] struct {
	seed  maphash.Seed
	wild  atomic.Uint64         // changes with filters that begin with a wildcard
	first [shards]atomic.Uint64 // and with those that begin with this level

	mu    sync.RWMutex // guards what follows
	root  *node[S]
	count int
}

// node is one level of filters.
type node[S comparable] struct {
	next   map[string]*node[S]
	plus   *node[S]
	here   subs[S] // filters that end here
	below  subs[S] // filters that end with "#" below here, which match here too
	groups []*Group[S]
	deep   []*Group[S] // groups whose filter ends with "#" below here
}

// Sub is one subscription that matched.
type Sub[S comparable] struct {
	To  S
	QoS byte
}

type subs[S comparable] []Sub[S]

// New returns an empty index.
func New[S comparable]() *Index[S] {
	return &Index[S]{seed: maphash.MakeSeed(), root: &node[S]{}}
}

// Version tells whether a Match is still what it was: it is, as long as both
// counters are what they were before it.
type Version struct {
	wild, shard     uint64
	nowWild, nowOne *atomic.Uint64
}

// Same says that nothing changed that may concern the topic.
func (v *Version) Same() bool {
	return v.nowWild != nil && v.nowWild.Load() == v.wild && v.nowOne.Load() == v.shard
}

// Version is to be taken before Match.
func (x *Index[S]) Version(topic string) Version {
	v := Version{nowWild: &x.wild, nowOne: x.shard(topic)}
	v.wild, v.shard = v.nowWild.Load(), v.nowOne.Load()
	return v
}

func (x *Index[S]) shard(topic string) *atomic.Uint64 {
	first, _, _ := strings.Cut(topic, "/")
	return &x.first[maphash.String(x.seed, first)%shards]
}

// changed makes older versions stale.
func (x *Index[S]) changed(filter string) {
	if filter[0] == '+' || filter[0] == '#' {
		x.wild.Add(1)
		return
	}
	x.shard(filter).Add(1)
}

// Stale makes every version stale, for a change that the index does not see.
func (x *Index[S]) Stale() { x.wild.Add(1) }

// Len is the number of subscriptions, members of groups included.
func (x *Index[S]) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.count
}

// Subscribe adds a subscription or changes its QoS, and says whether it is
// new. The filter has to be Valid and without "$share".
func (x *Index[S]) Subscribe(s S, filter string, qos byte) (added bool) {
	x.mu.Lock()
	n, deep := x.root.grow(filter)
	list := &n.here
	if deep {
		list = &n.below
	}
	if added = list.set(s, qos); added {
		x.count++
	}
	x.mu.Unlock()
	x.changed(filter)
	return added
}

// Unsubscribe takes a subscription out and says whether there was one.
func (x *Index[S]) Unsubscribe(s S, filter string) bool {
	x.mu.Lock()
	gone := x.root.remove(filter, func(n *node[S], deep bool) bool {
		if deep {
			return n.below.drop(s)
		}
		return n.here.drop(s)
	})
	if gone {
		x.count--
	}
	x.mu.Unlock()
	if gone {
		x.changed(filter)
	}
	return gone
}

// Match calls each with every subscription whose filter matches the topic, a
// subscriber as often as it has such filters, and group with every group.
// Neither may call the index.
func (x *Index[S]) Match(topic string, each func(Sub[S]), group func(*Group[S])) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	m := match[S]{each: each, group: group}
	if topic != "" && topic[0] == '$' {
		// 4.7.2: leading wildcards do not see topics that begin with "$".
		level, rest, more := strings.Cut(topic, "/")
		if n := x.root.next[level]; n != nil {
			m.walk(n, rest, more)
		}
		return
	}
	m.walk(x.root, topic, true)
}

type match[S comparable] struct {
	each  func(Sub[S])
	group func(*Group[S])
}

// walk is at n, with the levels still to come; more = there is one.
func (m *match[S]) walk(n *node[S], levels string, more bool) {
	for {
		m.tell(n.below, n.deep) // "#" matches its parent too
		if !more {
			m.tell(n.here, n.groups)
			return
		}
		level, rest, next := strings.Cut(levels, "/")
		one := n.next[level]
		switch {
		case one != nil && n.plus != nil:
			m.walk(n.plus, rest, next)
		case one == nil:
			one = n.plus
		}
		if one == nil {
			return
		}
		n, levels, more = one, rest, next
	}
}

func (m *match[S]) tell(list subs[S], groups []*Group[S]) {
	for _, s := range list {
		m.each(s)
	}
	for _, g := range groups {
		m.group(g)
	}
}

func (l *subs[S]) set(s S, qos byte) (added bool) {
	for i := range *l {
		if (*l)[i].To == s {
			(*l)[i].QoS = qos
			return false
		}
	}
	*l = append(*l, Sub[S]{s, qos})
	return true
}

func (l *subs[S]) drop(s S) bool {
	for i := range *l {
		if (*l)[i].To == s {
			last := len(*l) - 1
			(*l)[i] = (*l)[last]
			(*l)[last] = Sub[S]{}
			*l = (*l)[:last]
			if last == 0 {
				*l = nil
			}
			return true
		}
	}
	return false
}
