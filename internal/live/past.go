package live

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"labbroker/internal/series"
	"labbroker/internal/session"
)

// maxSeries bounds how many series of one session have their newest row
// remembered; further ones are drawn but not on the wall.
const maxSeries = 200

// past is what the hub remembers of a session, watched or not.
type past struct {
	key    string
	name   string // the session as its series spell it
	series map[series.ID]*last
	seq    int64 // greatest Seq announced or loaded
	loaded bool  // what the store had before is in here
	main   *last // the series of the sparkline
	column int
	spark  [sparkSeconds]bucket
}

// last is the newest row of one series.
type last struct {
	past *past
	info *series.Info
	row  series.Row // values as sent; its own copy
}

// Latest is the newest row of a series, in the columns' units.
type Latest struct {
	Info *series.Info // read only
	Row  series.Row
}

// note remembers the newest row and the sparkline of one committed series,
// and says whether its columns are others than before. h.mu is held.
func (h *Hub) note(c *series.Committed) (*last, bool) {
	l := h.byID[c.Info.ID]
	changed := false
	switch {
	case l == nil:
		l = h.remember(c.Info)
		changed = h.byID[c.Info.ID] == l
	case l.info != c.Info:
		changed = l.info.Name != c.Info.Name || !slices.Equal(l.info.Columns, c.Info.Columns)
		l.info = c.Info
		if changed {
			l.past.choose(l)
		}
	}
	if n := len(c.Rows); n > 0 {
		l.keep(&c.Rows[n-1])
		l.past.add(l, c.Rows)
	}
	return l, changed
}

func (h *Hub) remember(info *series.Info) *last {
	p := h.past(info.Session)
	l := &last{past: p, info: info}
	if len(p.series) < maxSeries {
		p.series[info.ID] = l
		h.byID[info.ID] = l
		p.choose(l)
	}
	return l
}

func (h *Hub) past(name string) *past {
	key := session.Key(name)
	p := h.pasts[key]
	if p == nil {
		p = &past{key: key, name: name, series: map[series.ID]*last{}}
		h.pasts[key] = p
	}
	return p
}

func (l *last) keep(r *series.Row) {
	l.past.seq = max(l.past.seq, r.Seq)
	if r.Seq < l.row.Seq {
		return
	}
	values := append(l.row.Values[:0], r.Values...)
	l.row = *r
	l.row.Values = values
}

// Latest returns the newest row of each series of the session, by name.
func (h *Hub) Latest(name string) []Latest {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.pasts[session.Key(name)]
	if p == nil {
		return nil
	}
	list := make([]Latest, 0, len(p.series))
	for _, l := range p.series {
		if l.row.Seq == 0 {
			continue
		}
		row := l.row
		row.Values = make([]float64, len(l.info.Columns))
		for i := range row.Values {
			row.Values[i] = math.NaN()
			if i < len(l.row.Values) {
				row.Values[i] = l.row.Values[i] * l.info.Columns[i].Scale()
			}
		}
		list = append(list, Latest{Info: l.info, Row: row})
	}
	slices.SortFunc(list, func(a, b Latest) int { return strings.Compare(a.Info.Name, b.Info.Name) })
	return list
}

// Find is the spelling of a session that has data, in any case. It knows what
// was loaded or committed since start.
func (h *Hub) Find(name string) (spelling string, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.pasts[session.Key(name)]; p != nil && len(p.series) > 0 {
		return p.name, true
	}
	return "", false
}

// Sessions are the spellings of all sessions that have data, in no order; as
// in Find.
func (h *Hub) Sessions() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	names := make([]string, 0, len(h.pasts))
	for _, p := range h.pasts {
		if len(p.series) > 0 {
			names = append(names, p.name)
		}
	}
	return names
}

// Seq is the session's greatest row number that was announced or loaded.
func (h *Hub) Seq(name string) int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.pasts[session.Key(name)]; p != nil {
		return p.seq
	}
	return 0
}

// Load reads the newest rows of a session from the store, once; of all
// sessions for "". It waits for Run.
func (h *Hub) Load(ctx context.Context, name string) error {
	select {
	case <-h.ready:
	case <-ctx.Done():
		return ctx.Err()
	}
	h.mu.Lock()
	reader := h.reader
	done := h.loaded || name != "" && h.past(name).loaded
	h.mu.Unlock()
	if done {
		return nil
	}
	infos, err := reader.List(ctx, name)
	if err != nil {
		return fmt.Errorf("list series: %w", err)
	}
	for i := range infos {
		if err := h.loadSeries(ctx, reader, &infos[i]); err != nil {
			return err
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if name == "" {
		h.loaded = true
	} else {
		h.past(name).loaded = true
	}
	return nil
}

func (h *Hub) loadSeries(ctx context.Context, reader series.Reader, info *series.Info) error {
	var row series.Row
	err := reader.Rows(ctx, info.ID, series.Query{Limit: 1}, func(r series.Row) error {
		row = r
		row.Values = slices.Clone(r.Values)
		for i := range row.Values {
			row.Values[i] /= info.Columns[i].Scale()
		}
		return nil
	})
	if errors.Is(err, series.ErrNotFound) { // removed meanwhile
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the newest row of %q: %w", info.Name, err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.byID[info.ID]
	if l == nil {
		l = h.remember(info)
	}
	if row.Seq > 0 {
		l.keep(&row)
	}
	return nil
}

// renew takes the columns as the store lists them, after a unit was
// corrected. h.mu is held.
func (h *Hub) renew(infos []series.Info) {
	for i := range infos {
		if l := h.byID[infos[i].ID]; l != nil {
			l.info = &infos[i]
			l.past.choose(l)
		}
	}
}
