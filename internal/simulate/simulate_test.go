package simulate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"labbroker/internal/board"
	"labbroker/internal/board/boardtest"
)

// server is a broker with pages: it streams readings that are 40 ms old and
// deletes sessions.
type server struct {
	*boardtest.Broker
	pages *httptest.Server

	mu        sync.Mutex // guards all below
	passwords map[string]string
	deleted   map[string]bool
	deny      bool // DELETE
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{Broker: boardtest.New(t), passwords: map[string]string{}, deleted: map[string]bool{}}
	s.Check(func(c boardtest.Connect) byte {
		s.mu.Lock()
		defer s.mu.Unlock()
		if p, ok := s.passwords[c.User]; ok && p != c.Password {
			return 4
		}
		s.passwords[c.User] = c.Password
		return 0
	})
	mux := http.NewServeMux()
	mux.HandleFunc("DELETE /api/sessions/{s}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.deny || !s.known(r) {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"error":"not yours"}`)
			return
		}
		s.deleted[r.PathValue("s")] = true
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /api/sessions/{s}/stream", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		known := s.known(r)
		s.mu.Unlock()
		if !known {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, "event: hello\ndata: {}\n\n")
		for i := 0; r.Context().Err() == nil; i++ {
			sent := time.Now().Add(-40 * time.Millisecond).UTC().Format(time.RFC3339Nano)
			fmt.Fprintf(w, "id: %d\nevent: rows\ndata: {\"series\":[{\"name\":\"mcu/ina219\",\"rows\":[[%d,\"x\",1],[0,\"x\",1]],\"device\":[%q,null]}]}\n\n", i, i, sent)
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	s.pages = httptest.NewServer(mux)
	t.Cleanup(s.pages.Close)
	return s
}

func (s *server) known(r *http.Request) bool {
	user, password, _ := r.BasicAuth()
	return user == r.PathValue("s") && password != "" && s.passwords[user] == password
}

func (s *server) options() Options {
	return Options{Broker: s.Addr(), HTTP: s.pages.URL, Boards: 5, Rate: 50, Duration: 500 * time.Millisecond}
}

func TestRun(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	o := s.options()
	o.Duration = 1200 * time.Millisecond
	var seen []Progress
	o.Progress = func(p Progress) { seen = append(seen, p) }
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Healthy() || r.Published < 100 || r.Acknowledged != r.Published || r.InFlight != 0 {
		t.Errorf("report: got %+v, want over 100 published and all acknowledged", r)
	}
	if r.Boards != 5 || r.Connected != 5 || r.Removed != 5 || r.Kept != 0 || len(s.deleted) != 5 {
		t.Errorf("boards: got %+v, want 5, connected and removed", r)
	}
	if r.Acked.Count < 100 || r.Acked.P50 <= 0 || r.Acked.P50 > r.Acked.P99 || r.Acked.P99 > r.Acked.Max {
		t.Errorf("latency: got %+v, want growing percentiles of over 100", r.Acked)
	}
	if r.PageMissing != "" || r.Page.Count < 10 || r.Page.P50 < 40*time.Millisecond {
		t.Errorf("page: got %+v, %q, want at least 40 ms", r.Page, r.PageMissing)
	}
	if len(seen) == 0 || seen[0].Connected != 5 || seen[0].Acknowledged == 0 {
		t.Errorf("progress: got %v, want one with 5 boards and acknowledgements", seen)
	}
	ids, sums := map[string]bool{}, map[string]int{}
	for len(s.Messages) > 0 {
		m := <-s.Messages
		if m.Topic != m.Client+"/mcu/ina219" {
			continue
		}
		var p struct {
			Voltage, Current_mA, Power_mW float64
			T                             int64
		}
		if err := json.Unmarshal([]byte(m.Payload), &p); err != nil || p.Voltage <= 0 || p.Voltage > 7 || p.Current_mA <= 0 || p.T == 0 || m.QoS != 1 {
			t.Fatalf("%+v: %v, want a reading of a small panel at QoS 1", m, err)
		}
		ids[m.Client] = true
		sums[m.Payload[:40]]++
	}
	if len(ids) != 5 || !ids["sim-001"] || !ids["sim-005"] {
		t.Errorf("boards: got %v, want sim-001 to sim-005", ids)
	}
	if len(sums) < 10 {
		t.Errorf("readings: got %d different ones, want each board's own light", len(sums))
	}
}

func TestSweepShowsTheCurve(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	o := s.options()
	o.Sweep, o.Boards = true, 8 // none in step with another: some are at each end
	if _, err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	low, high := 10.0, 0.0
	for len(s.Messages) > 0 {
		var p struct{ Voltage float64 }
		if m := <-s.Messages; strings.HasSuffix(m.Topic, "ina219") && json.Unmarshal([]byte(m.Payload), &p) == nil {
			low, high = min(low, p.Voltage), max(high, p.Voltage)
		}
	}
	if low > 3 || high < 5 {
		t.Errorf("voltages of 8 boards: got %g to %g V, want loads from near short to near open", low, high)
	}
}

func TestEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	o := s.options()
	o.Duration = 0
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan Report, 1)
	go func() {
		r, err := Run(ctx, o)
		if err != nil {
			t.Error(err)
		}
		done <- r
	}()
	for range 50 {
		boardtest.Next(t, "message", s.Messages)
	}
	began := time.Now()
	cancel()
	r := boardtest.Next(t, "end", done)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("end: took %s, want under 2 s", took)
	}
	if r.Lost != 0 || r.Removed != 5 || r.Published != r.Acknowledged {
		t.Errorf("report: got %+v, want nothing lost and all removed", r)
	}
}

