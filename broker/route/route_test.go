package route

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestMatches(t *testing.T) {
	t.Parallel()
	tests := []struct {
		filter, topic string
		want          bool
	}{
		{"a", "a", true},
		{"a", "b", false},
		{"a", "a/b", false},
		{"a/b", "a", false},
		{"a/#", "a", true},
		{"a/#", "a/", true},
		{"a/#", "a/b/c", true},
		{"a/#", "ab", false},
		{"+", "a", true},
		{"+", "/", false},
		{"+", "a/", false},
		{"+/+", "/", true},
		{"/+", "/a", true},
		{"+/#", "a", true},
		{"+/#", "a/b", true},
		{"a/+/#", "a/b", true},
		{"a/+/#", "a", false},
		{"a/+/c", "a//c", true},
		{"#", "a", true},
		{"#", "/", true},
		{"#", "$SYS/a", false},
		{"+/a", "$SYS/a", false},
		{"+/#", "$SYS", false},
		{"$SYS/#", "$SYS/a", true},
		{"$SYS/#", "$SYS", true},
		{"$SYS/+", "$SYS/a", true},
		{"a/#", "a/$b", true},
		{"a/+", "a/$b", true},
		{"/#", "$SYS", false},
		{"", "", true},
		{"é/+", "é/ü", true},
	}
	for _, tt := range tests {
		if got := naive(tt.filter, tt.topic); got != tt.want {
			t.Errorf("reference, %q on %q: got %v, want %v", tt.filter, tt.topic, got, tt.want)
		}
		if got := Matches(tt.filter, tt.topic); got != tt.want {
			t.Errorf("%q on %q: got %v, want %v", tt.filter, tt.topic, got, tt.want)
		}
		if tt.filter == "" {
			continue
		}
		x := New[string]()
		x.Subscribe("s", tt.filter, 1)
		if got := len(found(x, tt.topic)) == 1; got != tt.want {
			t.Errorf("index, %q on %q: got %v, want %v", tt.filter, tt.topic, got, tt.want)
		}
		var kept Tree[int]
		kept.Set(tt.topic, 1)
		got := 0
		kept.Match(tt.filter, func(string, int) { got++ })
		if (got == 1) != tt.want {
			t.Errorf("tree, %q on %q: got %d, want %v", tt.filter, tt.topic, got, tt.want)
		}
	}
}

func TestValid(t *testing.T) {
	t.Parallel()
	for _, f := range []string{"a", "/", "//", "#", "+", "a/#", "+/#", "/+/", "a/+/b", "a b/#", "$SYS/#"} {
		if !Valid(f) {
			t.Errorf("%q: got invalid, want valid", f)
		}
	}
	for _, f := range []string{"", "a#", "a+", "#/a", "a/#/b", "+a", "a/b+", "##", "++", "#/", "/#/"} {
		if Valid(f) {
			t.Errorf("%q: got valid, want invalid", f)
		}
	}
}

func TestCutShare(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in, name, filter string
		shared           bool
	}{
		{"a/b", "", "a/b", false},
		{"$share", "", "$share", false},
		{"$share/", "", "", true},
		{"$share/g", "g", "", true},
		{"$share/g/", "g", "", true},
		{"$share/g/a", "g", "a", true},
		{"$share/g/a/#", "g", "a/#", true},
		{"$share/g//a", "g", "/a", true},
		{"$share//a", "", "", true},
		{"$share/g+/a", "", "", true},
		{"$share/#/a", "", "", true},
		{"$SHARE/g/a", "g", "a", true},
		{"$shared/g/a", "", "$shared/g/a", false},
	}
	for _, tt := range tests {
		if name, filter, shared := CutShare(tt.in); name != tt.name || filter != tt.filter || shared != tt.shared {
			t.Errorf("%q: got %q, %q, %v, want %q, %q, %v", tt.in, name, filter, shared, tt.name, tt.filter, tt.shared)
		}
	}
}

