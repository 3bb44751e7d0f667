package notice

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"labbroker/internal/session"
)

// The sentences that look and issue give as examples, word for word, and
// those whose wording students depend on.
func TestSentences(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		got  Draft
		want string
	}{
		{"missing prefix", NoPrefix("ada", "data"),
			"You published to `data`. Your topics start with `ada/`: publish to `ada/data`."},
		{"plotclient without a prefix", NoPrefix("ada", "new_series"),
			"You published to `new_series`. Your topics start with `ada/`: publish to `ada/new_series`. In the code that is `mqtt.publish(\"ada/new_series\", ...)`."},
		{"plotclient with its own prefix", NoPrefix("ada", "iot49/plot_series"),
			"You published to `iot49/plot_series`. Your topics start with `ada/`: publish to `ada/plot_series`. In the code that is `PlotClient(mqtt, session=\"ada\")`."},
		{"wrong case", WrongCase("ada", "Ada/data"),
			"You published to `Ada/data`. Topics tell capitals apart: your prefix is `ada/`. Publish to `ada/data`."},
		{"leading slash", LeadingSlash("ada", "/data"),
			"You published to `/data`. A topic has no slash in front. Your topics start with `ada/`: publish to `ada/data`."},
		{"another's", OtherSession("ada", "bob/current"),
			"`bob/current` belongs to bob. Your topics start with `ada/`; to share with the class publish below `ada/public/`."},
		{"wildcard", Wildcard("ada", "ada/+/data"),
			"`ada/+/data` has a wildcard. Wildcards are for subscribing; publish to one topic below `ada/`. MQTT closes the connection for this."},
		{"will of another", WillOther("ada", "bob/status"),
			"The last will goes to `bob/status`. It has to start with your prefix `ada/`: use `ada/status`."},
		{"will with wildcards", WillOutside("ada", "#"),
			"The last will goes to `#`. It has to start with your prefix `ada/`: use `ada/status`."},
		{"bytes", BytesRepr("v", []byte("b'5.02'")),
			"`b'5.02'` at `v` looks like bytes turned to text. Send `str(v)`, or `.decode()` it first."},
		{"decimal comma", DecimalComma("v", []byte(" 5,02\n")),
			"` 5,02\\n` at `v` has a decimal comma. Send a point: `5.02`."},
		{"decimal commas", DecimalComma("v", []byte("5,02;81,3")),
			"`5,02;81,3` at `v` has a decimal comma. Send a point."},
		{"unit guessed", UnitGuessed("", "current", "mA", 81.3),
			"`current` came without a unit and looks like mA (81.3). Set the unit at the topic if it is A."},
		{"unit guessed, ampere", UnitGuessed("", "current", "A", 0.0813),
			"`current` came without a unit and looks like A (0.0813). Set the unit at the topic if it is mA."},
		{"unit guessed, other", UnitGuessed("t", "", "°C", 21),
			"`t` came without a unit and looks like °C (21). Set the unit at the topic if it is another."},
		{"same client id", SameClientID("umqtt_client", "192.168.1.23", "192.168.1.40"),
			"Two boards use the client id `umqtt_client` and throw each other out (192.168.1.23, 192.168.1.40). Give each its own."},
		{"same client id, many", SameClientID("x", "a", "b", "c", "d", "e", "f"),
			"6 boards use the client id `x` and throw each other out (a, b, c, d, …). Give each its own."},
		{"rate", RateSlowed(870.4, 200, 2*time.Second),
			"Messages come at 870 a second; the class limit is 200. The newest value is 2 s old. Is a `sleep` missing in the loop?"},
		{"rate, small", RateSlowed(2.53, 0.5, 0),
			"Messages come at 2.5 a second; the class limit is 0.5. Is a `sleep` missing in the loop?"},
		{"no name yet", Space("", "my data"),
			"You published to `my data`. A name has no spaces in it. Topics start with your name: publish to `ada/data` if you are ada."},
		{"oldest plotting code, no name yet", NoPrefix("", "new_series"),
			"You published to `new_series`. Topics start with your name. In the code that is `mqtt.publish(\"ada/new_series\", ...)` if you are ada."},
		{"name proposed", BadName("Ada Lovelace!", session.ErrSpelling),
			"`Ada Lovelace!` cannot be a name. A name has plain letters, digits, `_` and `-`, and begins with a letter or digit. How about `Ada_Lovelace`?"},
		{"no name to propose", BadName("°°", session.ErrSpelling),
			"`°°` cannot be a name. A name has plain letters, digits, `_` and `-`, and begins with a letter or digit."},
		{"placeholder as a name", BadName("insert unique session here", session.ErrSpelling),
			"`insert unique session here` is the placeholder of the slides. Put a name of your own in its place, like `ada`."},
		{"too large", TooLarge("esp", 2_345_678, 20_000),
			"`esp` sent a packet of 2.34 MB; the most is 20 kB. The connection was closed: send smaller pieces."},
	}
	for _, tt := range tests {
		if tt.got.Text != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, tt.got.Text, tt.want)
		}
	}
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, session, topic, want string }{
		{"bare topic", "ada", "data", "ada/data"},
		{"case", "ada", "ADA/x/Y", "ada/x/Y"},
		{"slash", "ada", "/ada/x", "ada/x"},
		{"slashes around", "ada", "//data/", "ada/data"},
		{"only slashes", "ada", "//", "ada/data"},
		{"space in the name", "ada", "a da/x", "ada/x"},
		{"space around the name", "ada", " ada / x", "ada/x"},
		{"space in a topic", "ada", "my data", "ada/my_data"},
		{"bytes", "ada", "b'ada/x'", "ada/x"},
		{"quotes", "ada", `"ada/x"`, "ada/x"},
		{"brackets", "ada", "<ada>/x", "ada/x"},
		{"placeholder", "ada", "insert unique session here/data", "ada/data"},
		{"placeholder alone", "ada", "insert unique session here", "ada"},
		{"below the course's name", "ada", "iot49/Ada/x", "ada/x"},
		{"the course's name and the own", "ada", "iot49/ada", "ada"},
		{"letters swapped", "alice", "alcie/x", "alice/x"},
		{"letter missing", "alice", "alic/x", "alice/x"},
		{"another word", "alice", "voice/x", "alice/voice/x"},
		{"short names are not near", "ab", "ac/x", "ab/ac/x"},
		{"dollar", "ada", "$SYS/x", "ada/data"},
		{"shared", "ada", "$share/g/Ada/#", "$share/g/ada/#"},
		{"filter", "ada", "data/#", "ada/data/#"},
		{"no session", "", "data", ""},
	}
	for _, tt := range tests {
		if got := suggest(tt.session, tt.topic); got != tt.want {
			t.Errorf("%s: suggest(%q, %q): got %q, want %q", tt.name, tt.session, tt.topic, got, tt.want)
		}
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"plain", "ada/x", "`ada/x`"},
		{"unicode", "°Ωµ", "`°Ωµ`"},
		{"control characters", "a\x00\n\x1b[1m", "`a\\x00\\n\\x1b[1m`"},
		{"not UTF-8", "a\xffb\x00", "`a\\xffb\\x00`"},
		{"right to left", "a\u202eb", "`a\\u202eb`"},
		{"backtick", "a`b", "`a'b`"},
		{"markup", "</script>", "`</script>`"},
		{"80 characters", strings.Repeat("°", 80), "`" + strings.Repeat("°", 80) + "`"},
		{"81 characters", strings.Repeat("°", 81), "`" + strings.Repeat("°", 80) + "…`"},
		{"empty", "", "``"},
	}
	for _, tt := range tests {
		if got := Quote(tt.in); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// Every code constant is in Codes, once, with examples of that code.
func TestCodes(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "sentences.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	missing := map[Code]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil {
				missing[Code(s)] = true
			}
		}
		return true
	})
	for _, c := range Codes() {
		if !missing[c.Code] {
			t.Errorf("%s: listed twice, or no constant", c.Code)
		}
		delete(missing, c.Code)
		if c.What == "" || len(c.Example) == 0 {
			t.Errorf("%s: got no description or example, want both", c.Code)
		}
		for _, d := range c.Example {
			if d.Code != c.Code {
				t.Errorf("%s: got an example of %s", c.Code, d.Code)
			}
			checkText(t, d)
		}
	}
	for c := range missing {
		t.Errorf("%s: not in Codes", c)
	}
}

