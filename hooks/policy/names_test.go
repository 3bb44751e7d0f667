package policy

import (
	"fmt"
	"strings"
	"testing"

	"labbroker/internal/session"
)

func TestWith(t *testing.T) {
	t.Parallel()
	empty := New(Open, nil)
	one := empty.With("Ada")
	two := one.With("bob", "carol")
	tests := []struct {
		name string
		p    *Policy
		want [3]string // of ada, BOB, carol
	}{
		{"none", empty, [3]string{}},
		{"one", one, [3]string{"Ada"}},
		{"more", two, [3]string{"Ada", "bob", "carol"}},
		{"nothing more", two.With(), [3]string{"Ada", "bob", "carol"}},
		{"spelt anew", two.With("ADA"), [3]string{"ADA", "bob", "carol"}},
		{"one less", two.Without("BOB"), [3]string{"Ada", "", "carol"}},
		{"nobody less", two.Without("dora"), [3]string{"Ada", "bob", "carol"}},
		{"gone and back", two.Without("ada", "carol").With("carol"), [3]string{"", "bob", "carol"}},
	}
	for _, tt := range tests {
		got := [3]string{tt.p.Spelling("ada"), tt.p.Spelling("BOB"), tt.p.Spelling("carol")}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
		if tt.p.Root() != empty.Root() || tt.p.Mode() != Open {
			t.Errorf("%s: got another root or mode", tt.name)
		}
	}
	if New(Open, nil).Root() == empty.Root() {
		t.Error("two made by New: got one root")
	}
}

// FuzzWith makes a policy step by step and compares it with New's. Each word of
// steps is a name that comes, or goes with "-" in front.
func FuzzWith(f *testing.F) {
	f.Add("alice Bob-2 -alice", "alice/x")
	f.Add("a b c d e f -b B -B b -z", "B/public/x")
	f.Add("x -x x -X X", "X/#")
	f.Fuzz(func(t *testing.T, steps, topic string) {
		stepwise, older := New(Claim, nil), New(Claim, nil)
		have := map[string]string{}
		var before []string // what older had
		for i, word := range strings.Fields(steps) {
			name, goes := strings.CutPrefix(word, "-")
			if session.Check(name) != nil {
				continue
			}
			if i%3 == 0 {
				older, before = stepwise, spellings(have)
			}
			if goes {
				stepwise = stepwise.Without(name)
				delete(have, session.Key(name))
			} else {
				stepwise = stepwise.With(name)
				have[session.Key(name)] = name
			}
		}
		compare(t, stepwise, New(Claim, spellings(have)), topic)
		compare(t, older, New(Claim, before), topic) // and it never changed
	})
}

func spellings(have map[string]string) []string {
	var list []string
	for _, name := range have {
		list = append(list, name)
	}
	return list
}

// compare asks two policies everything about a topic.
func compare(t *testing.T, got, want *Policy, topic string) {
	t.Helper()
	none := New(Claim, nil) // what no session can change
	for _, w := range everybody {
		if g, x := got.Publish(w, topic), want.Publish(w, topic); g != x {
			t.Fatalf("Publish(%+v, %q): got %v, want %v", w, topic, g, x)
		}
		if g, x := got.Filter(w, topic), want.Filter(w, topic); g != x {
			t.Fatalf("Filter(%+v, %q): got %v, want %v", w, topic, g, x)
		}
		if g, x := got.FilterHint(w, topic), want.FilterHint(w, topic); g != x {
			t.Fatalf("FilterHint(%+v, %q): got %v, want %v", w, topic, g, x)
		}
		if g, x := got.Publish(w, topic) == Allow, none.Publish(w, topic) == Allow; g != x {
			t.Fatalf("Publish(%+v, %q): got allowed %v, without any session %v", w, topic, g, x)
		}
		if g, x := got.Deliver(w, topic), none.Deliver(w, topic); g != x {
			t.Fatalf("Deliver(%+v, %q): got %v, without any session %v", w, topic, g, x)
		}
	}
	if g, x := got.Spelling(level(topic)), want.Spelling(level(topic)); g != x {
		t.Fatalf("Spelling(%q): got %q, want %q", level(topic), g, x)
	}
}

// TestGrownAllocatesNothing: decisions do not, however the policy was made.
func TestGrownAllocatesNothing(t *testing.T) {
	p := New(Open, nil)
	for i := range 1000 {
		p = p.With(fmt.Sprint("s", i))
	}
	if got := testing.AllocsPerRun(100, func() {
		p.Publish(alice, "s77/x")
		p.Filter(alice, "S77/#")
		p.FilterHint(alice, "S77/public/#")
		p.Deliver(alice, "s77/x")
		p.Spelling("S77")
	}); got != 0 {
		t.Errorf("got %v allocations, want none", got)
	}
}

// BenchmarkWith is a further session of 5,000.
func BenchmarkWith(b *testing.B) {
	var list []string
	for i := range 5000 {
		list = append(list, fmt.Sprint("s", i))
	}
	p := New(Open, list)
	b.ReportAllocs()
	for b.Loop() {
		p.With("onemore")
	}
}

// BenchmarkOtherSession looks a name up among 5,000.
func BenchmarkOtherSession(b *testing.B) {
	p := New(Open, nil)
	for i := range 5000 {
		p = p.With(fmt.Sprint("s", i))
	}
	for b.Loop() {
		p.Publish(alice, "s4321/x")
	}
}
