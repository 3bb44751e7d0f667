package policy

import (
	"strings"
	"testing"
)

// The class of all tests: alice and Bob-2 exist.
var class = []string{"alice", "Bob-2"}

var (
	alice      = Who{Session: "alice"}
	bob        = Who{Session: "Bob-2"}
	instructor = Who{Session: "instructor", Instructor: true}
	unbound    = Who{}
)

func eachMode(t *testing.T, f func(t *testing.T, p *Policy)) {
	t.Helper()
	for mode, name := range map[Mode]string{Claim: "claim", Roster: "roster", Open: "open"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := New(mode, class)
			if got := p.Mode(); got != mode {
				t.Fatalf("Mode: got %v, want %v", got, mode)
			}
			f(t, p)
		})
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		who   Who
		topic string
		want  Verdict
	}{
		{"own topic", alice, "alice/mcu/ina219", Allow},
		{"the session itself", alice, "alice", Allow},
		{"slash at the end", alice, "alice/", Allow},
		{"empty level", alice, "alice//x", Allow},
		{"own public", alice, "alice/public/x", Allow},
		{"spaces below the prefix", alice, "alice/my data", Allow},
		{"unicode below the prefix", alice, "alice/°C", Allow},
		{"dollar below the prefix", alice, "alice/$SYS", Allow},
		{"capitals of the claim", bob, "Bob-2/x", Allow},

		{"no prefix", alice, "data", NoPrefix},
		{"no prefix, two levels", alice, "sensors/x", NoPrefix},
		{"prefix of the name", alice, "alic/x", NoPrefix},
		{"name is a prefix", alice, "alice2/x", NoPrefix},
		{"name runs on", alice, "alicex", NoPrefix},
		{"reserved instructor", alice, "instructor/x", NoPrefix},
		{"wrong case", alice, "Alice/x", WrongCase},
		{"wrong case of the claim", bob, "bob-2/x", WrongCase},
		{"wrong case, no level below", alice, "ALICE", WrongCase},
		{"leading slash", alice, "/alice/x", LeadingSlash},
		{"only a slash", alice, "/", LeadingSlash},
		{"space after the name", alice, "alice /x", Space},
		{"space before the name", alice, " alice/x", Space},
		{"line end", alice, "alice\n", Space},
		{"tab", alice, "my\tdata/x", Space},
		{"another session", alice, "Bob-2/x", OtherSession},
		{"another session, other case", alice, "bob-2/x", OtherSession},
		{"another session itself", alice, "Bob-2", OtherSession},
		{"another's public", alice, "Bob-2/public/x", OtherSession},
		{"plus", alice, "alice/+/x", Wildcard},
		{"hash", alice, "alice/#", Wildcard},
		{"plus inside a level", alice, "alice/a+b", Wildcard},
		{"wildcard elsewhere", alice, "#", Wildcard},
		{"class", alice, "class/x", ClassReadOnly},
		{"class itself", alice, "class", ClassReadOnly},
		{"Class", alice, "Class/x", ClassReadOnly},
		{"$SYS", alice, "$SYS/broker/uptime", SysReadOnly},
		{"other dollar", alice, "$other/x", SysReadOnly},
		{"$share is no way in", alice, "$share/g/alice/x", SysReadOnly},
		{"placeholder", alice, "insert unique session here/data", Placeholder},
		{"placeholder in brackets", alice, "<Insert Unique Session Here>", Placeholder},
		{"placeholder with underscores", alice, "insert_unique_session_here/x", Placeholder},
		{"empty", alice, "", Empty},
		{"zero byte", alice, "alice/\x00", Forbidden},
		{"not UTF-8", alice, "alice/\xff", Forbidden},
		{"a surrogate", alice, "alice/\xed\xa0\x80", Forbidden},
		{"Kelvin's sign is no k", Who{Session: "kate"}, "\u212aate/x", WrongCase},

		{"instructor in class", instructor, "class/x", Allow},
		{"instructor in a session", instructor, "alice/x", Allow},
		{"instructor elsewhere", instructor, "no/session", Allow},
		{"instructor with a slash", instructor, "/x", Allow},
		{"instructor in $SYS", instructor, "$SYS/x", SysReadOnly},
		{"instructor, $SYS itself", instructor, "$SYS", SysReadOnly},
		{"instructor, other dollar", instructor, "$other/x", Allow},
		{"instructor with a wildcard", instructor, "class/#", Wildcard},
		{"instructor, empty", instructor, "", Empty},

		{"unbound, no session", unbound, "data", NoPrefix},
		{"unbound, a session", unbound, "alice/x", OtherSession},
		{"unbound, empty first level", unbound, "/x", LeadingSlash},
		{"unbound, class", unbound, "class/x", ClassReadOnly},
		{"unbound, $SYS", unbound, "$SYS/x", SysReadOnly},
	}
	eachMode(t, func(t *testing.T, p *Policy) {
		for _, tt := range tests {
			if got := p.Publish(tt.who, tt.topic); got != tt.want {
				t.Errorf("%s: Publish(%+v, %.40q): got %v, want %v", tt.name, tt.who, tt.topic, got, tt.want)
			}
		}
	})
}

