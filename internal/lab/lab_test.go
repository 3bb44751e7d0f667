package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"labbroker/internal/series"
	"labbroker/sensor"
)

// store is the history as far as a Book looks.
type store struct {
	mu    sync.Mutex // guards below
	runs  map[string][]series.Run
	infos []series.Info
	count int64
}

func (s *store) Runs(_ context.Context, name string) ([]series.Run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.runs[name], nil
}

func (s *store) List(context.Context, string) ([]series.Info, error) { return s.infos, nil }

func (s *store) Count(context.Context, series.ID, series.Query) (int64, error) { return s.count, nil }

func (s *store) put(name string, r ...series.Run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs[name] = r
}

var curve = &series.Info{ID: 7, Session: "ada", Name: "IV", Columns: []series.Column{
	{Name: "V", Quantity: sensor.Voltage}, {Name: "I", Quantity: sensor.Current},
}}

func rows(info *series.Info, rows ...series.Row) []series.Committed {
	return []series.Committed{{Info: info, Rows: rows}}
}

func row(seq int64, v ...float64) series.Row {
	return series.Row{Seq: seq, Time: time.Now().UnixNano(), Values: v}
}

func open(t *testing.T, path string, st *store, o Options) *Book {
	t.Helper()
	b, err := Open(t.Context(), path, st, o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// run runs a book until the returned function is called, which closes it.
func run(t *testing.T, b *Book) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { _ = b.Run(ctx) })
	return func() {
		cancel()
		wg.Wait()
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}

var auto = []Step{{Kind: Connected}, {Kind: Reading}, {Kind: Plot}, {Kind: Sweep}, {Kind: Rows, Rows: 3}, {Kind: Topic, Topic: "mcu/led"}, {Kind: QoS1}, {Kind: Manual, Text: "report"}}

func start(t *testing.T, b *Book) Lab {
	t.Helper()
	l, err := b.Start("Solar cell", auto)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// done is which steps a session has ticked, by kind.
func done(b *Book, id int64, name string) string {
	l, cards, err := b.Lab(id)
	if err != nil {
		return err.Error()
	}
	var out []string
	for _, c := range cards {
		for i, t := range c.Ticks {
			if c.Session == name && t.Done() {
				out = append(out, string(l.Steps[i].Kind))
			}
		}
	}
	return strings.Join(out, " ")
}

func TestEachStepTicks(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "labs.jsonl")
	synctest.Test(t, func(t *testing.T) {
		st := &store{runs: map[string][]series.Run{}}
		judge := func(_ context.Context, r series.Run) (Verdict, error) {
			return Verdict{Complete: r.Name == "good", By: "Pmpp 0.412 W", At: r.Ended}, nil
		}
		b := open(t, path, st, Options{Judge: judge, Here: func() []string { return []string{"early", "sim-1"} }})
		stop := run(t, b)
		b.Connected("ada", "before")
		b.Committed(rows(curve, row(1, 1, 2)))
		time.Sleep(time.Second)
		l := start(t, b)
		if got := done(b, l.ID, "ada"); got != "" {
			t.Errorf("before anything: got %q, want nothing", got)
		}
		if got := done(b, l.ID, "early"); got != "connected" {
			t.Errorf("connected at the start: got %q, want connected", got)
		}
		time.Sleep(time.Minute)
		first := time.Now()
		for _, step := range []struct {
			name string
			do   func()
			want string
		}{
			{"a connection", func() { b.Connected("ada", "umqtt") }, "connected"},
			{"a gap and an unknown quantity", func() {
				b.Committed(rows(curve, row(2, math.NaN(), math.NaN())))
				b.Committed(rows(&series.Info{ID: 8, Session: "ada", Name: "n", Columns: []series.Column{{Name: "n"}}}, row(3, 4)))
			}, "connected"},
			{"a reading, the third row", func() { b.Committed(rows(curve, row(4, 1, 2))) }, "connected reading rows"},
			{"a message on another topic at QoS 0", func() { b.Message("ada", "mcu/led2", "c", 0, time.Now()) }, "connected reading rows"},
			{"a message on the topic", func() { b.Message("ada", "mcu/led", "c", 0, time.Now()) }, "connected reading rows topic"},
			{"a message at QoS 2", func() { b.Message("ada", "x", "c", 2, time.Now()) }, "connected reading rows topic qos1"},
			{"a saved file", func() {
				b.Kept(series.Plot{Session: "ada", Kind: series.PlotSaved, File: "a.pkl", Time: time.Now()}, false)
			}, "connected reading rows topic qos1"},
			{"a plot", func() {
				b.Kept(series.Plot{Session: "ada", Kind: series.PlotDrawn, File: "a.pdf", Time: time.Now()}, false)
			}, "connected reading plot rows topic qos1"},
			{"a run that is no whole sweep", func() {
				st.put("ada", series.Run{ID: 1, Session: "ada", Series: 7, First: 2, Last: 4, Name: "bad", Started: time.Now(), Ended: time.Now()})
				b.Changed("ada")
			}, "connected reading plot rows topic qos1"},
			{"a whole sweep of before the lab", func() {
				st.put("ada", series.Run{ID: 2, Session: "ada", Series: 7, First: 1, Last: 4, Name: "good", Started: l.Started.Add(-time.Second), Ended: time.Now()})
				b.Changed("ada")
			}, "connected reading plot rows topic qos1"},
			{"a whole sweep", func() {
				st.put("ada", series.Run{ID: 3, Session: "ada", Series: 7, First: 5, Last: 9, Name: "good", Started: time.Now(), Ended: time.Now()})
				b.Changed("ada")
			}, "connected reading plot sweep rows topic qos1"},
			{"a tick by hand", func() {
				if err := b.SetManual(l.ID, "ada", 7, true); err != nil {
					t.Error(err)
				}
			}, "connected reading plot sweep rows topic qos1 manual"},
		} {
			step.do()
			synctest.Wait()
			if got := done(b, l.ID, "ada"); got != step.want {
				t.Errorf("after %s: got %q, want %q", step.name, got, step.want)
			}
		}
		time.Sleep(time.Minute)
		b.Connected("ada", "again")
		_, card, _ := b.Card("ADA")
		if got := card.Ticks[0]; !got.At.Equal(first) || got.By != "umqtt" {
			t.Errorf("a second connection: got %v, want the first, %v by umqtt", got, first)
		}
		if got, want := card.Ticks[3].By, "good: Pmpp 0.412 W"; got != want {
			t.Errorf("the sweep's proof: got %q, want %q", got, want)
		}
		if err := b.End(l.ID); err != nil {
			t.Fatal(err)
		}
		b.Connected("late", "x")
		b.Committed(rows(&series.Info{ID: 9, Session: "late", Columns: curve.Columns}, row(10, 1, 2)))
		synctest.Wait()
		if got := done(b, l.ID, "late"); got != "" {
			t.Errorf("after the end: got %q, want nothing", got)
		}
		stop()
	})
}

// TestWhoNeverTicks: simulated boards, pages, the instructor, archived sessions.
func TestWhoNeverTicks(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "labs.jsonl")
	synctest.Test(t, func(t *testing.T) {
		st := &store{runs: map[string][]series.Run{}}
		b := open(t, path, st, Options{
			Judge: func(_ context.Context, r series.Run) (Verdict, error) {
				return Verdict{Complete: true, At: r.Ended}, nil
			},
			Out: func(name string) bool { return name == "gone" },
		})
		stop := run(t, b)
		l := start(t, b)
		for i, name := range []string{"sim-1", "SIM-2", "instructor", "gone", "class", "no/name"} {
			info := &series.Info{ID: series.ID(20 + i), Session: name, Columns: curve.Columns}
			b.Connected(name, "c")
			b.Message(name, "mcu/led", "c", 1, time.Now())
			b.Committed(rows(info, row(1, 1, 2), row(2, 1, 2), row(3, 1, 2)))
			b.Kept(series.Plot{Session: name, Kind: series.PlotDrawn, File: "x.pdf", Time: time.Now()}, false)
			st.put(name, series.Run{ID: int64(i + 1), Session: name, Series: info.ID, First: 1, Last: 3, Started: time.Now(), Ended: time.Now()})
			b.Changed(name)
			synctest.Wait()
			if got := done(b, l.ID, name); got != "" {
				t.Errorf("%s: got %q, want nothing", name, got)
			}
			if err := b.SetManual(l.ID, name, 7, true); !errors.Is(err, ErrSession) {
				t.Errorf("%s by hand: got %v, want %v", name, err, ErrSession)
			}
		}
		// A page: its rows count for nothing, and spoil the run that they are in.
		page := row(40, 1, 2)
		page.Page = true
		b.Committed(rows(curve, page, page, page, page))
		b.Kept(series.Plot{Session: "ada", Kind: series.PlotDrawn, File: "x.pdf", Time: time.Now()}, true)
		st.put("ada", series.Run{ID: 90, Session: "ada", Series: 7, First: 38, Last: 45, Started: time.Now(), Ended: time.Now()})
		b.Changed("ada")
		synctest.Wait()
		if got := done(b, l.ID, "ada"); got != "" {
			t.Errorf("a page: got %q, want nothing", got)
		}
		if got := b.PageRows(l.ID, "ada"); got != 4 {
			t.Errorf("rows of a page: got %d, want 4", got)
		}
		stop()
		b = open(t, path, st, Options{Judge: func(_ context.Context, r series.Run) (Verdict, error) {
			return Verdict{Complete: true, At: r.Ended}, nil
		}})
		stop = run(t, b)
		b.Changed("ada")
		synctest.Wait()
		if got := done(b, l.ID, "ada"); got != "" {
			t.Errorf("a page's run after a restart: got %q, want nothing", got)
		}
		st.put("ada", series.Run{ID: 91, Session: "ada", Series: 7, First: 50, Last: 60, Started: time.Now(), Ended: time.Now()})
		b.Changed("ada")
		synctest.Wait()
		if got := done(b, l.ID, "ada"); got != "sweep" {
			t.Errorf("the run after it: got %q, want sweep", got)
		}
		stop()
	})
}

