package desk

import (
	"slices"

	"labbroker/internal/session"
)

// Bounds of what was seen.
const (
	maxSeen  = 2000 // sessions
	maxKinds = 32   // of one session
)

// Looked notes which problems of a session went on when the instructor looked
// at them, as numbers (notice.Kind); none is that they saw none. Run writes it.
func (b *Book) Looked(name string, kinds []uint32) {
	key := session.Key(name)
	kinds = slices.Clone(kinds[:min(len(kinds), maxKinds)])
	slices.Sort(kinds)
	kinds = slices.Compact(kinds)
	b.edit(func(c *contents) bool {
		was, ok := c.Seen[key]
		switch {
		case slices.Equal(was, kinds), !ok && (len(c.Seen) >= maxSeen || session.Check(name) != nil):
			return false
		case len(kinds) == 0:
			delete(c.Seen, key)
		default:
			c.Seen[key] = kinds
		}
		return true
	})
}

// SeenBefore is what the instructor had seen of a session before this process
// began; not to be changed.
func (b *Book) SeenBefore(name string) []uint32 {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.before[session.Key(name)]
}