func TestFilter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		who        Who
		filter     string
		want, hint Verdict
	}{
		{"all", alice, "#", Allow, Allow},
		{"plus", alice, "+", Allow, Allow},
		{"plus and below", alice, "+/x", Allow, Allow},
		{"own", alice, "alice/#", Allow, Allow},
		{"the session itself", alice, "alice", Allow, Allow},
		{"own below", alice, "alice/+/x", Allow, Allow},
		{"class", alice, "class/#", Allow, Allow},
		{"another's public", alice, "Bob-2/public/#", Allow, Allow},
		{"another's public itself", alice, "Bob-2/public", Allow, Allow},
		{"public of nobody yet", alice, "carol/public/#", Allow, Allow},
		{"everybody's public", alice, "+/public/#", Allow, Allow},
		{"own shared", alice, "$share/g/alice/#", Allow, Allow},
		{"all shared", alice, "$share/g/#", Allow, Allow},
		{"shared in capitals", alice, "$SHARE/g/alice/x", Allow, Allow},

		{"own in capitals", alice, "Alice/#", Allow, WrongCase},
		{"own in small letters", bob, "bob-2/x", Allow, WrongCase},
		{"Class", alice, "Class/#", Allow, ClassCase},
		{"no prefix", alice, "data", Allow, NoPrefix},
		{"of nobody yet", alice, "carol/#", Allow, NoPrefix},
		{"leading slash", alice, "/alice/#", Allow, LeadingSlash},
		{"space", alice, "alice /#", Allow, Space},
		{"placeholder", alice, "insert unique session here/#", Allow, Placeholder},
		{"$SYS", alice, "$SYS/#", Allow, SysReadOnly},
		{"other dollar", alice, "$other/x", Allow, SysReadOnly},
		{"shared, no prefix", alice, "$share/g/data", Allow, NoPrefix},
		{"shared in a shared one", alice, "$share/g/$share/h/Bob-2/#", Allow, SysReadOnly},
		{"$shared is no share", alice, "$shared/g/Bob-2/#", Allow, SysReadOnly},
		{"another's public in small letters", alice, "bob-2/public/#", Allow, OtherCase},

		{"another's", alice, "Bob-2/#", OtherSession, NoPrefix},
		{"another's itself", alice, "Bob-2", OtherSession, NoPrefix},
		{"another's in small letters", alice, "bob-2/x", OtherSession, NoPrefix},
		{"another's plus is not public", alice, "Bob-2/+/x", OtherSession, NoPrefix},
		{"another's Public is not public", alice, "Bob-2/Public/x", OtherSession, NoPrefix},
		{"another's publicly", alice, "Bob-2/publicly", OtherSession, NoPrefix},
		{"another's, shared", alice, "$share/g/Bob-2/#", OtherSession, NoPrefix},
		{"another's, shared in capitals", alice, "$SHARE/g/bob-2/#", OtherSession, NoPrefix},

		{"empty", alice, "", Malformed, Malformed},
		{"hash behind a letter", alice, "a#", Malformed, Malformed},
		{"plus behind a letter", alice, "a+", Malformed, Malformed},
		{"plus before a letter", alice, "alice/+a", Malformed, Malformed},
		{"hash not at the end", alice, "#/a", Malformed, Malformed},
		{"hash twice", alice, "alice/##", Malformed, Malformed},
		{"share alone", alice, "$share", Malformed, Malformed},
		{"share without a filter", alice, "$share/g", Malformed, Malformed},
		{"share with an empty filter", alice, "$share/g/", Malformed, Malformed},
		{"share without a group", alice, "$share//alice/x", Malformed, Malformed},
		{"share with a wild group", alice, "$share/+/alice/x", Malformed, Malformed},
		{"share with a group in part wild", alice, "$share/g#/alice/x", Malformed, Malformed},
		{"share of a malformed filter", alice, "$share/g/a#", Malformed, Malformed},
		{"zero byte", alice, "alice/\x00", Forbidden, Forbidden},
		{"not UTF-8", alice, "alice/\xc0", Forbidden, Forbidden},
		{"group not UTF-8", alice, "$share/\xff/alice", Forbidden, Forbidden},

		{"instructor, all", instructor, "#", Allow, Allow},
		{"instructor, $SYS", instructor, "$SYS/#", Allow, Allow},
		{"instructor, a session", instructor, "alice/#", Allow, Allow},
		{"instructor, malformed", instructor, "a#", Malformed, Malformed},

		{"unbound, all", unbound, "#", Allow, Allow},
		{"unbound, class", unbound, "class/#", Allow, Allow},
		{"unbound, a session's", unbound, "alice/#", OtherSession, NoPrefix},
		{"unbound, public", unbound, "alice/public/#", Allow, Allow},
		{"unbound, leading slash", unbound, "/#", Allow, LeadingSlash},
	}
	eachMode(t, func(t *testing.T, p *Policy) {
		for _, tt := range tests {
			if got := p.Filter(tt.who, tt.filter); got != tt.want {
				t.Errorf("%s: Filter(%+v, %.40q): got %v, want %v", tt.name, tt.who, tt.filter, got, tt.want)
			}
			if got := p.FilterHint(tt.who, tt.filter); got != tt.hint {
				t.Errorf("%s: FilterHint(%+v, %.40q): got %v, want %v", tt.name, tt.who, tt.filter, got, tt.hint)
			}
		}
	})
}

