package notice

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"labbroker/internal/session"
)

// guide is what docs/student.md says of each of its classic mistakes: the
// hints, by the mistake's number.
func guide(t *testing.T) map[int][]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/student.md")
	if err != nil {
		t.Fatal(err)
	}
	head := regexp.MustCompile(`^\*\*(\d+)\. .*\*\*`)
	_, part, _ := strings.Cut(string(text), "### Forty classic mistakes")
	part, _, _ = strings.Cut(part, "\n## ")
	hints, at := map[int][]string{}, 0
	for line := range strings.Lines(part) {
		line = strings.TrimSpace(line)
		if m := head.FindStringSubmatch(line); m != nil {
			n, _ := strconv.Atoi(m[1])
			if n != at+1 {
				t.Errorf("after mistake %d comes %d", at, n)
			}
			at = n
			hints[at] = nil
		} else if hint, ok := strings.CutPrefix(line, "> "); ok {
			hints[at] = append(hints[at], hint)
		}
	}
	return hints
}

// TestStudentGuide: the hints of the forty classic mistakes read as the product
// says them, to the letter.
func TestStudentGuide(t *testing.T) {
	t.Parallel()
	const ada = "ada"
	said := map[int]string{
		6:  NotMQTT("HTTP").Text,
		7:  NoUser().Text,
		8:  NoPassword(ada).Text,
		9:  WrongPassword(ada).Text,
		10: BadName("ada lovelace", session.Check("ada lovelace")).Text,
		11: BadName("insert unique session here", session.Check("insert unique session here")).Text,
		12: NotInRoster(ada).Text,
		13: MQTT5().Text,
		14: WillOutside(ada, "status").Text,
		15: SessionClients(ada, 100).Text,
		16: NoPrefix(ada, "data").Text,
		17: WrongCase(ada, "Ada/data").Text,
		18: LeadingSlash(ada, "/ada/data").Text,
		19: Space(ada, "ada /data").Text,
		20: OtherSession(ada, "bob/current").Text,
		21: Wildcard(ada, "ada/+/data").Text,
		22: ClassReadOnly(ada, "class/hello").Text,
		23: NoPrefix(ada, "new_series").Text,
		24: SameClientID("umqtt_client", "192.168.1.23", "192.168.1.40").Text,
		25: KeepaliveTimeout("esp32", 30).Text,
		26: RateSlowed(870, 200, 2*time.Second).Text,
		27: UnfinishedPacket("esp32").Text,
		28: TooLarge("esp32", 2_000_000, 256<<10).Text,
		29: FilterOther(ada, "bob/#").Text,
		30: FilterNoPrefix(ada, "data/#").Text,
		31: FilterMalformed(ada, "ada#").Text,
		32: Dropped("esp32").Text,
		33: BytesRepr("mcu/v", []byte("b'5.02'")).Text,
		34: DecimalComma("mcu/v", []byte("5,02")).Text,
		35: BrokenJSON("mcu/ina219", []byte("{'v': 5.02}")).Text,
		36: UnitGuessed("mcu/ina219", "current", "mA", 81.3).Text,
		37: AlwaysZero("mcu/ina219", "current").Text,
		38: SwappedPins("mcu/ina219", "current").Text,
		40: UnknownSeries("data", "IV").Text,
	}
	// What the board prints is in the module and in the generated program.
	printed := map[int]*regexp.Regexp{}
	for n, in := range map[int][2]string{
		1:  {"../starter/micropython.tmpl", `print("(WiFi: joining)", WIFI)`},
		2:  {"../../examples/micropython/mqttclient.py", `print("(MQTT: no answer from %s, port %d (%r). Trying again.)" % (`},
		39: {"../starter/micropython.tmpl", `print("(INA219: no answer, check SDA, SCL, 3V3 and GND:)", e)`},
	} {
		program, err := os.ReadFile(in[0])
		if err != nil {
			t.Fatal(err)
		}
		first, rest, _ := strings.Cut(in[1], `"(`)
		words, last, _ := strings.Cut(rest, `)"`)
		if !strings.Contains(string(program), first+`"`+words+`"`+last) {
			t.Errorf("%s does not print %q any more", in[0], words)
		}
		pattern := regexp.QuoteMeta(words)
		for _, verb := range []string{"%s", "%d", "%r"} {
			pattern = strings.ReplaceAll(pattern, verb, ".+")
		}
		printed[n] = regexp.MustCompile("^`" + pattern + ".*`$")
	}
	printed[3], printed[4], printed[5] = printed[2], printed[2], printed[2]

	hints := guide(t)
	if len(hints) != 40 {
		t.Errorf("got %d mistakes, want 40", len(hints))
	}
	for n, list := range hints {
		switch {
		case len(list) != 1:
			t.Errorf("mistake %d: got hints %q, want one", n, list)
		case printed[n] != nil && !printed[n].MatchString(list[0]):
			t.Errorf("mistake %d: got %s, want it as %s", n, list[0], printed[n])
		case printed[n] == nil && list[0] != said[n]:
			t.Errorf("mistake %d:\ngot  %s\nwant %s", n, list[0], said[n])
		}
	}
}