// words makes filters and topics of few levels, so that they meet.
func words(rnd *rand.Rand, of ...string) string {
	list := make([]string, 1+rnd.IntN(3))
	for i := range list {
		list[i] = of[rnd.IntN(len(of))]
	}
	return strings.Join(list, "/")
}

// TestIndex against the reference: any order of subscribing and taking back,
// in groups and alone; whoever keeps a version learns of every change that
// concerns its topic; and in the end nothing is left.
func TestIndex(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(3, 4))
	x, ref := New[string](), subscriptions{}
	for step := range 4_000 {
		filter := words(rnd, "a", "b", "", "+", "+", "#")
		if !Valid(filter) {
			continue
		}
		topic := words(rnd, "a", "b", "", "$s")
		version, before := x.Version(topic), ref.match(topic)
		who, qos := fmt.Sprint("c", rnd.IntN(5)), byte(rnd.IntN(3))
		scope, name := fmt.Sprint("s", rnd.IntN(2)), fmt.Sprint("g", rnd.IntN(2))
		alone, group := place{filter: filter}, place{scope, name, filter}
		var got, want bool
		switch rnd.IntN(5) {
		case 0:
			got, want = x.Subscribe(who, filter, qos), ref.set(who, alone, qos)
		case 1:
			got, want = x.Share(who, scope, name, filter, qos), ref.set(who, group, qos)
		case 2, 3:
			got, want = x.Unsubscribe(who, filter), ref.drop(who, alone)
		case 4:
			got, want = x.Unshare(who, scope, name, filter), ref.drop(who, group)
		}
		if got != want {
			t.Fatalf("step %d, %q: got %v, want %v", step, filter, got, want)
		}
		after := ref.match(topic)
		if got := found(x, topic); !slices.Equal(got, after) {
			t.Fatalf("step %d, %q: got %v, want %v", step, topic, got, after)
		}
		if !slices.Equal(before, after) && version.Same() {
			t.Fatalf("step %d: %q changed what %q matches, and the version is the same", step, filter, topic)
		}
		if x.Len() != ref.len() {
			t.Fatalf("step %d: got %d subscriptions, want %d", step, x.Len(), ref.len())
		}
	}
	for at, to := range ref {
		for who := range to {
			if at.name != "" {
				x.Unshare(who, at.scope, at.name, at.filter)
			} else {
				x.Unsubscribe(who, at.filter)
			}
		}
	}
	if x.Len() != 0 || !x.root.empty() {
		t.Errorf("after all are taken back: got %d subscriptions, nodes left: %v", x.Len(), !x.root.empty())
	}
}

// TestVersion: what cannot concern a topic leaves its version alone, so that
// one session's subscribing costs the others nothing.
func TestVersion(t *testing.T) {
	t.Parallel()
	x := New[string]()
	var zero Version
	if zero.Same() {
		t.Error("the zero version: got the same, want not")
	}
	v := x.Version("alice/x")
	var other string // another first level with another counter
	for i := 0; other == ""; i++ {
		if name := fmt.Sprint("s", i); x.shard(name) != x.shard("alice/x") {
			other = name
		}
	}
	x.Subscribe("c", other+"/#", 0)
	x.Unsubscribe("c", "alice/x") // there was none
	if !v.Same() {
		t.Error("after what does not concern it: got another version")
	}
	for _, filter := range []string{"alice/y", "#", "+/x"} {
		v := x.Version("alice/x")
		if x.Subscribe("c", filter, 0); v.Same() {
			t.Errorf("after %q: got the same version", filter)
		}
	}
	v = x.Version("alice/x")
	if x.Stale(); v.Same() {
		t.Error("after Stale: got the same version")
	}
}

