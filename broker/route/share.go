package route

import (
	"slices"
	"sync/atomic"
)

// Group is the members of one shared subscription, of which one gets each
// message.
type Group[S comparable] struct {
	scope, name string
	members     atomic.Pointer[[]Sub[S]]
	turn        atomic.Uint32 // whose turn it is; those at once may see the same
}

// Members are the present ones; not to be changed.
func (g *Group[S]) Members() []Sub[S] { return *g.members.Load() }

// Next calls want with the members, beginning with the one behind the last that
// took one, until it takes one.
func (g *Group[S]) Next(want func(Sub[S]) bool) {
	list := g.Members()
	if len(list) == 0 {
		return
	}
	at := int(g.turn.Load()) % len(list)
	for range list {
		s := list[at]
		at = (at + 1) % len(list)
		if want(s) {
			g.turn.Store(uint32(at))
			return
		}
	}
}

// Share adds a member to the group of that scope, name and filter, or changes
// its QoS, and says whether it is new. Groups of different scopes never meet.
func (x *Index[S]) Share(s S, scope, name, filter string, qos byte) (added bool) {
	x.mu.Lock()
	n, deep := x.root.grow(filter)
	list := n.list(deep)
	g := find(*list, scope, name)
	if g == nil {
		g = &Group[S]{scope: scope, name: name}
		g.members.Store(&[]Sub[S]{})
		*list = append(*list, g)
	}
	members := slices.Clone(*g.members.Load())
	if added = (*subs[S])(&members).set(s, qos); added {
		x.count++
	}
	g.members.Store(&members)
	x.mu.Unlock()
	x.changed(filter)
	return added
}

// Unshare takes a member out of its group and says whether it was there.
func (x *Index[S]) Unshare(s S, scope, name, filter string) bool {
	x.mu.Lock()
	gone := x.root.remove(filter, func(n *node[S], deep bool) bool {
		list := n.list(deep)
		g := find(*list, scope, name)
		if g == nil {
			return false
		}
		members := slices.Clone(*g.members.Load())
		if !(*subs[S])(&members).drop(s) {
			return false
		}
		g.members.Store(&members)
		if len(members) == 0 {
			*list = slices.DeleteFunc(*list, func(o *Group[S]) bool { return o == g })
		}
		return true
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

func (n *node[S]) list(deep bool) *[]*Group[S] {
	if deep {
		return &n.deep
	}
	return &n.groups
}

func find[S comparable](list []*Group[S], scope, name string) *Group[S] {
	for _, g := range list {
		if g.scope == scope && g.name == name {
			return g
		}
	}
	return nil
}
