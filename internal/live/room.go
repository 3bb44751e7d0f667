package live

import (
	"context"
	"encoding/json"
	"time"

	"labbroker/internal/series"
)

// room is a watched session. Hub.mu guards it.
type room struct {
	name     string // as the watcher spelled it: the claim's spelling
	watchers map[*watcher]struct{}
	pending  []part // in order of Seq within a series
	waiting  int    // rows in pending
	overflow int64  // greatest Seq of rows given up, 0 = none
	seq      int64  // greatest Seq in pending
	marks    Mark
	runs     items // as the watchers know them
	plots    items

	// of Run's goroutine only
	stateKey   uint64
	topics     uint64
	stateAt    time.Time
	topicsAt   time.Time
	infos      map[series.ID]*series.Info // as the watchers know them
	lastSeries string
	rowsTo     int64 // greatest Seq that was sent
	held       Mark  // lists that changed again too soon
	listsAt    time.Time
}

func (r *room) take(c *series.Committed, changed bool) {
	if changed {
		r.marks |= MarkSeries
	}
	if len(c.Rows) == 0 {
		return
	}
	r.seq = max(r.seq, c.Rows[len(c.Rows)-1].Seq)
	if r.waiting += len(c.Rows); r.waiting > maxPending {
		r.pending, r.overflow = nil, r.seq
		return
	}
	for i := range r.pending {
		if r.pending[i].info.ID == c.Info.ID {
			r.pending[i].rows = append(r.pending[i].rows[:len(r.pending[i].rows):len(r.pending[i].rows)], c.Rows...)
			return
		}
	}
	r.pending = append(r.pending, part{info: c.Info, rows: c.Rows})
}

// frame is what happened in one tick.
type frame struct {
	bytes []byte // all events
	from  int    // where the rows begin and end in bytes
	to    int
	parts []part // the rows themselves, for a watcher that has some of them already
}

// batch is what flushRooms takes out of a room under the lock.
type batch struct {
	room     *room
	parts    []part
	seq      int64
	overflow int64
	marks    Mark
}

func (h *Hub) flushRooms(ctx context.Context) {
	h.mu.Lock()
	src := h.src
	batches := make([]batch, 0, len(h.rooms))
	for _, r := range h.rooms {
		batches = append(batches, batch{r, r.pending, r.seq, r.overflow, r.marks})
		r.pending, r.waiting, r.overflow, r.marks = nil, 0, 0, 0
	}
	h.mu.Unlock()
	now := time.Now()
	for i := range batches {
		f := h.encode(ctx, src, &batches[i], now)
		if len(f.bytes) == 0 {
			continue
		}
		h.mu.Lock()
		h.deliver(batches[i].room.watchers, f)
		h.mu.Unlock()
	}
}

func (h *Hub) encode(ctx context.Context, src Source, b *batch, now time.Time) *frame {
	r := b.room
	want := Want{
		Series:      b.marks&MarkSeries != 0,
		State:       b.marks&MarkState != 0 || now.Sub(r.stateAt) >= stateEvery-Tick/2,
		Topics:      now.Sub(r.topicsAt) >= topicsEvery-Tick/2,
		Notices:     b.marks&MarkNotices != 0,
		StateKey:    r.stateKey,
		TopicsSince: r.topics,
		IV:          b.marks&MarkIV != 0,
		Rows:        b.seq > r.rowsTo,
	}
	r.rowsTo = b.seq
	if lists := r.due(b.marks, now); lists != 0 {
		want.Runs, want.Plots = lists&MarkRuns != 0, lists&MarkPlots != 0
	}
	for i := range b.parts {
		if r.infos[b.parts[i].info.ID] == nil {
			want.Series = true
		}
	}
	p := src.Parts(ctx, r.name, want)
	f := &frame{}
	if p.Infos != nil {
		r.know(p.Infos)
		h.mu.Lock()
		h.renew(p.Infos)
		h.mu.Unlock()
		if s := string(p.Series); s != r.lastSeries {
			r.lastSeries = s
			f.bytes = appendEvent(f.bytes, "series", p.Series, 0)
		}
	}
	f.from = len(f.bytes)
	switch {
	case b.overflow > 0:
		f.bytes = appendReset(f.bytes, b.overflow)
	case len(b.parts) > 0:
		for i := range b.parts {
			if known := r.infos[b.parts[i].info.ID]; known != nil {
				b.parts[i].info = known
			}
		}
		f.parts = b.parts
		f.bytes = appendRows(f.bytes, b.parts, b.seq, true)
	}
	f.to = len(f.bytes)
	if p.State != nil {
		r.stateAt, r.stateKey = now, p.StateKey
		f.bytes = appendEvent(f.bytes, "state", p.State, 0)
	}
	if want.Topics {
		r.topicsAt, r.topics = now, p.TopicsVersion
	}
	if p.Topics != nil {
		f.bytes = appendEvent(f.bytes, "topics", p.Topics, 0)
	}
	if p.Notices != nil {
		f.bytes = appendEvent(f.bytes, "notices", p.Notices, 0)
	}
	f.bytes = h.appendLists(f.bytes, r, &p)
	if p.IV != nil {
		f.bytes = appendEvent(f.bytes, "iv", p.IV, 0)
	}
	return f
}

func (r *room) know(infos []series.Info) {
	r.infos = make(map[series.ID]*series.Info, len(infos))
	for i := range infos {
		r.infos[infos[i].ID] = &infos[i]
	}
}

func appendReset(b []byte, seq int64) []byte {
	data, _ := json.Marshal(map[string]int64{"seq": seq}) // integers always marshal
	return appendEvent(b, "reset", data, seq)
}
