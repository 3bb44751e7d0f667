package route

import "strings"

// split takes "#" off a filter: deep says it was there.
func split(filter string) (levels string, any, deep bool) {
	switch {
	case filter == "#":
		return "", false, true
	case strings.HasSuffix(filter, "/#"):
		return filter[:len(filter)-2], true, true
	}
	return filter, true, false
}

// grow returns the node of a filter, making what is missing.
func (n *node[S]) grow(filter string) (_ *node[S], deep bool) {
	levels, more, deep := split(filter)
	for more {
		var level string
		level, levels, more = strings.Cut(levels, "/")
		n = n.child(level)
	}
	return n, deep
}

func (n *node[S]) child(level string) *node[S] {
	if level == "+" {
		if n.plus == nil {
			n.plus = &node[S]{}
		}
		return n.plus
	}
	c := n.next[level]
	if c == nil {
		if n.next == nil {
			n.next = map[string]*node[S]{}
		}
		c = &node[S]{}
		n.next[strings.Clone(level)] = c
	}
	return c
}

// remove calls drop at the filter's node and takes away the nodes that are
// empty then.
func (n *node[S]) remove(filter string, drop func(n *node[S], deep bool) bool) bool {
	type step struct {
		n     *node[S]
		level string
	}
	levels, more, deep := split(filter)
	var path []step
	for more {
		var level string
		level, levels, more = strings.Cut(levels, "/")
		path = append(path, step{n, level})
		if level == "+" {
			n = n.plus
		} else {
			n = n.next[level]
		}
		if n == nil {
			return false
		}
	}
	if !drop(n, deep) {
		return false
	}
	for i := len(path) - 1; i >= 0 && n.empty(); i-- {
		up := path[i]
		if up.level == "+" {
			up.n.plus = nil
		} else if delete(up.n.next, up.level); len(up.n.next) == 0 {
			up.n.next = nil
		}
		n = up.n
	}
	return true
}

func (n *node[S]) empty() bool {
	return len(n.next) == 0 && n.plus == nil && len(n.here) == 0 && len(n.below) == 0 && len(n.groups) == 0 && len(n.deep) == 0
}
