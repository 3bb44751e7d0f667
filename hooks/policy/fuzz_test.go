package policy

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"labbroker/internal/notice"
	"labbroker/internal/session"
)

// The reference below says the rules again, slowly and from the words of the
// design, for the fuzzers to compare with.

func refKnown(name string) bool {
	for _, s := range class {
		if strings.ToLower(s) == asciiLower(name) {
			return true
		}
	}
	return false
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func refPublish(w Who, topic string) bool {
	levels := strings.Split(topic, "/")
	switch {
	case topic == "", !utf8.ValidString(topic), strings.ContainsAny(topic, "+#\x00"),
		strings.HasPrefix(topic, "$") && !w.Instructor, levels[0] == "$SYS":
		return false
	}
	return w.Instructor || w.Session != "" && levels[0] == w.Session
}

var shareFilter = regexp.MustCompile(`(?is)^\$share(/([^/]*)(/(.*))?)?$`)

func refFilter(w Who, filter string) (allowed bool) {
	if !utf8.ValidString(filter) {
		return false
	}
	if m := shareFilter.FindStringSubmatch(filter); m != nil {
		if m[2] == "" || strings.ContainsAny(m[2], "+#\x00") {
			return false
		}
		filter = m[4]
	}
	levels := strings.Split(filter, "/")
	if filter == "" || strings.Contains(filter, "\x00") {
		return false
	}
	for i, l := range levels {
		if strings.Contains(l, "#") && (l != "#" || i != len(levels)-1) || strings.Contains(l, "+") && l != "+" {
			return false
		}
	}
	if w.Instructor || strings.EqualFold(levels[0], w.Session) || !refKnown(levels[0]) {
		return true
	}
	return len(levels) > 1 && levels[1] == "public"
}

func refDeliver(w Who, topic string) bool {
	levels := strings.Split(topic, "/")
	switch {
	case w.Instructor:
		return true
	case strings.HasPrefix(topic, "$"), levels[0] == "":
		return false
	case levels[0] == w.Session, levels[0] == "class":
		return true
	}
	return len(levels) > 1 && levels[1] == "public"
}

var everybody = []Who{alice, bob, instructor, unbound, {Session: "kate"}}

func seeds(f *testing.F) {
	for _, s := range []string{
		"", "alice", "alice/x", "Alice/x", "Bob-2/public/#", "bob-2/+/x", "$share/g/Bob-2/#", "$SHARE//x", "$share",
		"$SYS/#", "#", "+/+", "a#", "/alice/x", "alice /x", "class/x", "insert unique session here/data",
		"alice/\x00", "\xff", "`x`/y", "b'alice/x'", "lab/alice/x", "\u202ealice/x", "alcie/°C", "\u212aate/x",
		"$\u017fhare/g/Bob-2/#", strings.Repeat("/", 200), strings.Repeat("a", 300),
	} {
		f.Add(s)
	}
}

func FuzzPublish(f *testing.F) {
	seeds(f)
	p := New(Claim, class)
	f.Fuzz(func(t *testing.T, topic string) {
		for _, w := range everybody {
			v := p.Publish(w, topic)
			if want := refPublish(w, topic); (v == Allow) != want {
				t.Fatalf("Publish(%+v, %q): got %v, want allowed %v", w, topic, v, want)
			}
			if v == Allow && !w.Instructor && topic != w.Session && !strings.HasPrefix(topic, w.Session+"/") {
				t.Fatalf("Publish(%+v, %q): allowed outside the prefix", w, topic)
			}
			if v != Allow {
				checkSentence(t, Explain(v, w, topic))
				checkSentence(t, ExplainWill(v, w, topic))
			}
		}
	})
}

func FuzzFilter(f *testing.F) {
	seeds(f)
	p := New(Claim, class)
	f.Fuzz(func(t *testing.T, filter string) {
		for _, w := range everybody {
			v := p.Filter(w, filter)
			if want := refFilter(w, filter); (v == Allow) != want {
				t.Fatalf("Filter(%+v, %q): got %v, want allowed %v", w, filter, v, want)
			}
			if v != Allow {
				checkSentence(t, ExplainFilter(v, w, filter))
				continue
			}
			if hint := p.FilterHint(w, filter); hint != Allow {
				checkSentence(t, ExplainFilter(hint, w, filter))
				// A hint says that nothing comes of the filter: no session, here
				// or to come, may publish what it matches literally and get it
				// delivered. Below names that nobody can have only the
				// instructor writes.
				inner, _ := p.inner(filter)
				first := level(inner)
				known := p.Spelling(first)
				nobodys := session.Check(first) != nil || session.Placeholder(first) || known != "" && known != first
				if p.Deliver(w, inner) && !nobodys {
					t.Fatalf("FilterHint(%+v, %q): got %v, yet the topic itself would be delivered", w, filter, hint)
				}
			}
		}
	})
}

func FuzzDeliver(f *testing.F) {
	seeds(f)
	p := New(Open, class)
	f.Fuzz(func(t *testing.T, topic string) {
		for _, w := range everybody {
			got := p.Deliver(w, topic)
			if want := refDeliver(w, topic); got != want {
				t.Fatalf("Deliver(%+v, %q): got %v, want %v", w, topic, got, want)
			}
			if p.Publish(w, topic) == Allow && !got {
				t.Fatalf("%+v may publish to %q and not read it", w, topic)
			}
		}
		for _, bind := range []func(string) (string, bool){p.Binds, p.BindsFilter} {
			if first, ok := bind(topic); ok && p.Publish(Who{Session: first}, first+"/x") != Allow {
				t.Fatalf("Binds(%q): got %q, which may not publish", topic, first)
			}
		}
	})
}

// checkSentence says whether a draft can be shown to anybody.
func checkSentence(t *testing.T, d notice.Draft) {
	t.Helper()
	if d.Code == "" || d.Text == "" {
		t.Fatalf("draft without code or text: %+v", d)
	}
	if !utf8.ValidString(d.Text) {
		t.Fatalf("text is not UTF-8: %q", d.Text)
	}
	for _, r := range d.Text {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u202e' || r == '\u2028' {
			t.Fatalf("text has a control character: %q", d.Text)
		}
	}
	if n := utf8.RuneCountInString(d.Text); n > 900 {
		t.Fatalf("text is %d characters long: %q", n, d.Text)
	}
	if strings.Count(d.Text, "`")%2 != 0 {
		t.Fatalf("text has an odd backtick: %q", d.Text)
	}
}
