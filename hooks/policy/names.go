package policy

import (
	"hash/maphash"

	"labbroker/internal/session"
)

// names is the sessions that exist, found in any case. It never changes: with
// and without make another that shares all but the few shards they touch, so
// that a class of thousands that comes in one by one costs next to nothing.
type names struct {
	seed   maphash.Seed
	shards *[shards][]known
}

// shards is how many parts the names are in: 10,000 names are 40 in each.
const shards = 256

type known struct{ key, spelling string }

func newNames() names {
	return names{seed: maphash.MakeSeed(), shards: new([shards][]known)}
}

// find returns the spelling of a session in any case, "" where there is none.
// It allocates nothing.
func (n names) find(name string) string {
	var low [session.MaxLen]byte
	if len(name) == 0 || len(name) > len(low) {
		return ""
	}
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		low[i] = c
	}
	key := low[:len(name)]
	for _, k := range n.shards[maphash.Bytes(n.seed, key)%shards] {
		if k.key == string(key) {
			return k.spelling
		}
	}
	return ""
}

// with has more names, which take the place of other spellings.
func (n names) with(more []string) names {
	return n.changed(more, func(old []known, key, spelling string) []known {
		return append(without(old, key), known{key, spelling})
	})
}

// without has less.
func (n names) without(less []string) names {
	return n.changed(less, func(old []known, key, _ string) []known { return without(old, key) })
}

func (n names) changed(list []string, change func(old []known, key, spelling string) []known) names {
	if len(list) == 0 {
		return n
	}
	next := *n.shards
	n.shards = &next
	for _, name := range list {
		key := session.Key(name)
		shard := &next[maphash.String(n.seed, key)%shards]
		*shard = change(*shard, key, name)
	}
	return n
}

// without copies the shard without one name.
func without(old []known, key string) []known {
	next := make([]known, 0, len(old)+1)
	for _, k := range old {
		if k.key != key {
			next = append(next, k)
		}
	}
	return next
}
