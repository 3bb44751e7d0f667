package dashboard

import (
	"archive/zip"
	"context"
	"encoding/csv"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"labbroker/internal/class"
	labs "labbroker/internal/lab"
	"labbroker/internal/series"
)

// newLabs is a dashboard that keeps labs.
func newLabs(t *testing.T, o Options) (*lab, *labs.Book) {
	t.Helper()
	book, err := labs.Open(t.Context(), filepath.Join(t.TempDir(), "labs.jsonl"), nil, labs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = book.Close() })
	o.Labs = book
	return newLab(t, o), book
}

// TestGradeBook: a line for each person, teams and those who never came
// included; nothing that a spreadsheet runs.
func TestGradeBook(t *testing.T) {
	t.Parallel()
	l, book := newLabs(t, Options{})
	err := l.dash.Class.(*class.Book).SetPeople([]class.Person{
		{Name: "=cmd|'/c calc'!A1", Session: "ada", Section: "-1", Seat: "@7"},
		{Name: "Zoë, \"Zo\"", Display: "佐江", Session: "ada", Section: "-1"},
		{Name: "Never", Session: "nev"},
	})
	if err != nil {
		t.Fatal(err)
	}
	it, err := book.Start("L", []labs.Step{{Kind: labs.Connected}, {Kind: labs.Manual, Text: "+report"}})
	if err != nil {
		t.Fatal(err)
	}
	book.Connected("ada", "c")
	got := l.get(fmt.Sprintf("/api/labs/%d/gradebook.csv", it.ID), boss)
	text, marked := strings.CutPrefix(got.body, byteOrderMark)
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || !marked || len(lines) != 5 {
		t.Fatalf("got %d, a mark %v, %d lines, %v\n%s", got.status, marked, len(lines), err, got.body)
	}
	var short []string
	for _, x := range lines {
		short = append(short, strings.Join(x[:5], "|")+"|"+x[6]+"|"+x[8])
	}
	want := []string{
		"section|session|name|display|seat|connected (min)|'+report (min)",
		"|Bob||||||", "|nev|Never||||", "'-1|ada|'=cmd|'/c calc'!A1||'@7|0.0|", `'-1|ada|Zoë, "Zo"|佐江||0.0|`,
	}
	want[1] = "|Bob|||||"
	if strings.Join(short, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(short, "\n"), strings.Join(want, "\n"))
	}
}

// TestClockWentBack: without power a Raspberry Pi's clock stands still. Rows of a
// time that has not come again are in the grade book and in the class's zip.
func TestClockWentBack(t *testing.T) {
	t.Parallel()
	var behind atomic.Bool
	now := func() time.Time {
		if behind.Load() {
			return start.Add(-10 * time.Minute)
		}
		return start
	}
	book, err := labs.Open(t.Context(), filepath.Join(t.TempDir(), "labs.jsonl"), nil, labs.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = book.Close() })
	l := newLab(t, Options{Labs: book, Now: now, Exports: t.TempDir()})
	it, err := book.Start("L", []labs.Step{{Kind: labs.Connected}})
	if err != nil {
		t.Fatal(err)
	}
	id := l.define("ada", "mcu", volts)
	l.append(id, at(60, 1), at(120, 2), at(180, 3))
	behind.Store(true)
	l.append(id, at(-570, 4))
	got := l.get(fmt.Sprintf("/api/labs/%d/gradebook.csv", it.ID), boss).body
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(got, byteOrderMark))).ReadAll()
	if err != nil || len(lines) != 3 || lines[1][1] != "ada" || lines[1][slices.Index(lines[0], "rows")] != "3" {
		t.Errorf("grade book: got %v\n%s, want the 3 rows since the start", err, got)
	}
	for body, want := range map[string]int{`{"kind":"class"}`: 4, fmt.Sprintf(`{"kind":"lab","lab":%d,"span":"lab"}`, it.ID): 3} {
		job := decode[archiveJSON](t, l.do("POST", "/api/archives", body, boss).body)
		state := func() archiveJSON { return decode[archiveJSON](t, l.get("/api/archives/"+job.ID, boss).body) }
		if got := until(t, "the zip", state, func(x archiveJSON) bool { return x.State != "working" }); got.State != "ready" {
			t.Fatalf("%s: got %+v, want it ready", body, got)
		}
		file := l.get("/api/archives/"+job.ID+"/file", boss).body
		z, err := zip.NewReader(strings.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := fs.ReadFile(z, "sessions/ada/data/mcu.csv")
		if n := strings.Count(string(rows), "\n") - 1; err != nil || n != want {
			t.Errorf("%s: got %d rows, %v, want %d\n%s", body, n, err, want, rows)
		}
	}
}

