package dashboard

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"labbroker/dashboard/download"
)

func (l *lab) job(body string, who as) exportJSON {
	l.t.Helper()
	got := l.do("POST", "/api/sessions/ada/exports", body, who)
	if got.status != 202 {
		l.t.Fatalf("got %d %s, want an export begun", got.status, got.body)
	}
	return decode[exportJSON](l.t, got.body)
}

func (l *lab) jobState(id string) exportJSON {
	l.t.Helper()
	return decode[exportJSON](l.t, l.get("/api/sessions/ada/exports/"+id, ada).body)
}

func TestExportInTheBackground(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "exports")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "export-old"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	g := &gated{n: 50_000, open: make(chan struct{}), reached: make(chan struct{})}
	l := newLabWith(t, Options{Exports: dir}, g)
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("got %v left of an earlier server, want nothing", left)
	}
	j := l.job(`{"format":"csv","series":"x"}`, ada)
	if j.State != "working" || j.Of != 50_000 || j.File != "ada_x.csv" || j.URL != "" {
		t.Errorf("got %+v, want work", j)
	}
	g.middle(t)
	j = until(t, "progress", func() exportJSON { return l.jobState(j.ID) }, func(j exportJSON) bool { return j.Done >= 12_500 })
	if j.Done != 12_500 || j.State != "working" {
		t.Errorf("got %+v, want the quarter: half of looking through", j)
	}
	path := "/api/sessions/ada/exports/" + j.ID
	if got := l.get(path+"/file", ada); got.status != 409 {
		t.Errorf("got %d for an unfinished file, want 409", got.status)
	}
	if got := l.get("/api/sessions/Bob/exports/"+j.ID, bob); got.status != 404 {
		t.Errorf("got %d for another's export, want 404", got.status)
	}
	close(g.open)
	j = until(t, "ready", func() exportJSON { return l.jobState(j.ID) }, func(j exportJSON) bool { return j.State != "working" })
	if j.State != "ready" || j.Done != j.Of || j.URL != path+"/file" || j.Size == 0 {
		t.Fatalf("got %+v, want it ready", j)
	}
	got := l.get(j.URL, ada)
	if int64(len(got.body)) != j.Size || strings.Count(got.body, "\n") != 50_001 || got.header.Get("Content-Disposition") != `attachment; filename="ada_x.csv"` {
		t.Errorf("got %d bytes, want the %d of all rows", len(got.body), j.Size)
	}
	if part := l.get(j.URL, ada, header("Range", "bytes=0-3")); part.status != 206 || part.body != "time" {
		t.Errorf("got %d %q, want the part that was asked for", part.status, part.body)
	}
	l.dash.exports.Expire(time.Now().Add(download.Life - time.Second))
	if got := l.get(path, ada); got.status != 200 {
		t.Errorf("got %d before the time is over, want 200", got.status)
	}
	l.dash.exports.Expire(time.Now().Add(download.Life))
	if got := l.get(path, ada); got.status != 404 {
		t.Errorf("got %d after the time is over, want 404", got.status)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("got %v left on the disk, want nothing", left)
	}
}

func TestExportsAreCancelled(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "exports")
	for _, format := range []string{"csv", "json", "xlsx", "mat", "npz", "pkl"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(dir, format)
			g := &gated{n: 20_000, open: make(chan struct{}), reached: make(chan struct{})}
			l := newLabWith(t, Options{Exports: dir}, g)
			j := l.job(`{"format":"`+format+`","series":"x"}`, ada)
			g.middle(t)
			if got := l.do("DELETE", "/api/sessions/ada/exports/"+j.ID, "", ada); got.status != 204 {
				t.Errorf("got %d %s, want 204", got.status, got.body)
			}
			j = until(t, "the end", func() exportJSON { return l.jobState(j.ID) }, func(j exportJSON) bool { return j.State != "working" })
			if j.State != "cancelled" || j.URL != "" || j.Error != "" {
				t.Errorf("got %+v, want it cancelled", j)
			}
			if left, _ := os.ReadDir(dir); len(left) != 0 {
				t.Errorf("got %v left on the disk, want nothing", left)
			}
		})
	}
}

