package lab

import (
	"cmp"
	"slices"

	"labbroker/internal/series"
)

// maxSpans bounds the stretches of one session.
const maxSpans = 64

// pages are the rows that came from a page on a session's behalf: a run with
// one of them proves nothing. Beyond maxSpans stretches grow together, so that
// more may be taken for a page's, never less.
type pages struct {
	Rows  int64  `json:"rows"` // how many
	Spans []span `json:"spans"`
}

// span is a stretch of rows of a series, both ends inclusive. Series 0 is any.
type span struct {
	Series series.ID `json:"series"`
	First  int64     `json:"first"`
	Last   int64     `json:"last"`
}

// add takes the next row of a page. Rows of a series come in the order of seq.
func (p *pages) add(id series.ID, seq int64) {
	p.Rows++
	p.Spans = append(p.Spans, span{id, seq, seq})
	*p = p.bounded()
}

// and is both.
func (p pages) and(o pages) pages {
	return pages{p.Rows + max(0, o.Rows), slices.Concat(p.Spans, o.Spans)}.bounded()
}

// bounded joins stretches where there are too many: first those of each
// series, then all.
func (p pages) bounded() pages {
	if len(p.Spans) <= maxSpans {
		return p
	}
	spans := slices.Clone(p.Spans)
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.Series, b.Series), cmp.Compare(a.First, b.First)) })
	joined := spans[:0]
	for _, s := range spans {
		if n := len(joined); n > 0 && joined[n-1].Series == s.Series {
			joined[n-1].Last = max(joined[n-1].Last, s.Last)
			continue
		}
		joined = append(joined, s)
	}
	if len(joined) > maxSpans/2 {
		all := span{0, joined[0].First, joined[0].Last}
		for _, s := range joined {
			all.First, all.Last = min(all.First, s.First), max(all.Last, s.Last)
		}
		joined = append(joined[:0], all)
	}
	p.Spans = slices.Clip(joined)
	return p
}

// touch says whether a page has said a row of the run.
func (p pages) touch(r *series.Run) bool {
	return slices.ContainsFunc(p.Spans, func(s span) bool {
		return (s.Series == 0 || s.Series == r.Series) && s.Last >= r.First && (r.Open() || s.First <= r.Last)
	})
}