func TestCountsWhatIsLost(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Silence(true)
	r, err := Run(t.Context(), s.options())
	if err != nil {
		t.Fatal(err)
	}
	if r.Lost == 0 || r.Lost != r.Published || r.Acknowledged != 0 || r.Healthy() {
		t.Errorf("report: got %+v, want all lost", r)
	}
}

func TestKeepAndFailureToRemove(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	o := s.options()
	o.Keep = true
	r, err := Run(t.Context(), o)
	if err != nil || r.Kept != 5 || len(s.deleted) != 0 || !strings.Contains(r.String(), "Kept: 5 simulated sessions.") {
		t.Errorf("keep: got %v, %v, want 5 kept", r, err)
	}

	s = newServer(t)
	s.deny = true
	r, err = Run(t.Context(), s.options())
	if err != nil || r.Kept != 5 || !strings.Contains(r.String(), "403 Forbidden: not yours") {
		t.Errorf("denied: got %v, %v, want 5 kept and the server's reason", r, err)
	}

	o = s.options()
	s.pages.Close()
	o.Prefix = "sim-x-"
	r, err = Run(t.Context(), o)
	if err != nil || r.Kept != 5 || r.KeptWhy == "" || r.PageMissing == "" {
		t.Errorf("no pages: got %+v, %v, want 5 kept and a reason for each", r, err)
	}
}

func TestTakenNamesMakeWay(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.passwords["sim-001"] = "of an earlier run"
	r, err := Run(t.Context(), s.options())
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^sim-[a-z2-7]{3}-001$`).MatchString(r.First) || r.Removed != 5 || !r.Healthy() {
		t.Errorf("report: got %+v, want other names beginning with sim-", r)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.passwords["sim-001"] = "other"
	s.passwords["sim-x-003"] = "other"
	tests := []struct {
		name string
		set  func(*Options)
		want error  // nil = by text only
		text string // in the error
	}{
		{"broker", func(o *Options) { o.Broker = "ftp://x" }, board.ErrBroker, "ftp://x"},
		{"nobody there", func(o *Options) { o.Broker = "127.0.0.1:1" }, nil, "no broker answers at 127.0.0.1:1"},
		{"too many", func(o *Options) { o.Boards = 10001 }, ErrBoards, "10001"},
		{"negative", func(o *Options) { o.Boards = -1 }, ErrBoards, "-1"},
		{"prefix", func(o *Options) { o.Prefix = "ada" }, ErrPrefix, "ada"},
		{"prefix spelling", func(o *Options) { o.Prefix = "sim-/" }, nil, "sim-/005"},
		{"pages", func(o *Options) { o.HTTP = "localhost:8080" }, ErrHTTP, "localhost:8080"},
		{"rate", func(o *Options) { o.Rate = 5000 }, board.ErrRate, "5000"},
		{"negative rate", func(o *Options) { o.Rate = -5 }, board.ErrRate, "-5"},
		{"wrong password", func(o *Options) { o.Password = "guess" }, nil, "instructor's password"},
		{"one of the names is taken", func(o *Options) { o.Prefix = "sim-x-" }, nil, "sim-x-003"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := s.options()
			tt.set(&o)
			_, err := Run(t.Context(), o)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("error: got %v, want %v with %q", err, tt.want, tt.text)
			}
		})
	}
}

func TestReportReads(t *testing.T) {
	t.Parallel()
	r := Report{
		Progress: Progress{Elapsed: 18 * time.Second, Boards: 300, Connected: 300, Published: 54000, Acknowledged: 54000, Rate: 2999.7},
		Target:   10, First: "sim-001", Removed: 300,
		Acked: board.Summary{Count: 54000, P50: 812345, P95: 2100000, P99: 14700000, Max: 181000000},
		Page:  board.Summary{Count: 180, P50: 87e6, P95: 140e6, P99: 188e6, Max: 210e6},
	}
	want := `300 boards at 10/s for 18s: 54,000 published, 54,000 acknowledged, 0 lost.
3,000 of 3,000 messages a second were acknowledged.
Publish to acknowledgement  p50 0.81 ms  p95 2.10 ms  p99 14.7 ms  longest 181 ms
Publish to page             p50 87.0 ms  p95 140 ms  p99 188 ms  longest 210 ms
Removed: 300 simulated sessions.`
	if got := r.String(); got != want {
		t.Errorf("report: got\n%s\nwant\n%s", got, want)
	}
	wantLine := "   18 s  300 of 300 boards connected  3,000/s  54,000 published  54,000 acknowledged  0 in flight  0 lost"
	if got := r.Progress.String(); got != wantLine {
		t.Errorf("progress: got\n%s\nwant\n%s", got, wantLine)
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := group(n); got != want {
			t.Errorf("group(%d): got %s, want %s", n, got, want)
		}
	}
}
