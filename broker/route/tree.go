package route

import "strings"

// Tree keeps one value for each topic and finds those that a filter matches:
// the other way round than Index. The zero value is empty. It is not safe for
// concurrent use.
type Tree[V any] struct {
	root  leaf[V]
	count int
}

type leaf[V any] struct {
	next  map[string]*leaf[V]
	topic string
	value V
	full  bool
}

// Len is the number of topics with a value.
func (t *Tree[V]) Len() int { return t.count }

// Get returns a topic's value.
func (t *Tree[V]) Get(topic string) (v V, ok bool) {
	n := &t.root
	for more := true; more; {
		var level string
		level, topic, more = strings.Cut(topic, "/")
		if n = n.next[level]; n == nil {
			return v, false
		}
	}
	return n.value, n.full
}

// Set gives a topic its value and says whether it had none.
func (t *Tree[V]) Set(topic string, v V) (added bool) {
	n, levels := &t.root, topic
	for more := true; more; {
		var level string
		level, levels, more = strings.Cut(levels, "/")
		c := n.next[level]
		if c == nil {
			if n.next == nil {
				n.next = map[string]*leaf[V]{}
			}
			c = &leaf[V]{}
			n.next[strings.Clone(level)] = c
		}
		n = c
	}
	if added = !n.full; added {
		t.count++
	}
	n.topic, n.value, n.full = topic, v, true
	return added
}

// Delete takes a topic's value away and says whether it had one.
func (t *Tree[V]) Delete(topic string) bool {
	type step struct {
		n     *leaf[V]
		level string
	}
	var path []step
	n, levels := &t.root, topic
	for more := true; more; {
		var level string
		level, levels, more = strings.Cut(levels, "/")
		path = append(path, step{n, level})
		if n = n.next[level]; n == nil {
			return false
		}
	}
	if !n.full {
		return false
	}
	var zero V
	n.topic, n.value, n.full = "", zero, false
	t.count--
	for i := len(path) - 1; i >= 0 && len(n.next) == 0 && !n.full; i-- {
		delete(path[i].n.next, path[i].level)
		n = path[i].n
	}
	return true
}

// Match calls f with each topic that the filter, which has to be Valid and
// without "$share", matches.
func (t *Tree[V]) Match(filter string, f func(topic string, v V)) {
	levels, more, deep := split(filter)
	w := search[V]{f: f, deep: deep}
	w.walk(&t.root, levels, more, true)
}

// All calls f with each topic.
func (t *Tree[V]) All(f func(topic string, v V)) {
	w := search[V]{f: f}
	w.all(&t.root, false)
}

type search[V any] struct {
	f    func(topic string, v V)
	deep bool
}

func (w *search[V]) walk(n *leaf[V], levels string, more, top bool) {
	for more {
		var level string
		level, levels, more = strings.Cut(levels, "/")
		if level == "+" {
			for name, c := range n.next {
				if !top || name == "" || name[0] != '$' {
					w.walk(c, levels, more, false)
				}
			}
			return
		}
		if n = n.next[level]; n == nil {
			return
		}
		top = false
	}
	if w.deep {
		w.all(n, top)
		return
	}
	if n.full {
		w.f(n.topic, n.value)
	}
}

// all tells of n and of everything below; at the top, topics with "$" are
// hidden from "#".
func (w *search[V]) all(n *leaf[V], top bool) {
	if n.full {
		w.f(n.topic, n.value)
	}
	for name, c := range n.next {
		if !top || name == "" || name[0] != '$' {
			w.all(c, false)
		}
	}
}
