package e2e

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// restart kills the server as a power cut would, and starts it on the same
// folder.
func (s *Server) restart(t *testing.T, args ...string) *Server {
	t.Helper()
	s.Kill()
	return startServer(t, Options{Data: s.Data, Args: args})
}

// grades is a column of a lab's grade book, by session.
func grades(t *testing.T, s *Server, lab int64, column string) map[string]string {
	t.Helper()
	_, book := s.Get(t, "instructor", teacher, fmt.Sprintf("/api/labs/%d/gradebook.csv", lab))
	lines, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(book, []byte("\uFEFF")))).ReadAll()
	if err != nil || len(lines) == 0 {
		t.Fatalf("grade book: got %v\n%s", err, book)
	}
	out := map[string]string{}
	for _, l := range lines[1:] {
		out[l[slices.Index(lines[0], "session")]] = l[slices.Index(lines[0], column)]
	}
	return out
}

// waitFile waits until a file of the data folder has a text n times.
func waitFile(t *testing.T, s *Server, name, text string, n int) {
	t.Helper()
	eventually(t, func() string {
		data, err := os.ReadFile(filepath.Join(s.Data, name))
		if err != nil || strings.Count(string(data), text) < n {
			return fmt.Sprintf("%d times %s in %s: %s, %v", n, text, name, data, err)
		}
		return ""
	})
}

// TestProblemsSurvive: how many kinds of mistakes a session made in a lab is
// known after a kill, and a mistake that goes on is counted once.
func TestProblemsSurvive(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	wrong := func(name string, topics ...string) {
		b := connected(t, s, name, "pw")
		for range 3 {
			for _, topic := range topics {
				b.publish1(topic, "1")
			}
		}
		b.leave()
	}
	wrong("ada", "before")
	lab := startLab(t, s, "Solar cell")
	wrong("ada", "x", "y")
	wrong("bob", "x")
	want := func(what string, want map[string]string) {
		t.Helper()
		got := grades(t, s, lab, "problems")
		for name, n := range want {
			if got[name] != n {
				t.Errorf("%s: got %v problems of %s, want %s", what, got[name], name, n)
			}
		}
		if _, ok := got["gone"]; ok {
			t.Errorf("%s: got a line of a session that is gone", what)
		}
	}
	want("at first", map[string]string{"ada": "2", "bob": "1"})
	waitFile(t, s, "labs.jsonl", `"kinds"`, 2)
	s = s.restart(t)
	want("after a kill", map[string]string{"ada": "2", "bob": "1"})
	wrong("ada", "y", "z")
	want("y went on, z is new", map[string]string{"ada": "3", "bob": "1"})

	s.order(t, "PUT", "/api/roster/sessions/ada/name", map[string]string{"name": "eve"}, 200)
	wrong("gone", "x")
	waitFile(t, s, "labs.jsonl", `"gone"`, 1)
	s.order(t, "DELETE", "/api/sessions/gone", nil, 204)
	api(t, s, "POST", fmt.Sprintf("/api/labs/%d/end", lab), nil, 200, nil) // is written at once
	s = s.restart(t)
	want("renamed, removed, ended", map[string]string{"eve": "3", "bob": "1"})
	wrong("bob", "late")
	want("after the end", map[string]string{"eve": "3", "bob": "1"})
}
