package bench

import (
	"container/list"
	"sync"
)

// cache keeps the values used last, up to a total size. The zero value keeps
// nothing.
type cache[K comparable, V any] struct {
	most int // total size

	mu    sync.Mutex
	size  int                 // guarded by mu, as all below
	byKey map[K]*list.Element // of *entry
	order list.List           // used last in front
}

type entry[K comparable, V any] struct {
	key   K
	value V
	size  int
}

func newCache[K comparable, V any](most int) *cache[K, V] {
	return &cache[K, V]{most: most, byKey: map[K]*list.Element{}}
}

func (c *cache[K, V]) get(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byKey[key]
	if !ok {
		var none V
		return none, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*entry[K, V]).value, true
}

// put keeps value; what was used least goes to make room. A value of more
// than an eighth of all room is not kept.
func (c *cache[K, V]) put(key K, value V, size int) {
	if size > c.most/8 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(c.byKey[key])
	c.byKey[key] = c.order.PushFront(&entry[K, V]{key, value, size})
	c.size += size
	for c.size > c.most {
		c.remove(c.order.Back())
	}
}

func (c *cache[K, V]) drop(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(c.byKey[key])
}

// remove is called with mu held; nil is fine.
func (c *cache[K, V]) remove(e *list.Element) {
	if e == nil {
		return
	}
	x := c.order.Remove(e).(*entry[K, V])
	delete(c.byKey, x.key)
	c.size -= x.size
}
