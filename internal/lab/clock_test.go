package lab

import (
	"context"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"labbroker/internal/series"
)

// TestClockGoesBack: after a power cut the clock of a Raspberry Pi is before the
// lab's start. The lab goes on, with what is done then and not with what was done
// before it at the same time of day; and it can be ended.
func TestClockGoesBack(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "labs.jsonl")
	synctest.Test(t, func(t *testing.T) {
		behind := time.Duration(0)
		now := func() time.Time { return time.Now().Add(-behind) }
		at := func(seq int64) series.Row {
			return series.Row{Seq: seq, Time: now().UnixNano(), Values: []float64{1, 2}}
		}
		st := &store{runs: map[string][]series.Run{}}
		o := Options{Now: now, Judge: func(_ context.Context, r series.Run) (Verdict, error) {
			return Verdict{Complete: true, At: r.Ended}, nil
		}}
		b := open(t, path, st, o)
		l := start(t, b)
		time.Sleep(20 * time.Minute)
		b.Connected("bob", "umqtt")
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}

		behind = time.Hour
		b = open(t, path, st, o)
		stop := run(t, b)
		time.Sleep(time.Minute)
		b.Connected("ada", "umqtt")
		old := series.Run{ID: 1, Session: "ada", Series: curve.ID, First: 3, Last: 9, Started: now(), Ended: now()}
		st.put("ada", old) // before the lab, when the clock was there for the first time
		b.Committed(rows(curve, at(10)))
		b.Changed("ada")
		synctest.Wait()
		if got, want := done(b, l.ID, "ada"), "connected reading"; got != want {
			t.Errorf("got %s, want %s: the run was before the lab", got, want)
		}
		st.put("ada", series.Run{ID: 2, Session: "ada", Series: curve.ID, First: 10, Last: 12, Started: now(), Ended: now()}, old)
		b.Committed(rows(curve, at(11), at(12)))
		b.Message("ada", "mcu/led", "umqtt", 1, now())
		b.Kept(series.Plot{Session: "ada", File: "iv.pdf", Time: now()}, false)
		b.Changed("ada")
		time.Sleep(judgeEvery)
		synctest.Wait()
		if got, want := done(b, l.ID, "ada"), "connected reading plot sweep rows topic qos1"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		b.Message("ada", "x", "umqtt", 1, now().Add(-2*time.Hour)) // before the restart
		if err := b.End(l.ID); err != nil {
			t.Fatal(err)
		}
		b.Connected("late", "umqtt")
		stop()
		b = open(t, path, st, o)
		defer b.Close()
		list := b.Labs()
		if len(list) != 1 || list[0].Running() || list[0].Ended.Before(list[0].Started) {
			t.Errorf("got %+v, want a lab that has ended, not before its start", list)
		}
		if got := done(b, l.ID, "ada") + done(b, l.ID, "bob") + done(b, l.ID, "late"); got != "connected reading plot sweep rows topic qos1connected" {
			t.Errorf("read again: got %s, want ada's and bob's ticks", got)
		}
	})
}