func TestDeliver(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		who   Who
		topic string
		want  bool
	}{
		{"own", alice, "alice/x/y", true},
		{"the session itself", alice, "alice", true},
		{"class", alice, "class/x", true},
		{"class itself", alice, "class", true},
		{"another's public", alice, "Bob-2/public/x", true},
		{"another's public itself", alice, "Bob-2/public", true},
		{"another's", alice, "Bob-2/x", false},
		{"another's itself", alice, "Bob-2", false},
		{"another's publicly", alice, "Bob-2/publicly/x", false},
		{"another's Public", alice, "Bob-2/Public/x", false},
		{"public deeper", alice, "Bob-2/x/public", false},
		{"own in capitals", alice, "Alice/x", false},
		{"name runs on", alice, "alicex/y", false},
		{"Class", alice, "Class/x", false},
		{"leading slash", alice, "/alice", false},
		{"public of nobody", alice, "/public/x", false},
		{"$SYS", alice, "$SYS/x", false},
		{"$SYS public", alice, "$SYS/public/x", false},
		{"no session", alice, "data", false},
		{"empty", alice, "", false},
		{"instructor, a session", instructor, "alice/x", true},
		{"instructor, $SYS", instructor, "$SYS/x", true},
		{"instructor, elsewhere", instructor, "/x", true},
		{"unbound, class", unbound, "class/x", true},
		{"unbound, public", unbound, "alice/public/x", true},
		{"unbound, a session's", unbound, "alice/x", false},
		{"unbound, the empty level", unbound, "/x", false},
		{"unbound, $SYS", unbound, "$SYS/x", false},
	}
	eachMode(t, func(t *testing.T, p *Policy) {
		for _, tt := range tests {
			if got := p.Deliver(tt.who, tt.topic); got != tt.want {
				t.Errorf("%s: Deliver(%+v, %q): got %v, want %v", tt.name, tt.who, tt.topic, got, tt.want)
			}
		}
	})
}