// TestRestart goes on with a lab: ticks, counts, numbers.
func TestRestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "labs.jsonl")
	synctest.Test(t, func(t *testing.T) {
		st := &store{runs: map[string][]series.Run{}}
		b := open(t, path, st, Options{})
		stop := run(t, b)
		l := start(t, b)
		b.Connected("ada", "umqtt")
		b.Committed(rows(curve, row(1, 1, 2), row(2, 1, 2)))
		at := time.Now()
		stop()
		time.Sleep(time.Hour)
		st.infos, st.count = []series.Info{{ID: 7, Session: "ada", Name: "IV", Rows: 2, Last: at}}, 2
		b = open(t, path, st, Options{})
		stop = run(t, b)
		_, card, running := b.Card("ada")
		if !running || card.Done() != 2 || !card.Ticks[0].At.Equal(at) || card.Ticks[0].By != "umqtt" {
			t.Errorf("after a restart: got %v, %v, want the two ticks of %v", running, card, at)
		}
		b.Committed(rows(curve, row(3, 1, 2)))
		synctest.Wait()
		if got, want := done(b, l.ID, "ada"), "connected reading rows"; got != want {
			t.Errorf("the third row: got %q, want %q", got, want)
		}
		if _, err := b.Start("another", auto); !errors.Is(err, ErrRunning) {
			t.Errorf("a second lab at once: got %v, want %v", err, ErrRunning)
		}
		if err := b.Remove(l.ID); !errors.Is(err, ErrRunning) {
			t.Errorf("remove a lab that runs: got %v, want %v", err, ErrRunning)
		}
		if err := b.Rename("ada", "lovelace"); err != nil {
			t.Fatal(err)
		}
		if err := b.End(l.ID); err != nil {
			t.Fatal(err)
		}
		stop()
		b = open(t, path, st, Options{})
		if got, want := done(b, l.ID, "lovelace"), "connected reading rows"; got != want {
			t.Errorf("the new name after a restart: got %q, want %q", got, want)
		}
		if err := b.Remove(l.ID); err != nil {
			t.Fatal(err)
		}
		next, err := b.Start("another", auto)
		if err != nil || next.ID != l.ID+1 {
			t.Errorf("the next lab: got number %d, %v, want %d", next.ID, err, l.ID+1)
		}
		b.Connected("bob", "c")
		if err := b.Drop("bob"); err != nil {
			t.Fatal(err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		b = open(t, path, st, Options{})
		if got := done(b, next.ID, "bob"); got != "" {
			t.Errorf("a removed session: got %q, want nothing", got)
		}
		if err := b.Clear(); err != nil {
			t.Fatal(err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if got := len(open(t, path, st, Options{}).Labs()); got != 0 {
			t.Errorf("after clear: got %d labs, want 0", got)
		}
	})
}

func TestWhatCannotBe(t *testing.T) {
	t.Parallel()
	b := open(t, filepath.Join(t.TempDir(), "labs.jsonl"), &store{}, Options{})
	many := make([]Step, MaxSteps+1)
	for i := range many {
		many[i] = Step{Kind: Rows, Rows: int64(i + 1)}
	}
	for _, tt := range []struct {
		name  string
		title string
		steps []Step
	}{
		{"no name", " ", auto},
		{"a control character", "a\x1b", auto},
		{"a long name", strings.Repeat("ö", MaxName+1), auto},
		{"no step", "a", nil},
		{"too many steps", "a", many},
		{"an unknown kind", "a", []Step{{Kind: "dance"}}},
		{"the same twice", "a", []Step{{Kind: Plot}, {Kind: Plot}}},
		{"no rows", "a", []Step{{Kind: Rows}}},
		{"rows where none belong", "a", []Step{{Kind: Plot, Rows: 3}}},
		{"no topic", "a", []Step{{Kind: Topic}}},
		{"a wildcard", "a", []Step{{Kind: Topic, Topic: "a/#"}}},
		{"no text", "a", []Step{{Kind: Manual}}},
	} {
		var m *Mistake
		if _, err := b.Start(tt.title, tt.steps); !errors.As(err, &m) {
			t.Errorf("%s: got %v, want a mistake", tt.name, err)
		}
	}
	for i := range MaxLabs {
		l, err := b.Start(fmt.Sprint(i), []Step{{Kind: Plot}})
		if err == nil {
			err = b.End(l.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Start("one more", []Step{{Kind: Plot}}); !errors.Is(err, ErrFull) {
		t.Errorf("one lab too many: got %v, want %v", err, ErrFull)
	}
}

// TestTornLine: a crash tears the last line, wherever it is cut.
func TestTornLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "labs.jsonl")
	b := open(t, path, &store{}, Options{})
	l := start(t, b)
	for _, name := range []string{"ada", "bob"} {
		b.Connected(name, "c")
		if err := b.flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	last := bytes.LastIndexByte(whole[:len(whole)-1], '\n') + 1
	for cut := last; cut < len(whole); cut++ {
		torn := filepath.Join(dir, fmt.Sprint("torn", cut))
		if err := os.WriteFile(torn, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		b := open(t, torn, &store{}, Options{})
		if got := done(b, l.ID, "ada"); got != "connected" {
			t.Fatalf("cut at %d: got %q of ada, want connected", cut, got)
		}
		b.Connected("carol", "c")
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		b = open(t, torn, &store{}, Options{})
		if got := done(b, l.ID, "carol"); got != "connected" {
			t.Fatalf("cut at %d: got %q of carol, want connected", cut, got)
		}
	}
	for text, want := range map[string]string{
		`{"op":"labs","version":9}` + "\n": "newer labbroker",
		"hello\n":                          "not a file of labbroker's labs",
		`{"op":"start","lab":1}` + "\n":    "not a file of labbroker's labs",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Check(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want it to say %q", text, err, want)
		}
	}
}

func TestPagesNeverForget(t *testing.T) {
	t.Parallel()
	var p pages
	for i := range int64(1000) {
		p.add(series.ID(1+i%3), 10*i)
		if len(p.Spans) > maxSpans {
			t.Fatalf("after %d rows: got %d stretches, want %d at most", i+1, len(p.Spans), maxSpans)
		}
	}
	for i := range int64(1000) {
		if r := (series.Run{Series: series.ID(1 + i%3), First: 10*i - 1, Last: 10*i + 1}); !p.touch(&r) {
			t.Fatalf("row %d: got a run that no page touched", 10*i)
		}
	}
	if r := (series.Run{Series: 1, First: 20_000, Last: 20_001}); p.touch(&r) {
		t.Error("a run after all of them: got touched, want not")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"op":"labs","version":1}
{"op":"start","lab":1,"at":"2026-11-30T10:00:00Z","name":"a","steps":[{"kind":"plot"},{"kind":"manual","text":"b"}]}
{"op":"tick","lab":1,"at":"2026-11-30T10:01:00Z","session":"ada","by":"x"}
{"op":"pages","lab":1,"session":"ada","pages":{"rows":3,"spans":[{"series":1,"first":2,"last":3}]}}
{"op":"problems","lab":1,"session":"ada","kinds":[1,4294967295,1]}
{"op":"rename","session":"ada","to":"bob"}
{"op":"untick","lab":1,"session":"bob"}
{"op":"end","lab":1,"at":"2026-11-30T11:00:00Z"}
{"op":"problems","lab":1,"session":"eve","count":7}
{"op":"drop","session":"bob"}
{"op":"remove","lab":1}
{"op":"cl`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, _, _, err := decode(data)
		if err != nil {
			return
		}
		ticks := 0
		for _, c := range s.labs {
			for key, x := range c.cards {
				if len(x.ticks) != len(c.Steps) || len(x.pages.Spans) > maxSpans || key != keyOf(x) ||
					x.problems.count() > MaxProblems || (x.ended > 0) == c.Running() && x.problems.count() > 0 {
					t.Fatalf("got card %+v of lab %+v", x, c.Lab)
				}
				ticks += Card{Ticks: x.ticks}.Done()
			}
		}
		if ticks != s.ticks || len(s.labs) > MaxLabs {
			t.Fatalf("got %d ticks counted as %d, %d labs", ticks, s.ticks, len(s.labs))
		}
		again, err := encode(s.records())
		if err != nil {
			t.Fatal(err)
		}
		o, _, bad, err := decode(again)
		if err != nil || bad > 0 || o.ticks != s.ticks || len(o.labs) != len(s.labs) || o.last != s.last {
			t.Fatalf("got %v, %d bad lines, %d ticks after writing\n%s", err, bad, o.ticks, again)
		}
		for i, c := range s.labs {
			for key, x := range c.cards {
				if y := o.labs[i].cards[key]; x.problems.count() > 0 && (y == nil || y.problems.count() != x.problems.count()) {
					t.Fatalf("got %+v of %s after writing, want %d problems\n%s", y, key, x.problems.count(), again)
				}
			}
		}
	})
}
