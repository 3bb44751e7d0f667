package dashboard

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"labbroker/dashboard/bench"
	"labbroker/internal/class"
	"labbroker/internal/export"
	labs "labbroker/internal/lab"
	"labbroker/internal/live"
	"labbroker/internal/series"
)

// byteOrderMark has Excel read a CSV file as UTF-8, so that names in any
// script are right; pandas takes it with encoding="utf-8-sig".
const byteOrderMark = "\uFEFF"

func (s *Server) getGradeBook(w http.ResponseWriter, r *http.Request, _ call) error {
	l, cards, err := s.askedLab(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
	w.Header().Set("Content-Disposition", attachment("grade book "+labFile(&l)+".csv"))
	if r.Method == http.MethodHead {
		return nil
	}
	return s.writeGradeBook(r.Context(), w, l, cards)
}

// labFile is a lab's name as a part of a file's.
func labFile(l *labs.Lab) string {
	return export.FileNames([]string{l.Name + " " + l.Started.UTC().Format("2006-01-02")}, "")[0]
}

// writeGradeBook writes one line for each person, for a session of nobody one
// as well. docs/labs.md has the columns.
func (s *Server) writeGradeBook(ctx context.Context, w io.Writer, l labs.Lab, cards []labs.Card) error {
	b := []byte(byteOrderMark + "section,session,name,display,seat")
	for _, st := range l.Steps {
		b = append(b, ',')
		b = export.AppendCell(b, st.Title()+" (UTC)")
		b = append(b, ',')
		b = export.AppendCell(b, st.Title()+" (min)")
	}
	b = append(b, ",steps_done,steps,rows,plots,best_pmpp_W,problems\n"...)
	if _, err := w.Write(b); err != nil {
		return err
	}
	for _, x := range s.labRows(l, cards) {
		sums, err := s.sums(ctx, &l, x.Session)
		if err != nil {
			return err
		}
		people := s.Class.Of(x.Session)
		if len(people) == 0 {
			people = []class.Person{{}}
		}
		for _, p := range people {
			if _, err := w.Write(appendGrade(nil, &l, &x, p, sums)); err != nil {
				return err
			}
		}
	}
	return nil
}

func appendGrade(b []byte, l *labs.Lab, x *rowJSON, p class.Person, sums sums) []byte {
	section := p.Section
	if section == "" {
		section = x.Section
	}
	for i, cell := range []string{section, x.Session, p.Name, p.Display, p.Seat} {
		if i > 0 {
			b = append(b, ',')
		}
		b = export.AppendCell(b, cell)
	}
	for _, t := range x.Ticks {
		if t == nil {
			b = append(b, ",,"...)
			continue
		}
		b = append(b, ',')
		b = t.At.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
		b = append(b, ',')
		b = strconv.AppendFloat(b, max(0, t.At.Sub(l.Started).Minutes()), 'f', 1, 64)
	}
	b = fmt.Appendf(b, ",%d,%d,%d,%d,", x.Done, len(x.Ticks), sums.rows, sums.plots)
	if sums.pmpp > 0 {
		b = live.AppendNumber(b, live.Round(sums.pmpp, sparkDigits), false)
	}
	return fmt.Appendf(b, ",%d\n", sums.problems)
}

// sums are what a session did in a lab.
type sums struct {
	rows     int64 // that boards measured
	plots    int
	pmpp     float64 // W, the best; 0 = none was measured
	problems int     // kinds of mistakes
}

func (s *Server) sums(ctx context.Context, l *labs.Lab, name string) (sums, error) {
	var out sums
	// Of a lab that runs all is taken, what the clock of now calls the future
	// too: it may have gone back without power.
	span := series.Query{From: l.Started, To: l.Ended}
	infos, err := s.Reader.List(ctx, name)
	if err != nil {
		return out, fmt.Errorf("list series: %w", err)
	}
	for i := range infos {
		n, err := series.CountRows(ctx, s.Reader, &infos[i], span)
		if err != nil {
			return out, err
		}
		out.rows += n
	}
	out.rows = max(0, out.rows-s.o.Labs.PageRows(l.ID, name))
	plots, err := s.o.Plots.Plots(ctx, name)
	if err != nil {
		return out, fmt.Errorf("list plots: %w", err)
	}
	for _, p := range plots {
		if p.Kind != series.PlotSaved && !p.Time.Before(l.Started) && untilEnd(p.Time, span.To) {
			out.plots++
		}
	}
	runs, err := s.o.Runs.Runs(ctx, name)
	if err != nil {
		return out, fmt.Errorf("list runs: %w", err)
	}
	left := bench.MaxAnalyses
	for i := range runs {
		if r := &runs[i]; l.During(r.Started) && !s.o.Labs.FromPage(l.ID, r) {
			watt, err := s.bench.MaxPower(ctx, r, &left)
			if err != nil {
				return out, err
			}
			out.pmpp = max(out.pmpp, watt)
		}
	}
	out.problems = s.o.Labs.Problems(l.ID, name)
	return out, nil
}

// JudgeSweep says whether a run is a complete sweep; see bench.Judge. It reads
// and analyses the run and may take a second.
func (s *Server) JudgeSweep(ctx context.Context, r series.Run) (labs.Verdict, error) {
	return s.bench.Judge(ctx, &r)
}