// Whatever a student sends, a sentence can be shown.
func FuzzSentences(f *testing.F) {
	for _, s := range []string{"", "a", "`", "\x00\xff", "$share/g/", "$share/a/b", "b'", "/ / /", "{'a':1", "5,02",
		"a/ada/\n", "\u202e", strings.Repeat("/", 300), strings.Repeat("`°", 300)} {
		f.Add("ada", s, 81.3)
		f.Add(s, s, -1e300)
	}
	f.Fuzz(func(t *testing.T, a, b string, v float64) {
		p := []byte(b)
		for _, d := range []Draft{
			NoPrefix(a, b), WrongCase(a, b), LeadingSlash(a, b), Space(a, b), OtherSession(a, b), Wildcard(a, b),
			ClassReadOnly(a, b), SysReadOnly(a, b), PlaceholderTopic(a, b), ForbiddenCharacter(a, b), TooDeep(a, b, 3),
			FilterOther(a, b), FilterNoPrefix(a, b), FilterWrongCase(a, b), FilterClassCase(b), FilterOtherCase(b),
			FilterSys(a, b), FilterMalformed(a, b), NoPassword(b), WrongPassword(b), BadName(b, session.Check(b)),
			NotInRoster(b), Archived(b), Renamed(a, b), Guessing(b, 2e9), WillOutside(a, b), WillOther(a, b), Unavailable(b), Malformed(a, b), TooLarge(b, 1, 2),
			KeepaliveTimeout(b, 3), SameClientID(a, b, b), SeveralAddresses(a, b, b), RateSlowed(v, v, 0), Dropped(b),
			BytesRepr(a, p), DecimalComma(a, p), NaN(a, b, "nan"), UnitGuessed(a, b, b, v), AlwaysZero(a, b), Pinned(a, b, v, b),
			SwappedPins(a, b), BrokenJSON(a, p), UnknownSeries(a, b), WrongCount(a, b, 1, 2), PlotFormat(a, p, b),
			TooManySeries(b, 3), TooManyColumns(b, 3),
		} {
			checkText(t, d)
		}
	})
}

func checkText(t *testing.T, d Draft) {
	t.Helper()
	if d.Code == "" || d.Text == "" || !utf8.ValidString(d.Text) {
		t.Fatalf("draft without code or text: %+v", d)
	}
	for _, r := range d.Text {
		if !strconv.IsPrint(r) {
			t.Fatalf("%s: text has %U: %q", d.Code, r, d.Text)
		}
	}
	if strings.Count(d.Text, "`")%2 != 0 {
		t.Fatalf("%s: text has an odd backtick: %q", d.Code, d.Text)
	}
	if n := utf8.RuneCountInString(d.Text); n > 1000 {
		t.Fatalf("%s: text has %d characters: %q", d.Code, n, d.Text)
	}
}

// TestInstructorIsNotSentBelowAName: the instructor has no prefix to be sent to.
func TestInstructorIsNotSentBelowAName(t *testing.T) {
	t.Parallel()
	got := SysReadOnly(session.Instructor, "$SYS/broker/uptime").Text
	if strings.Contains(got, "instructor/") || !strings.Contains(got, "class/") {
		t.Errorf("got %q, want no prefix of the instructor's", got)
	}
}