// TestExportsAreBounded is how many there may be, and how large.
func TestExportsAreBounded(t *testing.T) {
	t.Parallel()
	g := &gated{n: 1000, open: make(chan struct{})}
	free := Recording{State: "on", Free: 10 << 30}
	l := newLabWith(t, Options{Exports: filepath.Join(t.TempDir(), "exports"), Recording: func() Recording { return free }}, g)
	var jobs []exportJSON
	for range download.OwnJobs {
		jobs = append(jobs, l.job(`{"format":"csv"}`, ada))
	}
	got := l.do("POST", "/api/sessions/ada/exports", `{"format":"csv"}`, ada)
	if text := got.sentence(t); got.status != 429 || !strings.Contains(text, "2 exports") {
		t.Errorf("got %d %q for the third, want 429", got.status, text)
	}
	for n := range download.AllJobs - download.OwnJobs {
		name := fmt.Sprintf("s%d", n/2)
		l.people.add(name)
		if got := l.do("POST", "/api/sessions/"+name+"/exports", `{"format":"json"}`, boss); got.status != 202 {
			t.Fatalf("got %d %s, want export %d begun", got.status, got.body, n+3)
		}
	}
	got = l.do("POST", "/api/sessions/Bob/exports", `{"format":"csv"}`, bob)
	if text := got.sentence(t); got.status != 429 || !strings.Contains(text, "8 exports") {
		t.Errorf("got %d %q for the ninth, want 429", got.status, text)
	}
	close(g.open)
	for _, j := range jobs {
		until(t, "ready", func() exportJSON { return l.jobState(j.ID) }, func(j exportJSON) bool { return j.State == "ready" })
	}
	for range download.OwnFiles {
		j := l.job(`{"format":"csv"}`, ada)
		until(t, "ready", func() exportJSON { return l.jobState(j.ID) }, func(j exportJSON) bool { return j.State == "ready" })
	}
	if got := l.get("/api/sessions/ada/exports/"+jobs[0].ID, ada); got.status != 404 {
		t.Errorf("got %d for the oldest of many files, want it gone", got.status)
	}
}

func TestLargeExportsAreRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		rows   int64
		free   uint64
		path   string // GET; "" = POST
		want   int
		phrase string
	}{
		{"larger than a file may be", 1e9, 1 << 40, "", 413, "about 48.0 GB; 2 GB are made here"},
		{"the same as a download", 1e9, 1 << 40, "export.mat", 413, "about 36.0 GB"},
		{"no room on the disk", 1e7, 600 << 20, "", 507, "600 MB are free"},
		{"no room for a download's parts", 1e7, 600 << 20, "export.xlsx", 507, "too little room"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			free := Recording{State: "on", Free: tc.free}
			l := newLabWith(t, Options{Recording: func() Recording { return free }}, &gated{n: 10, rows: tc.rows})
			var got answer
			if tc.path == "" {
				got = l.do("POST", "/api/sessions/ada/exports", `{"format":"csv"}`, ada)
			} else {
				got = l.get("/api/sessions/ada/"+tc.path, ada)
			}
			if text := got.sentence(t); got.status != tc.want || !strings.Contains(text, tc.phrase) {
				t.Errorf("got %d %q, want %d with %q", got.status, text, tc.want, tc.phrase)
			}
		})
	}
}

// TestFailedExports say why in a sentence, without the cause.
func TestFailedExports(t *testing.T) {
	t.Parallel()
	l := newLabWith(t, Options{Exports: filepath.Join(t.TempDir(), "exports")}, &gated{n: 1000, fail: true})
	j := l.job(`{"format":"csv"}`, ada)
	j = until(t, "the end", func() exportJSON { return l.jobState(j.ID) }, func(j exportJSON) bool { return j.State != "working" })
	if j.State != "failed" || j.Error == "" || strings.Contains(j.Error, "secret") || j.URL != "" {
		t.Errorf("got %+v, want a failure with a sentence", j)
	}
}

// TestTheSessionsExportsGoWithIt ends what is under way and removes the rest.
func TestTheSessionsExportsGoWithIt(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "exports")
	g := &gated{n: 1000, open: make(chan struct{}), reached: make(chan struct{})}
	l := newLabWith(t, Options{Exports: dir, Delete: func(context.Context, string) error { return nil }}, g)
	j := l.job(`{"format":"csv"}`, ada)
	g.middle(t)
	if got := l.do("DELETE", "/api/sessions/ada", "", boss); got.status != 204 {
		t.Fatalf("got %d %s, want 204", got.status, got.body)
	}
	until(t, "an empty folder", func() int { left, _ := os.ReadDir(dir); return len(left) }, func(n int) bool { return n == 0 })
	if got := l.get("/api/sessions/ada/exports/"+j.ID, ada); got.status == 200 && decode[exportJSON](t, got.body).State == "ready" {
		t.Errorf("got %s, want no file of a removed session", got.body)
	}
}