// TestEmptyIsAskedTwice: the name must be typed and the class taken along, or
// not wanted; one at a time; it can be stopped.
func TestEmptyIsAskedTwice(t *testing.T) {
	t.Parallel()
	began := make(chan struct{}, 1)
	l, _ := newLabs(t, Options{Empty: func(ctx context.Context, progress func(done, of int)) error {
		progress(1, 3)
		began <- struct{}{}
		<-ctx.Done()
		return context.Cause(ctx)
	}})
	if err := l.dash.Class.(*class.Book).SetSettings(class.Settings{Name: "Physics"}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, body string
		want       int
	}{
		{"nothing typed", `{"unsaved":true}`, 400},
		{"something else typed", `{"confirm":"physic","unsaved":true}`, 400},
		{"not taken along", `{"confirm":"Physics"}`, 409},
		{"no copy wanted", `{"confirm":"physics","unsaved":true}`, 202},
	} {
		if got := l.do("POST", "/api/class/empty", tt.body, boss); got.status != tt.want {
			t.Errorf("%s: got %d %s, want %d", tt.name, got.status, got.body, tt.want)
		}
	}
	select {
	case <-began:
	case <-time.After(time.Minute):
		t.Fatal("got no emptying after a minute")
	}
	if got := l.do("POST", "/api/class/empty", `{"confirm":"physics","unsaved":true}`, boss); got.status != 409 {
		t.Errorf("a second one: got %d, want 409", got.status)
	}
	if got := l.do("DELETE", "/api/class/empty", "", boss); got.status != 204 {
		t.Errorf("stop it: got %d, want 204", got.status)
	}
	state := func() emptyJSON { return decode[emptyJSON](t, l.get("/api/class/empty", boss).body) }
	got := until(t, "the end", state, func(x emptyJSON) bool { return x.State != "working" })
	if got.State != "cancelled" || got.Done != 1 || got.Of != 3 {
		t.Errorf("got %+v, want it cancelled after 1 of 3", got)
	}
}

// TestArchiveIsCancelled in the middle of a series.
func TestArchiveIsCancelled(t *testing.T) {
	t.Parallel()
	g := &gated{n: 100_000, open: make(chan struct{}), reached: make(chan struct{})}
	book, err := labs.Open(t.Context(), filepath.Join(t.TempDir(), "labs.jsonl"), nil, labs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = book.Close() })
	l := newLabWith(t, Options{Labs: book, Exports: t.TempDir()}, counting{g})
	job := decode[archiveJSON](t, l.do("POST", "/api/archives", `{"kind":"class"}`, boss).body)
	g.middle(t)
	if got := decode[archiveJSON](t, l.get("/api/archives/"+job.ID, boss).body); got.State != "working" || got.Done < 10 || got.Done >= got.Of {
		t.Errorf("in the middle: got %+v, want it on its way", got)
	}
	if got := l.get("/api/archives/"+job.ID+"/file", boss); got.status != 409 {
		t.Errorf("the file in the middle: got %d, want 409", got.status)
	}
	if got := l.do("DELETE", "/api/archives/"+job.ID, "", boss); got.status != 204 {
		t.Errorf("cancel: got %d, want 204", got.status)
	}
	state := func() archiveJSON { return decode[archiveJSON](t, l.get("/api/archives/"+job.ID, boss).body) }
	if got := until(t, "the end", state, func(x archiveJSON) bool { return x.State != "working" }); got.State != "cancelled" {
		t.Errorf("got %+v, want it cancelled", got)
	}
	left, err := filepath.Glob(filepath.Join(l.dash.exports.Dir(), "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("files of a cancelled archive: got %q, %v, want none", left, err)
	}
}

// counting is a gated store that knows how many rows there are.
type counting struct{ *gated }

func (c counting) Count(context.Context, series.ID, series.Query) (int64, error) {
	return int64(c.n), nil
}
