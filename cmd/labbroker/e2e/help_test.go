package e2e

import (
	"os/exec"
	"strings"
	"testing"
)

// TestHelp: --help alone lists the commands and the server's own flags, and
// opens nothing.
func TestHelp(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args []string
		want []string
	}{
		{[]string{"--help"}, []string{"simulate", "sensor", "reset", "--mqtt-addr", "--access", "LABBROKER_DATA"}},
		{[]string{"simulate", "--help"}, []string{"--boards", "--sweep"}},
		{[]string{"--version"}, []string{"labbroker "}},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(binary, tt.args...)
			cmd.Dir = t.TempDir()
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Errorf("got %v, want exit code 0", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(string(out), want) {
					t.Errorf("got %s, want %s in it", out, want)
				}
			}
		})
	}
}
