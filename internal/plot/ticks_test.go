package plot

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"
)

// The file is matplotlib's own answers: docs/plots/side_by_side.py --ticks.
func TestTicksAreMatplotlibs(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/ticks.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Log    bool     `json:"log"`
		Points float64  `json:"points"`
		Lo     float64  `json:"lo"`
		Hi     float64  `json:"hi"`
		Ticks  [][2]any `json:"ticks"`
		Shared string   `json:"shared"`
	}
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		a := axis{log: c.Log, lo: c.Lo, hi: c.Hi, to: c.Points + 1e-6}
		got, shared := a.ticks(3 * textSize)
		slices.SortFunc(got, func(a, b tick) int {
			if a.at < b.at {
				return -1
			}
			return 1
		})
		slices.SortFunc(c.Ticks, func(a, b [2]any) int {
			if a[0].(float64) < b[0].(float64) {
				return -1
			}
			return 1
		})
		if shared != c.Shared {
			t.Errorf("case %d, %v..%v: got shared %q, want %q", i, c.Lo, c.Hi, shared, c.Shared)
		}
		if len(got) != len(c.Ticks) {
			t.Errorf("case %d, log %v, %v..%v over %v points: got %v, want %v", i, c.Log, c.Lo, c.Hi, c.Points, got, c.Ticks)
			continue
		}
		for k, w := range c.Ticks {
			at, text := w[0].(float64), w[1].(string)
			if math.Abs(got[k].at-at) > 1e-9*(c.Hi-c.Lo)+1e-12*math.Abs(at) || got[k].text != text {
				t.Errorf("case %d, log %v, %v..%v: got %v, want %v", i, c.Log, c.Lo, c.Hi, got[k], w)
			}
		}
	}
}
