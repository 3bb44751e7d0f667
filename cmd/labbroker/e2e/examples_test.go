package e2e

import (
	"os/exec"
	"strings"
	"testing"
)

// TestExamplePlots: what students copy gets its plot and its pickle from the
// program itself, and says where they are.
func TestExamplePlots(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	out, err := exec.Command("/usr/bin/python3", "../../../examples/python/plot.py", "--broker", s.MQTT, "ada", "pw").CombinedOutput()
	if err != nil {
		t.Fatalf("plot.py: %v\n%s", err, out)
	}
	for file, begins := range map[string]string{"damped.pkl": "\x80", "examples/damped.pdf": "%PDF-"} {
		_, rest, _ := strings.Cut(string(out), file+" is at ")
		path := "/api/sessions/ada/plots/" + file
		if url, _, _ := strings.Cut(rest, "\n"); !strings.HasPrefix(url, "http://") || !strings.HasSuffix(url, path) {
			t.Errorf("plot.py: got %s, want the address of %s", out, file)
		}
		if code, body := s.Get(t, "ada", "pw", path); code != 200 || !strings.HasPrefix(string(body), begins) {
			t.Errorf("%s: got %d %.20q, want what begins with %q", path, code, body, begins)
		}
	}
}
