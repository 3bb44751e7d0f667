package dashboard

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"labbroker/dashboard/download"
	"labbroker/internal/export"
	labs "labbroker/internal/lab"
	"labbroker/internal/series"
	"labbroker/internal/session"
)

// archive is a zip while it is being written: folders of sessions with data,
// notebook and plots, grade books, a description. It is written as rows are
// read; only one picture at a time is in memory.
type archive struct {
	s     *Server
	lab   *labs.Lab // nil = of the whole class
	names []string  // of the sessions

	ctx  context.Context
	z    *zip.Writer
	j    *download.Job
	at   time.Time // of the files, and up to which rows are taken
	from time.Time // zero = from the beginning
	to   time.Time // zero = all, those too that the clock of now calls the future
	lost []string  // what could not be drawn
}

// Units of an archive's progress.
const (
	unitRows = 500 // rows that count as one
	unitPlot = 10  // a plot in both formats
)

// orderArchive prepares the zip of a lab, in its time or with all that the
// sessions have, or of the whole class (l nil).
func (s *Server) orderArchive(ctx context.Context, l *labs.Lab, all bool) (download.Order, *archive, error) {
	a := &archive{s: s, lab: l, at: s.now().UTC()}
	o := download.Order{Owner: session.Instructor, Type: "application/zip", Life: archiveLife, Work: a}
	a.to = a.at
	title := "class"
	if l != nil {
		title = labFile(l)
		if !all {
			a.from = l.Started
			if !l.Running() {
				a.to = l.Ended
			}
		}
	} else {
		if name := s.Class.Settings().Name; name != "" {
			title = export.FileNames([]string{name}, "")[0]
		}
		title += " " + a.at.Format("2006-01-02")
	}
	o.Name = title + ".zip"
	var err error
	if a.names, err = s.archived(l); err != nil {
		return o, nil, err
	}
	if a.to.Equal(a.at) {
		if back, err := a.clockBack(ctx); err != nil {
			return o, nil, err
		} else if back {
			a.to = time.Time{}
		}
	}
	for _, name := range a.names {
		units, size, err := a.estimate(ctx, name)
		if err != nil {
			return o, nil, err
		}
		o.Of += units
		o.Size += size
	}
	if o.Size > download.Largest {
		return o, nil, fail(http.StatusRequestEntityTooLarge,
			"This zip would be about %.1f GB; %d GB are made here. Take the labs one by one, or export sessions from their own pages.", float64(o.Size)/1e9, download.Largest>>30)
	}
	o.Of = max(1, o.Of)
	return o, a, nil
}

var _ download.Work = (*archive)(nil)

// Make implements download.Work.
func (a *archive) Make(ctx context.Context, w io.Writer, j *download.Job) error {
	a.ctx, a.j, a.z = ctx, j, zip.NewWriter(w)
	return a.write()
}

// Sentence implements download.Work.
func (a *archive) Sentence(err error) string {
	return exportSentence(err, "The archive would be larger than %d GB. Take the labs one by one, or export sessions from their own pages.")
}

// archived are the sessions of an archive: of a lab those of its grade book, of
// the class all, without simulated ones.
func (s *Server) archived(l *labs.Lab) ([]string, error) {
	var names []string
	if l == nil {
		for _, name := range s.names() {
			if !simulated(name) {
				names = append(names, name)
			}
		}
		return names, nil
	}
	_, cards, err := s.o.Labs.Lab(l.ID)
	if err != nil {
		return nil, labError(err)
	}
	for _, x := range s.labRows(*l, cards) {
		names = append(names, x.Session)
	}
	return names, nil
}

// clockBack says whether there are rows of a time to come: without power the
// clock of a Raspberry Pi stands still, and what was kept before is not to be
// left out.
func (a *archive) clockBack(ctx context.Context) (bool, error) {
	for _, name := range a.names {
		infos, err := a.s.Reader.List(ctx, name)
		if err != nil {
			return false, fmt.Errorf("list series: %w", err)
		}
		for i := range infos {
			// A minute, since rows come while this looks.
			if n, err := series.CountRows(ctx, a.s.Reader, &infos[i], series.Query{From: a.at.Add(time.Minute)}); err != nil || n > 0 {
				return n > 0, err
			}
		}
	}
	return false, nil
}

func (a *archive) span() series.Query { return series.Query{From: a.from, To: a.to} }

// estimate is how much a session is: units of progress, and bytes about.
func (a *archive) estimate(ctx context.Context, name string) (units, size int64, err error) {
	infos, err := a.s.Reader.List(ctx, name)
	if err != nil {
		return 0, 0, fmt.Errorf("list series: %w", err)
	}
	units = 1
	for i := range infos {
		n, err := series.CountRows(ctx, a.s.Reader, &infos[i], a.span())
		if err != nil {
			return 0, 0, err
		}
		units += 1 + n/unitRows
		size += n * int64(len(infos[i].Columns)+2) * cellSize("csv") / 3 // packed
	}
	plots, err := a.plots(ctx, name)
	if err != nil {
		return 0, 0, err
	}
	return units + int64(len(plots))*unitPlot, size, nil
}

