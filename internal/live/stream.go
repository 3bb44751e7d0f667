package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"labbroker/internal/series"
)

// chunk is how many rows of a catch-up go into one event.
const chunk = 500

// Stream sends a session's events as text/event-stream until ctx ends, write
// fails, or the hub ends it (ErrCut, ErrEnded, ErrGone). name is the spelling
// of the claim; after is the greatest Seq the browser has, -1 = it wants
// nothing from before.
//
// First come hello, series, state, topics, notices, runs and plots, whole; then
// what was missed since after; then what is new, every 100 ms. The watcher is in its
// room before the store is read, and rows that come both ways are sent once,
// so there is neither gap nor duplicate. An event's id stands only for rows
// that were sent before it.
func (h *Hub) Stream(ctx context.Context, name string, after int64, write func([]byte) error) error {
	if err := h.Load(ctx, name); err != nil {
		return err
	}
	w, seq, err := h.join(name)
	if err != nil {
		return err
	}
	defer h.leave(name, w)
	parts := h.src.Parts(ctx, name, Want{Series: true, State: true, Topics: true, Notices: true, Runs: true, Plots: true, IV: true})
	h.learn(name, &parts)
	w.floor = seq
	missed := after >= 0 && after < seq
	if err := write(greeting(&parts, seq, !missed)); err != nil {
		return err
	}
	switch {
	case missed:
		err = h.catchUp(ctx, parts.Infos, after, seq, write)
	case after > seq: // of another store
		err = write(appendReset(nil, seq))
	}
	if err != nil {
		return err
	}
	return w.follow(ctx, write)
}

// follow writes frames until the watcher ends.
func (w *watcher) follow(ctx context.Context, write func([]byte) error) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case f, ok := <-w.frames:
			if !ok {
				return w.err
			}
			if b := w.bytes(f); len(b) > 0 {
				if err := write(b); err != nil {
					return err
				}
			}
		}
	}
}

// greeting is the first events. id says that nothing up to seq is outstanding.
func greeting(p *Parts, seq int64, id bool) []byte {
	var clock Clock
	data := []byte(`{"seq":`)
	data = fmt.Appendf(data, `%d,"now":"`, seq)
	data = clock.Append(data, time.Now().UnixNano())
	data = append(data, `"}`...)
	if !id {
		seq = 0
	}
	b := appendEvent(nil, "hello", data, seq)
	for _, e := range []struct {
		name string
		data []byte
	}{
		{"series", p.Series}, {"state", p.State}, {"topics", p.Topics}, {"notices", p.Notices},
		{"runs", whole(p.Runs)}, {"plots", whole(p.Plots)}, {"iv", p.IV},
	} {
		if e.data != nil {
			b = appendEvent(b, e.name, e.data, 0)
		}
	}
	return b
}

// missedRow is a row of the catch-up; Values are its own and in the columns' units.
type missedRow struct {
	info *series.Info
	row  series.Row
}

var errMany = errors.New("too many rows")

// catchUp sends the rows with Seq from after+1 to seq, of all series in order
// of Seq. What comes later is announced to the watcher.
func (h *Hub) catchUp(ctx context.Context, infos []series.Info, after, seq int64, write func([]byte) error) error {
	var rows []missedRow
	for i := range infos {
		info, n := &infos[i], 0
		err := h.reader.Rows(ctx, info.ID, series.Query{After: after, Limit: MaxCatchUp + 1}, func(r series.Row) error {
			if n++; n > MaxCatchUp || len(rows) == MaxCatchUp {
				return errMany
			}
			if r.Seq <= seq {
				r.Values = slices.Clone(r.Values)
				rows = append(rows, missedRow{info, r})
			}
			return nil
		})
		if errors.Is(err, errMany) {
			return write(appendReset(nil, seq))
		}
		if err != nil && !errors.Is(err, series.ErrNotFound) {
			return fmt.Errorf("catch up: %w", err)
		}
	}
	slices.SortFunc(rows, func(a, b missedRow) int { return cmp.Compare(a.row.Seq, b.row.Seq) })
	for some := range slices.Chunk(rows, chunk) {
		if err := write(appendMissed(nil, some)); err != nil {
			return err
		}
	}
	return nil
}

func appendMissed(b []byte, rows []missedRow) []byte {
	var parts []part
	at := map[series.ID]int{}
	for i := range rows {
		k, ok := at[rows[i].info.ID]
		if !ok {
			k = len(parts)
			at[rows[i].info.ID] = k
			parts = append(parts, part{info: rows[i].info})
		}
		parts[k].rows = append(parts[k].rows, rows[i].row)
	}
	return appendRows(b, parts, rows[len(rows)-1].row.Seq, false)
}
