package route

import (
	"fmt"
	"slices"
	"strings"
)

// naive is the rules of 4.7 as they are written there, level by level.
func naive(filter, topic string) bool {
	f, t := strings.Split(filter, "/"), strings.Split(topic, "/")
	if strings.HasPrefix(topic, "$") && (f[0] == "+" || f[0] == "#") {
		return false
	}
	for i, level := range f {
		if level == "#" {
			return len(t) >= i // its parent too
		}
		if i >= len(t) || level != "+" && level != t[i] {
			return false
		}
	}
	return len(f) == len(t)
}

func naiveValid(filter string) bool {
	levels := strings.Split(filter, "/")
	for i, level := range levels {
		if strings.Contains(level, "#") && (level != "#" || i < len(levels)-1) ||
			strings.Contains(level, "+") && level != "+" {
			return false
		}
	}
	return filter != ""
}

// place is where a subscription stands; scope and name are a group's.
type place struct{ scope, name, filter string }

// subscriptions are those of an index: QoS by place and subscriber.
type subscriptions map[place]map[string]byte

func (s subscriptions) set(to string, at place, qos byte) (added bool) {
	if s[at] == nil {
		s[at] = map[string]byte{}
	}
	_, had := s[at][to]
	s[at][to] = qos
	return !had
}

func (s subscriptions) drop(to string, at place) bool {
	_, had := s[at][to]
	if delete(s[at], to); len(s[at]) == 0 {
		delete(s, at)
	}
	return had
}

func (s subscriptions) len() (n int) {
	for _, to := range s {
		n += len(to)
	}
	return n
}

// match returns what the topic's messages go to, sorted: one word for each
// matching subscription, or member of a group.
func (s subscriptions) match(topic string) (list []string) {
	for at, to := range s {
		if naive(at.filter, topic) {
			for who, qos := range to {
				list = append(list, fmt.Sprint(at.scope, at.name, who, qos))
			}
		}
	}
	slices.Sort(list)
	return list
}

// found is the same of an index.
func found(x *Index[string], topic string) (list []string) {
	x.Match(topic,
		func(s Sub[string]) { list = append(list, fmt.Sprint("", "", s.To, s.QoS)) },
		func(g *Group[string]) {
			for _, s := range g.Members() {
				list = append(list, fmt.Sprint(g.scope, g.name, s.To, s.QoS))
			}
		})
	slices.Sort(list)
	return list
}
