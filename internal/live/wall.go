package live

import (
	"context"
	"encoding/json"
	"fmt"
)

// Wall sends the event "wall" until ctx ends, write fails or the hub ends it:
// first all of the view's tiles, then each second those that changed, and at
// least every 2 s an empty list.
func (h *Hub) Wall(ctx context.Context, v View, write func([]byte) error) error {
	if err := h.Load(ctx, ""); err != nil {
		return err
	}
	h.mu.Lock()
	if h.ended {
		h.mu.Unlock()
		return ErrEnded
	}
	w := newWatcher()
	h.walls[v].watchers[w] = struct{}{}
	h.walls[v].fresh = true
	h.entered()
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.watching.Add(-1)
		w.end(ErrEnded)
		delete(h.walls[v].watchers, w)
	}()
	return w.follow(ctx, write)
}

// flushWall sends changed tiles each second, all of them when somebody came.
func (h *Hub) flushWall(ctx context.Context, v View, n int) {
	x := &h.walls[v]
	h.mu.Lock()
	fresh, src, some := x.fresh, h.src, len(x.watchers) > 0
	h.mu.Unlock()
	if !some || !fresh && n%10 != 0 {
		return
	}
	tiles := src.Wall(ctx, v)
	h.mu.Lock()
	defer h.mu.Unlock()
	x.fresh = false
	if data := x.changed(tiles, v, fresh); len(data) > 2 || n%20 == 0 || fresh {
		h.deliver(x.watchers, &frame{bytes: appendEvent(nil, "wall", data, 0)})
	}
}

// changed is the JSON list of tiles that are not as they were; all for fresh.
// One that is gone becomes {"session","removed":true}.
func (x *wall) changed(tiles []Tile, v View, fresh bool) []byte {
	data := []byte{'['}
	add := func(json []byte) {
		if len(data) > 1 {
			data = append(data, ',')
		}
		data = append(data, json...)
	}
	seen := make(map[string]bool, len(tiles))
	for _, t := range tiles {
		seen[t.Key] = true
		if fresh || string(x.tiles[t.Key]) != string(t.JSON) {
			x.tiles[t.Key] = t.JSON
			add(t.JSON)
		}
	}
	name := "session"
	if v != ViewClass {
		name = "id"
	}
	for key := range x.tiles {
		if !seen[key] {
			delete(x.tiles, key)
			quoted, _ := json.Marshal(key) // strings always marshal
			add(fmt.Appendf(nil, `{"%s":%s,"removed":true}`, name, quoted))
		}
	}
	return append(data, ']')
}