// plots are a session's pictures in the span, the oldest first.
func (a *archive) plots(ctx context.Context, name string) ([]series.Plot, error) {
	list, err := a.s.o.Plots.Plots(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("list plots: %w", err)
	}
	list = slices.DeleteFunc(list, func(p series.Plot) bool {
		return p.Kind == series.PlotSaved || p.Time.Before(a.from) || !untilEnd(p.Time, a.to)
	})
	slices.SortFunc(list, func(x, y series.Plot) int { return x.Time.Compare(y.Time) })
	return list, nil
}

func (a *archive) write() error {
	folders := export.FileNames(a.names, "")
	for i, name := range a.names {
		if err := a.session("sessions/"+folders[i]+"/", name); err != nil {
			return err
		}
	}
	var err error
	if a.lab != nil {
		err = a.gradeBook("gradebook.csv", a.lab.ID)
	} else {
		err = a.class()
	}
	if err != nil {
		return err
	}
	w, err := a.create("README.txt")
	if err == nil {
		_, err = io.WriteString(w, a.readme())
	}
	if err != nil {
		return err
	}
	return a.z.Close()
}

func (a *archive) create(name string) (io.Writer, error) {
	if err := a.ctx.Err(); err != nil {
		return nil, err
	}
	method := zip.Deflate
	if strings.HasSuffix(name, ".png") {
		method = zip.Store
	}
	return a.z.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: a.at})
}

// advance counts progress and gives up where the disk fills.
func (a *archive) advance(n int64) {
	a.j.Advance(n)
	a.j.Spare()
}

func (a *archive) gradeBook(name string, id int64) error {
	l, cards, err := a.s.o.Labs.Lab(id)
	if err != nil {
		return labError(err)
	}
	w, err := a.create(name)
	if err != nil {
		return err
	}
	return a.s.writeGradeBook(a.ctx, w, l, cards)
}

// class writes what belongs to no session: the roster, and each lab's grade
// book.
func (a *archive) class() error {
	w, err := a.create("roster.csv")
	if err != nil {
		return err
	}
	b := []byte(byteOrderMark + "name,session,section,display,seat\n")
	for _, p := range a.s.Class.People() {
		for i, cell := range []string{p.Name, p.Session, p.Section, p.Display, p.Seat} {
			if i > 0 {
				b = append(b, ',')
			}
			b = export.AppendCell(b, cell)
		}
		b = append(b, '\n')
	}
	if _, err := w.Write(b); err != nil {
		return err
	}
	if a.s.o.Labs == nil {
		return nil
	}
	list := a.s.o.Labs.Labs()
	slices.Reverse(list)
	names := make([]string, len(list))
	for i := range list {
		names[i] = labFile(&list[i])
	}
	for i, name := range export.FileNames(names, ".csv") {
		if err := a.gradeBook("gradebooks/"+name, list[i].ID); err != nil {
			return err
		}
	}
	return nil
}

// readme says what is in the archive.
func (a *archive) readme() string {
	var b strings.Builder
	l := a.lab
	stamp := func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
	until := a.to
	if until.IsZero() {
		until = a.at
	}
	switch {
	case l == nil:
		fmt.Fprintf(&b, "All that the class %s has\n\nMade %s, with all sessions' data up to then.\n", a.s.Class.Settings().Name, stamp(a.at))
	default:
		fmt.Fprintf(&b, "Lab: %s\n\nStarted %s, ", l.Name, stamp(l.Started))
		if l.Running() {
			b.WriteString("still running.\n")
		} else {
			fmt.Fprintf(&b, "ended %s.\n", stamp(l.Ended))
		}
		b.WriteString("Steps:\n")
		for _, st := range l.Steps {
			fmt.Fprintf(&b, "  - %s\n", st.Title())
		}
		if a.from.IsZero() {
			fmt.Fprintf(&b, "Data and plots are all that the sessions have, up to %s.\n", stamp(until))
		} else {
			fmt.Fprintf(&b, "Data and plots are those from %s to %s.\n", stamp(a.from), stamp(until))
		}
	}
	fmt.Fprintf(&b, "\n%d sessions. What is where:\n\n", len(a.names))
	if l != nil {
		b.WriteString("gradebook.csv                  a line for each person: what was done when, rows, plots, best Pmpp\n")
	} else {
		b.WriteString("roster.csv                     the people; the set-up of a new class reads it\n" +
			"gradebooks/<lab>.csv           of each lab a line for each person: what was done when\n")
	}
	b.WriteString(`sessions/<name>/data/*.csv     the readings, a file for each topic or series
sessions/<name>/notebook.ipynb opens in Jupyter: loads the files in data/, plots them, has the I-V figures
sessions/<name>/plots/         what the boards had plotted, as PDF and PNG

CSV files are UTF-8. The grade book and roster begin with a byte order mark, so
that Excel shows every script; in pandas: encoding="utf-8-sig". A cell that
would be a formula begins with an apostrophe. Sessions without data or plots
have no folder.
`)
	if len(a.lost) > 0 {
		b.WriteString("\nCould not be drawn:\n")
		for _, line := range a.lost {
			fmt.Fprintf(&b, "  - %s\n", line)
		}
	}
	return strings.ReplaceAll(b.String(), "\n", "\r\n")
}
