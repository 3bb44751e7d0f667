package policy

import (
	"hash/maphash"
	"slices"

	"labbroker/internal/session"
)

// names is the sessions that exist, found in any case. It never changes: with
// and without make another that shares nearly all with it, so that a class of
// thousands that comes in one by one costs next to nothing.
type names struct {
	seed  maphash.Seed
	pages *[width]*page
}

// page is a part of the names, in shards; at 10,000 names there are 40 in each.
type page [width][]string

const width = 16

func newNames() names {
	n := names{seed: maphash.MakeSeed(), pages: new([width]*page)}
	for i := range n.pages {
		n.pages[i] = new(page)
	}
	return n
}

// find returns the spelling of a session in any case, "" where there is none.
// It allocates nothing.
func (n names) find(name string) string {
	page, shard, ok := n.place(name)
	if !ok {
		return ""
	}
	for _, s := range n.pages[page][shard] {
		if same(s, name) {
			return s
		}
	}
	return ""
}

// place says where a name is kept; what is too long for one is nowhere.
func (n names) place(name string) (page, shard uint64, ok bool) {
	var low [session.MaxLen]byte
	if len(name) == 0 || len(name) > len(low) {
		return 0, 0, false
	}
	for i := range len(name) {
		low[i] = lower(name[i])
	}
	h := maphash.Bytes(n.seed, low[:len(name)])
	return h % width, h / width % width, true
}

// with has more names, which take the place of other spellings.
func (n names) with(more []string) names { return n.changed(more, true) }

// without has less.
func (n names) without(less []string) names { return n.changed(less, false) }

func (n names) changed(list []string, add bool) names {
	if len(list) == 0 {
		return n
	}
	own := *n.pages
	for _, name := range list {
		i, j, ok := n.place(name)
		if !ok {
			continue
		}
		if own[i] == n.pages[i] {
			next := *own[i]
			own[i] = &next
		}
		old := own[i][j]
		next := append(make([]string, 0, len(old)+1), old...)
		next = slices.DeleteFunc(next, func(s string) bool { return same(s, name) })
		if add {
			next = append(next, name)
		}
		own[i][j] = next
	}
	n.pages = &own
	return n
}

func same(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
