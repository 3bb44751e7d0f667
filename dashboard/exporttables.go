package dashboard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"labbroker/dashboard/bench"
	"labbroker/dashboard/download"
	"labbroker/internal/export"
	"labbroker/internal/series"
)

// maxExportTables bounds how many series one export has.
const maxExportTables = 1000

// addTables puts the tables into o and says what the file is called.
func (s *Server) addTables(ctx context.Context, o *order, c call, a asking) (string, error) {
	switch {
	case a.Series != "" && a.Run != 0:
		return "", fail(http.StatusBadRequest, "Export a series or a run, not both.")
	case a.Run != 0:
		run, err := s.o.Runs.Run(ctx, c.name, a.Run)
		if errors.Is(err, series.ErrNotFound) {
			return "", fail(http.StatusNotFound, "There is no such run.")
		}
		if err != nil {
			return "", fmt.Errorf("find run %d: %w", a.Run, err)
		}
		v, err := s.runView(ctx, &run)
		if err != nil {
			return "", err
		}
		return run.Name, s.addTable(ctx, o, a, &v, &run, []series.Run{run})
	}
	runs, err := s.o.Runs.Runs(ctx, c.name)
	if err != nil {
		return "", fmt.Errorf("list runs: %w", err)
	}
	if a.Series != "" {
		info, err := s.Reader.Get(ctx, c.name, a.Series)
		if err != nil {
			return "", err
		}
		v := series.ViewOf(info, nil)
		return info.Name, s.addTable(ctx, o, a, &v, nil, runsOf(runs, info.ID))
	}
	infos, err := s.Reader.List(ctx, c.name)
	if err != nil {
		return "", fmt.Errorf("list series: %w", err)
	}
	if len(infos) > maxExportTables {
		return "", fail(http.StatusRequestEntityTooLarge, "The session has %d series; an export holds %d. Export them one by one.", len(infos), maxExportTables)
	}
	for i := range infos {
		v := series.ViewOf(infos[i], nil)
		if err := s.addTable(ctx, o, a, &v, nil, runsOf(runs, infos[i].ID)); err != nil {
			return "", err
		}
	}
	return "all", nil
}

func runsOf(runs []series.Run, id series.ID) []series.Run {
	var of []series.Run
	for i := range runs {
		if runs[i].Series == id {
			of = append(of, runs[i])
		}
	}
	return of
}

// addTable adds what v shows, up to the row that is the newest now: formats
// that read twice see the same rows.
func (s *Server) addTable(ctx context.Context, o *order, a asking, v *series.View, run *series.Run, runs []series.Run) error {
	q := series.Query{Sent: true}
	t := export.Table{Session: o.session, Name: v.Name, Count: v.Rows}
	if run != nil {
		q.First, q.Last = run.First, run.Last
		t.Run, t.Count = run.Name, s.count(ctx, v.ID, run.Query(), run.Rows)
	}
	if q.Last == 0 {
		last := q
		last.Limit = 1
		err := s.Reader.Rows(ctx, v.ID, last, func(row series.Row) error { q.Last = row.Seq; return nil })
		if err != nil {
			return fmt.Errorf("find the newest row of %q: %w", v.Name, err)
		}
		if q.Last == 0 { // there is none
			q.First, q.Last = 1<<62, 1<<62
		}
	}
	scales := make([]float64, len(v.Columns))
	for i, c := range v.Columns {
		x := export.Column{Name: c.Name, Title: c.Title, Unit: c.Unit, Quantity: string(c.Quantity)}
		scales[i] = c.Scale()
		if export.AsSent(a.Format, a.Headings, x) {
			scales[i], x.Unit = 1, c.Sent
		}
		x.Scaled = scales[i] != 1
		t.Columns = append(t.Columns, x)
	}
	own := *v
	t.Rows = func(ctx context.Context, yield func(at, device time.Time, values []float64) error) error {
		values := make([]float64, len(scales))
		return own.Each(ctx, s.Reader, q, func(row series.Row) error {
			for i := range values {
				values[i] = row.Values[i] * scales[i]
			}
			arrival, device := times(&row)
			return yield(arrival, device, values)
		})
	}
	o.tables = append(o.tables, t)
	o.runs = append(o.runs, runs)
	return nil
}

// complete adds the I-V figures to an export.
func (s *Server) complete(ctx context.Context, o *order) {
	switch o.format.Name {
	case "csv", "pkl":
		return
	}
	o.options.Analysis = map[string]any{}
	left := bench.MaxAnalyses
	for i := range o.tables {
		whole := o.tables[i].Run == ""
		byName := map[string]any{}
		for k := range o.runs[i] {
			run := &o.runs[i][k]
			figures := s.bench.Exported(ctx, run, &left)
			switch {
			case figures == nil:
			case !whole:
				o.options.Analysis[o.tables[i].Label()] = figures
			default:
				byName[uniqueKey(byName, run.Name)] = figures
			}
		}
		if len(byName) > 0 {
			o.options.Analysis[o.tables[i].Label()] = byName
		}
	}
}

func uniqueKey(m map[string]any, name string) string {
	key := name
	for n := 2; m[key] != nil; n++ {
		key = name + " (" + itoa(n) + ")"
	}
	return key
}

var _ download.Work = (*order)(nil)

// Make implements download.Work.
func (o *order) Make(ctx context.Context, w io.Writer, j *download.Job) error {
	o.s.complete(ctx, o)
	tables := slices.Clone(o.tables)
	for i := range tables {
		rows := tables[i].Rows
		tables[i].Rows = func(ctx context.Context, yield func(at, device time.Time, values []float64) error) error {
			return rows(ctx, func(at, device time.Time, values []float64) error {
				j.Look()
				return yield(at, device, values)
			})
		}
	}
	how := o.options
	looked := int64(0)
	how.Progress = func(rows int64) {
		j.Reach(rows)
		if rows-looked > 1<<18 { // some MB, here or in the formats' own files
			looked = rows
			j.Spare()
		}
	}
	return export.Write(ctx, w, o.format.Name, tables, how)
}

// Sentence implements download.Work.
func (o *order) Sentence(err error) string {
	return exportSentence(err, "The file would be larger than %d GB. Choose a run, or CSV as a direct download.")
}
