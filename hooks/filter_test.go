package hooks

import (
	"testing"

	"labbroker/hooks/policy"
	"labbroker/internal/notice"
)

func TestFilter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		filter  string
		granted bool
		why     notice.Code
	}{
		{"ada/#", true, ""},
		{"ada", true, ""},
		{"#", true, ""},
		{"+/x", true, ""},
		{"class/#", true, ""},
		{"Bob/public/#", true, ""},
		{"$share/g/ada/x", true, ""},
		{"data", true, notice.CodeFilterOutside},
		{"Ada/x", true, notice.CodeFilterOutside},
		{"/ada/x", true, notice.CodeFilterOutside},
		{"$SYS/#", true, notice.CodeFilterOutside},
		{"Bob/#", false, notice.CodeFilterOther},
		{"bob/x", false, notice.CodeFilterOther},
		{"$share/g/Bob/x", false, notice.CodeFilterOther},
		{"ada/a#", false, notice.CodeFilterMalformed},
		{"$share/g", false, notice.CodeFilterMalformed},
		{"", false, notice.CodeFilterMalformed},
	}
	for _, mode := range []policy.Mode{policy.Claim, policy.Roster, policy.Open} {
		w := newWorld(t, mode, Options{})
		m := w.as("ada", "board")
		for _, tt := range tests {
			if got, told := m.Filter(tt.filter); got != tt.granted || (told == "") != (tt.why == "") {
				t.Errorf("%.40q: got granted %v and %q, want %v and a sentence where there is a code", tt.filter, got, told, tt.granted)
			}
			w.told(tt.filter[:min(40, len(tt.filter))], "ada", tt.why)
		}
	}
}

func TestDeliver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy.Open, Options{})
	tests := []struct {
		topic string
		to    map[string]bool
	}{
		{"ada/x", map[string]bool{"ada": true, "instructor": true}},
		{"ada", map[string]bool{"ada": true, "instructor": true}},
		{"adam/x", map[string]bool{"instructor": true}},
		{"ada/public/x", map[string]bool{"ada": true, "Bob": true, "": true, "instructor": true}},
		{"class/x", map[string]bool{"ada": true, "Bob": true, "": true, "instructor": true}},
		{"$SYS/x", map[string]bool{"instructor": true}},
		{"/ada", map[string]bool{"instructor": true}},
	}
	for _, tt := range tests {
		for _, who := range []string{"ada", "Bob", "", "instructor"} {
			if got := w.gate.Deliver(who, tt.topic); got != tt.to[who] {
				t.Errorf("%s to %q: got %v, want %v", tt.topic, who, got, tt.to[who])
			}
		}
	}
}
