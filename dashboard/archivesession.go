package dashboard

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"labbroker/dashboard/bench"
	"labbroker/internal/export"
	"labbroker/internal/plot"
	"labbroker/internal/series"
)

// session writes one session's folder.
func (a *archive) session(folder, name string) error {
	infos, err := a.s.Reader.List(a.ctx, name)
	if err != nil {
		return fmt.Errorf("list series: %w", err)
	}
	var tables []export.Table
	var ids []series.ID
	for i := range infos {
		n, err := series.CountRows(a.ctx, a.s.Reader, &infos[i], a.span())
		if err != nil {
			return err
		}
		if n > 0 {
			tables, ids = append(tables, a.table(&infos[i], n)), append(ids, infos[i].ID)
		} else {
			a.advance(1)
		}
	}
	files := make([]string, len(tables))
	for i := range tables {
		files[i] = tables[i].Name
	}
	files = export.FileNames(files, ".csv")
	for i := range tables {
		w, err := a.create(folder + "data/" + files[i])
		if err != nil {
			return err
		}
		if err := export.Write(a.ctx, w, "csv", tables[i:i+1], export.Options{Dir: a.s.exports.Dir()}); err != nil {
			return err
		}
		files[i] = "data/" + files[i]
		a.advance(1)
	}
	if len(tables) > 0 {
		if err := a.notebook(folder, name, tables, ids, files); err != nil {
			return err
		}
	}
	if err := a.draw(folder, name); err != nil {
		return err
	}
	a.advance(1)
	return nil
}

// table is a series' rows in the span, with the values in their units.
func (a *archive) table(info *series.Info, count int64) export.Table {
	t := export.Table{Session: info.Session, Name: info.Name, Columns: exportColumns(info.Columns), Count: count}
	n := int64(0)
	t.Rows = func(ctx context.Context, yield func(at, device time.Time, values []float64) error) error {
		return a.s.Reader.Rows(ctx, info.ID, a.span(), func(row series.Row) error {
			if n++; n%unitRows == 0 && n <= count { // it may be read twice
				a.advance(1)
			}
			arrival, device := times(&row)
			return yield(arrival, device, row.Values)
		})
	}
	return t
}

func (a *archive) notebook(folder, name string, tables []export.Table, ids []series.ID, files []string) error {
	runs, err := a.s.o.Runs.Runs(a.ctx, name)
	if err != nil {
		return fmt.Errorf("list runs: %w", err)
	}
	analysis, left := map[string]any{}, bench.MaxAnalyses
	for i, id := range ids {
		byName := map[string]any{}
		for _, r := range runsOf(runs, id) {
			if r.Started.Before(a.from) || !untilEnd(r.Started, a.to) {
				continue
			}
			if figures := a.s.bench.Exported(a.ctx, &r, &left); figures != nil {
				byName[uniqueKey(byName, r.Name)] = figures
			}
		}
		if len(byName) > 0 {
			analysis[tables[i].Label()] = byName
		}
	}
	w, err := a.create(folder + "notebook.ipynb")
	if err != nil {
		return err
	}
	return export.Write(a.ctx, w, "ipynb", tables, export.Options{Analysis: analysis, Files: files})
}

// draw writes a session's plots, each as PDF and PNG. One that cannot be drawn
// is named in the description.
func (a *archive) draw(folder, name string) error {
	plots, err := a.plots(a.ctx, name)
	if err != nil {
		return err
	}
	stems := make([]string, len(plots))
	for i, p := range plots {
		stems[i] = strings.TrimSuffix(p.File, path.Ext(p.File))
	}
	stems = export.FileNames(stems, "")
	for i := range plots {
		for _, format := range []plot.Format{plot.PDF, plot.PNG} {
			b, err := a.picture(&plots[i], format)
			if a.ctx.Err() != nil {
				return a.ctx.Err()
			}
			if err != nil {
				a.lost = append(a.lost, fmt.Sprintf("%s: %s as %s: %v", name, plots[i].File, format, inWords(err)))
				continue
			}
			w, err := a.create(folder + "plots/" + stems[i] + "." + string(format))
			if err == nil {
				_, err = w.Write(b)
			}
			if err != nil {
				return err
			}
		}
		a.advance(unitPlot)
	}
	return nil
}

func (a *archive) picture(p *series.Plot, format plot.Format) ([]byte, error) {
	v, err := a.s.plotView(a.ctx, p)
	if err != nil {
		return nil, err
	}
	return a.s.draw(a.ctx, p, &v, bench.DrawingOf(p, &v, format))
}

// inWords is an error as a sentence for people.
func inWords(err error) string {
	f, _ := told(err)
	if errors.Is(err, series.ErrNotFound) {
		return "its series is no longer there"
	}
	return f.text
}
