package live

import (
	"hash/fnv"
	"strconv"
	"time"

	"labbroker/internal/session"
)

// items is what the watchers of a room know of a list: a hash of each item's
// JSON by its ID. Hub.mu guards it. The nil map knows nothing yet.
type items map[int64]uint64

func hash(b []byte) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(b) // never fails
	return h.Sum64()
}

// learn adds what a new watcher was told to what its room knows: an item that
// goes before the next frame is then told to it as removed.
func (h *Hub) learn(name string, p *Parts) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.rooms[session.Key(name)]
	if r == nil {
		return
	}
	r.runs, r.plots = r.runs.learn(p.Runs), r.plots.learn(p.Plots)
}

func (x items) learn(list []Item) items {
	if x == nil {
		x = make(items, len(list))
	}
	for i := range list {
		if _, ok := x[list[i].ID]; !ok {
			x[list[i].ID] = hash(list[i].JSON)
		}
	}
	return x
}

// due is which of the lists are to be looked up now; those that changed again
// too soon wait for a later tick.
func (r *room) due(marks Mark, now time.Time) Mark {
	lists := (marks | r.held) & (MarkRuns | MarkPlots)
	if now.Sub(r.listsAt) < listsEvery-Tick/2 {
		r.held = lists
		return 0
	}
	if lists != 0 {
		r.held, r.listsAt = 0, now
	}
	return lists
}

func (h *Hub) appendLists(b []byte, r *room, p *Parts) []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p.Runs != nil {
		var data []byte
		if r.runs, data = r.runs.change(p.Runs); data != nil {
			b = appendEvent(b, "runs", data, 0)
		}
	}
	if p.Plots != nil {
		var data []byte
		if r.plots, data = r.plots.change(p.Plots); data != nil {
			b = appendEvent(b, "plots", data, 0)
		}
	}
	return b
}

// change makes list what is known and returns the JSON list of what is new or
// other than before; an item that is gone becomes {"id":N,"removed":true}. nil
// = nothing changed. Items that are only older than a full list are forgotten
// silently: they still exist.
func (x items) change(list []Item) (items, []byte) {
	if len(list) > MaxItems {
		list = list[:MaxItems]
	}
	next := make(items, len(list))
	data := []byte{'['}
	comma := func() {
		if len(data) > 1 {
			data = append(data, ',')
		}
	}
	var oldest int64
	for i := range list {
		id, sum := list[i].ID, hash(list[i].JSON)
		next[id] = sum
		if i == 0 || id < oldest {
			oldest = id
		}
		if before, known := x[id]; !known || before != sum {
			comma()
			data = append(data, list[i].JSON...)
		}
	}
	for id := range x {
		if _, still := next[id]; !still && (len(list) < MaxItems || id > oldest) {
			comma()
			data = append(data, `{"id":`...)
			data = strconv.AppendInt(data, id, 10)
			data = append(data, `,"removed":true}`...)
		}
	}
	if len(data) == 1 {
		return next, nil
	}
	return next, append(data, ']')
}

// whole is a list's JSON, nil for nil.
func whole(list []Item) []byte {
	if list == nil {
		return nil
	}
	data := []byte{'['}
	for i := range list[:min(len(list), MaxItems)] {
		if i > 0 {
			data = append(data, ',')
		}
		data = append(data, list[i].JSON...)
	}
	return append(data, ']')
}