func TestBinds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		topic  string
		want   string
		filter string // what BindsFilter says
	}{
		{"dora", "dora", "dora"},
		{"data/x", "data", "data"},
		{"data", "", ""},
		{"new_series", "", ""},
		{"save_series", "", ""},
		{"plot_series", "", ""},
		{"plot", "", ""},
		{"$share/g/data", "", ""},
		{"carol/x", "carol", "carol"},
		{"Alice/x", "Alice", "Alice"},
		{"carol/#", "carol", "carol"},
		{"carol/public/x", "carol", ""},
		{"$share/g/carol/#", "carol", "carol"},
		{"$share/g/carol/public/#", "carol", ""},
		{"#", "", ""},
		{"+/x", "", ""},
		{"", "", ""},
		{"/carol", "", ""},
		{"class/x", "", ""},
		{"Instructor/x", "", ""},
		{"$SYS/x", "", ""},
		{"my data/x", "", ""},
		{"insert_unique_session_here/x", "", ""},
		{"$share/g/#", "", ""},
	}
	p := New(Open, class)
	for _, tt := range tests {
		if got, ok := p.Binds(tt.topic); got != tt.want || ok != (tt.want != "") {
			t.Errorf("Binds(%q): got %q, %v, want %q", tt.topic, got, ok, tt.want)
		}
		if got, ok := p.BindsFilter(tt.topic); got != tt.filter || ok != (tt.filter != "") {
			t.Errorf("BindsFilter(%q): got %q, %v, want %q", tt.topic, got, ok, tt.filter)
		}
	}
}

func TestViolation(t *testing.T) {
	t.Parallel()
	want := map[Verdict]bool{Wildcard: true, Empty: true, Forbidden: true}
	for v := Allow; v <= Malformed; v++ {
		if got := v.Violation(); got != want[v] {
			t.Errorf("Violation of %v: got %v, want %v", v, got, want[v])
		}
	}
}

func TestNoAllocations(t *testing.T) {
	p := New(Claim, class)
	deep := "Bob-2/" + strings.Repeat("°/", 100)
	for _, w := range []Who{alice, instructor, unbound} {
		for _, s := range []string{"alice/x", "Bob-2/x", "bob-2/x", "$share/g/BOB-2/#", "insert unique session here/x",
			"/x", "class/x", "$SYS/x", "a#", "nobody/at/all", deep, ""} {
			n := testing.AllocsPerRun(20, func() {
				sink = p.Publish(w, s)
				sink = p.Filter(w, s)
				sink = p.FilterHint(w, s)
				sinkBool = p.Deliver(w, s)
				sinkString, sinkBool = p.Binds(s)
				sinkString, sinkBool = p.BindsFilter(s)
			})
			if n != 0 {
				t.Errorf("%+v, %.40q: got %v allocations, want 0", w, s, n)
			}
		}
	}
}

var (
	sink       Verdict
	sinkBool   bool
	sinkString string
)

func BenchmarkPublish(b *testing.B) {
	p := New(Claim, class)
	b.ReportAllocs()
	for b.Loop() {
		sink = p.Publish(alice, "alice/mcu/ina219/voltage")
	}
}

func BenchmarkPublishRefused(b *testing.B) {
	p := New(Claim, class)
	b.ReportAllocs()
	for b.Loop() {
		sink = p.Publish(alice, "bob-2/mcu/ina219/voltage")
	}
}

func BenchmarkFilter(b *testing.B) {
	p := New(Claim, class)
	b.ReportAllocs()
	for b.Loop() {
		sink = p.Filter(alice, "$share/group/Bob-2/public/#")
	}
}

func BenchmarkDeliver(b *testing.B) {
	p := New(Claim, class)
	b.ReportAllocs()
	for b.Loop() {
		sinkBool = p.Deliver(alice, "Bob-2/public/ina219/voltage")
	}
}
