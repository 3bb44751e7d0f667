package live

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"labbroker/internal/series"
)

func TestReset(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		rows     int
		after    int64
		want     string
		wantRows int
	}{
		{"just as many as are sent", MaxCatchUp, 0, "", MaxCatchUp},
		{"one more", MaxCatchUp + 1, 0, `{"seq":5001}`, 0},
		{"of another store", 3, 99, `{"seq":3}`, 0},
		{"missed nothing", 3, 3, "", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newClass(t)
				id := c.define("ada", "a", voltage)
				for range tc.rows {
					c.append(id, 1)
				}
				b := c.browse("ada", tc.after)
				synctest.Wait()
				if got := strings.Join(b.data("reset"), " "); got != tc.want {
					t.Errorf("got reset %q, want %q", got, tc.want)
				}
				if got := len(seqs(t, b.data("rows"))["a"]); got != tc.wantRows {
					t.Errorf("got %d rows, want %d", got, tc.wantRows)
				}
				c.append(id, 2)
				time.Sleep(Tick)
				synctest.Wait()
				if got := seqs(t, b.data("rows"))["a"]; len(got) != tc.wantRows+1 || got[len(got)-1] != int64(tc.rows+1) {
					t.Errorf("got %d rows after one more, want %d", len(got), tc.wantRows+1)
				}
				b.stop()
			})
		})
	}
}

func TestTooManyRowsForATickBecomeAReset(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t)
		id := c.define("ada", "a", voltage)
		b := c.browse("ada", -1)
		synctest.Wait()
		if err := c.store.Append(series.Batch{Series: id, Rows: make([]series.Row, maxPending)}); err != nil {
			t.Fatal(err)
		}
		c.append(id, 1)
		time.Sleep(Tick)
		synctest.Wait()
		if got, want := b.data("reset"), `{"seq":20001}`; len(got) != 1 || got[0] != want {
			t.Errorf("got reset %v, want %v", got, want)
		}
		if got := b.data("rows"); len(got) != 0 {
			t.Errorf("got %d events of rows, want none", len(got))
		}
		b.stop()
	})
}

func TestSlowBrowserIsCutAndNobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t)
		id := c.define("ada", "a", voltage)
		release := make(chan struct{})
		slow := make(chan error, 1)
		go func() {
			n := 0
			ctx, stop := context.WithTimeout(t.Context(), time.Hour)
			defer stop()
			slow <- c.hub.Stream(ctx, "ada", -1, func([]byte) error {
				if n++; n > 1 {
					<-release
				}
				return nil
			})
		}()
		quick := c.browse("ada", -1)
		synctest.Wait()
		for range 3 * queued {
			c.append(id, 1)
			time.Sleep(Tick)
		}
		synctest.Wait()
		close(release)
		if err := <-slow; !errors.Is(err, ErrCut) {
			t.Errorf("got error %v, want %v", err, ErrCut)
		}
		if got := len(seqs(t, quick.data("rows"))["a"]); got != 3*queued {
			t.Errorf("got %d rows at the quick browser, want %d", got, 3*queued)
		}
		if got := c.hub.Cuts(); got != 1 {
			t.Errorf("got %d cuts, want 1", got)
		}
		quick.stop()
		<-quick.err
		if got := c.hub.Watching(); got != 0 {
			t.Errorf("got %d watching, want 0", got)
		}
	})
}
