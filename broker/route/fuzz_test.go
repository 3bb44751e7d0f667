package route

import (
	"slices"
	"strings"
	"testing"
)

// FuzzFilters reads a script: each line is a subscription, one taken back, or a
// topic, of which the index, the tree and Matches have to say what the
// reference says. The first byte says what, the second who.
func FuzzFilters(f *testing.F) {
	for _, script := range []string{
		"sAa/#\nsBa/+\ngA+/b\nta/b\nuAa/#\nta/b\nta",
		"sA#\nsA+/+\nsA$SYS/#\nt$SYS\nt$SYS/x\nt/\nt\n",
		"gAa/b\ngBa/b\nhAa/b\nta/b\nhBa/b\nta/b",
		"sAa//b\ngA$share/x\nt//\nta//b\nsA+a\nsAa#",
	} {
		f.Add(script)
	}
	f.Fuzz(func(t *testing.T, script string) {
		x, ref := New[string](), subscriptions{}
		var kept Tree[int]
		var filters, topics []string
		for i, line := range strings.Split(script, "\n") {
			if len(line) < 2 || i > 30 {
				break
			}
			what, who, text := line[0], line[1:2], line[2:]
			if what == 't' {
				topics = append(topics, line[1:])
				kept.Set(line[1:], i)
				continue
			}
			if Valid(text) != naiveValid(text) {
				t.Fatalf("valid %q: got %v", text, Valid(text))
			}
			if name, filter, shared := CutShare(text); shared && strings.ContainsAny(name, "/+#") || !shared && filter != text {
				t.Fatalf("share %q: got %q, %q, %v", text, name, filter, shared)
			}
			if !Valid(text) {
				continue
			}
			filters = append(filters, text)
			versions := make([]Version, len(topics))
			before := make([][]string, len(topics))
			for i, topic := range topics {
				versions[i], before[i] = x.Version(topic), ref.match(topic)
			}
			switch what {
			case 's':
				x.Subscribe(who, text, 1)
				ref.set(who, place{filter: text}, 1)
			case 'u':
				x.Unsubscribe(who, text)
				ref.drop(who, place{filter: text})
			case 'g':
				x.Share(who, "s", "g", text, 1)
				ref.set(who, place{"s", "g", text}, 1)
			default:
				x.Unshare(who, "s", "g", text)
				ref.drop(who, place{"s", "g", text})
			}
			for i, topic := range topics {
				if !slices.Equal(before[i], ref.match(topic)) && versions[i].Same() {
					t.Fatalf("%q changed %q, and the version is the same", line, topic)
				}
			}
		}
		for _, topic := range topics {
			if got, want := found(x, topic), ref.match(topic); !slices.Equal(got, want) {
				t.Fatalf("%q: got %q, want %q", topic, got, want)
			}
			for _, filter := range filters {
				if Matches(filter, topic) != naive(filter, topic) {
					t.Fatalf("%q on %q: got %v", filter, topic, Matches(filter, topic))
				}
			}
		}
		for _, filter := range filters {
			var got, want []string
			kept.Match(filter, func(topic string, _ int) { got = append(got, topic) })
			kept.All(func(topic string, _ int) {
				if naive(filter, topic) {
					want = append(want, topic)
				}
			})
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("%q in the tree: got %q, want %q", filter, got, want)
			}
		}
		if x.Len() != ref.len() {
			t.Fatalf("got %d subscriptions, want %d", x.Len(), ref.len())
		}
	})
}