// TestGroup: members take turns, those that are not wanted are passed over,
// and each has the same part of many.
func TestGroup(t *testing.T) {
	t.Parallel()
	x := New[string]()
	for _, who := range []string{"a", "b", "c"} {
		x.Share(who, "s", "g", "t/#", 1)
	}
	var g *Group[string]
	x.Match("t/1", func(Sub[string]) {}, func(o *Group[string]) { g = o })
	for _, away := range []string{"", "a", "b"} {
		got := map[string]int{}
		for range 3000 {
			g.Next(func(s Sub[string]) bool {
				if s.To == away {
					return false
				}
				got[s.To]++
				return true
			})
		}
		for who, n := range got {
			if want := 3000 / len(got); n != want {
				t.Errorf("%q away: %s got %d of 3000, want %d", away, who, n, want)
			}
		}
	}
	asked := 0
	g.Next(func(Sub[string]) bool { asked++; return false })
	if asked != 3 {
		t.Errorf("nobody wanted: asked %d, want each once", asked)
	}
	for _, who := range []string{"a", "b", "c"} {
		x.Unshare(who, "s", "g", "t/#")
	}
	g.Next(func(Sub[string]) bool { t.Error("an empty group has a member"); return true })
}

// TestTree against the reference.
func TestTree(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(5, 6))
	var kept Tree[int]
	ref := map[string]int{}
	for step := range 30_000 {
		topic := words(rnd, "a", "b", "", "$s", "c")
		_, had := ref[topic]
		if rnd.IntN(2) == 0 {
			if kept.Set(topic, step) == had {
				t.Fatalf("step %d: Set(%q): got added %v", step, topic, had)
			}
			ref[topic] = step
		} else {
			if kept.Delete(topic) != had {
				t.Fatalf("step %d: Delete(%q): got %v", step, topic, !had)
			}
			delete(ref, topic)
		}
		want, there := ref[topic]
		if v, ok := kept.Get(topic); ok != there || v != want {
			t.Fatalf("step %d: Get(%q): got %d, %v, want %d, %v", step, topic, v, ok, want, there)
		}
		filter := words(rnd, "a", "b", "", "$s", "c", "+", "#")
		if step%10 > 0 || !Valid(filter) {
			continue
		}
		got := map[string]int{}
		kept.Match(filter, func(topic string, v int) {
			if _, twice := got[topic]; twice {
				t.Fatalf("step %d: %q twice", step, topic)
			}
			got[topic] = v
		})
		for topic, v := range ref {
			if value, ok := got[topic]; ok != naive(filter, topic) || ok && value != v {
				t.Fatalf("step %d: %q on %q: got %v, %d, want %v, %d", step, filter, topic, ok, value, !ok, v)
			}
			delete(got, topic)
		}
		if len(got) > 0 {
			t.Fatalf("step %d: %q found %v, which is not there", step, filter, got)
		}
		if kept.Len() != len(ref) {
			t.Fatalf("step %d: got %d topics, want %d", step, kept.Len(), len(ref))
		}
	}
	n := 0
	kept.All(func(string, int) { n++ })
	if n != len(ref) {
		t.Errorf("all: got %d, want %d", n, len(ref))
	}
	for topic := range ref {
		kept.Delete(topic)
	}
	if kept.Len() != 0 || len(kept.root.next) != 0 {
		t.Errorf("after all are deleted: got %d, and %d branches", kept.Len(), len(kept.root.next))
	}
}

// TestTogether: subscribing, matching and versions from many goroutines; who
// matches after a version was taken never keeps what is out of date.
func TestTogether(t *testing.T) {
	t.Parallel()
	x := New[int]()
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(g), 1))
			for range 3000 {
				f := []string{"a/x", "a/#", "+/x", "#"}[rnd.IntN(4)]
				x.Subscribe(g, f, 0)
				x.Share(g, "s", "g", f, 0)
				x.Unsubscribe(g, f)
				x.Unshare(g, "s", "g", f)
			}
		})
		all.Go(func() {
			for range 3000 {
				v := x.Version("a/x")
				n := 0
				x.Match("a/x", func(Sub[int]) { n++ }, func(gr *Group[int]) { n += len(gr.Members()) })
				if v.Same() && n > 4*4*2 {
					t.Errorf("got %d subscriptions, want at most 32", n)
				}
			}
		})
	}
	all.Wait()
	if x.Len() != 0 {
		t.Errorf("got %d subscriptions, want none", x.Len())
	}
}
