package runs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"labbroker/internal/series"
)

// Restore ends the runs that were under way when the server stopped, at their
// last row, and remembers what new_series began: such a run goes on with the
// next row. It is called before rows come.
func (r *Recorder) Restore(ctx context.Context) error {
	list, err := r.store.LatestRuns(ctx)
	if err != nil {
		return fmt.Errorf("restore runs: %w", err)
	}
	var mu sync.Mutex // guards errs
	var errs []error
	for len(list) > 0 {
		n := min(len(list), together)
		var wg sync.WaitGroup
		for i := range list[:n] {
			wg.Go(func() {
				if err := r.restore(ctx, list[i]); err != nil {
					mu.Lock()
					errs = append(errs, fmt.Errorf("restore run %q of %s: %w", list[i].Name, list[i].Session, err))
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		list = list[n:]
	}
	return errors.Join(errs...)
}

func (r *Recorder) restore(ctx context.Context, run series.Run) error {
	if run.Open() {
		err := r.store.Rows(ctx, run.Series, series.Query{First: run.First, Limit: 1, Sent: true}, func(row series.Row) error {
			run.Last, run.Ended = row.Seq, time.Unix(0, row.Time).UTC()
			return nil
		})
		if err == nil && run.Last != 0 {
			run.Rows, err = r.store.Count(ctx, run.Series, run.Query())
		}
		switch {
		case err == nil && run.Last != 0:
			err = r.store.EndRun(ctx, run)
		case err == nil, errors.Is(err, series.ErrNotFound):
			return r.store.DeleteRun(ctx, run.Session, run.ID) // its rows were not committed
		}
		if err != nil {
			return err
		}
	}
	if run.Kind != series.RunSeries {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.named(run.Session, run.SeriesName)
	if t.run == nil || t.run.run.First < run.First {
		t.run = &stretch{t: t, run: run, last: run.Last, rows: run.Rows, at: run.Ended.UnixNano()}
		t.runFrom = t.rows + 1 - run.Rows
	}
	return nil
}
