package class

import (
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"math/big"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lengths in characters.
const (
	maxName     = 100
	maxWiFi     = 32 // IEEE 802.11, in bytes
	maxWiFiPass = 64 // WPA, in bytes
	maxCode     = 40
)

// Settings are what the set-up page asks for.
type Settings struct {
	Name string `json:"name"` // of the class; "" = none
	// WiFi and WiFiPassword are the lab's, for code that is made for a student's
	// board; "" = not given, or a network without a password.
	WiFi         string `json:"wifi"`
	WiFiPassword string `json:"wifi_password"`
	// Joining says whether students may make a session for themselves on the join
	// page; JoinCode is what they have to type there, "" = nothing.
	Joining  bool   `json:"joining"`
	JoinCode string `json:"join_code"`
}

// Mistake is something that cannot be kept: a sentence for who typed it, and
// where.
type Mistake struct {
	Field  string // as in JSON
	Person int    // from 1, of SetPeople; 0 = a setting
	Text   string
}

func (m *Mistake) Error() string {
	if m.Person > 0 {
		return fmt.Sprintf("person %d: %s", m.Person, m.Text)
	}
	return m.Text
}

// Check returns nil or a *Mistake.
func (s Settings) Check() error {
	for _, f := range []struct {
		field, called, text string
		most                int
		bytes               bool
	}{
		{"name", "the class's name", s.Name, maxName, false},
		{"wifi", "the WiFi's name", s.WiFi, maxWiFi, true},
		{"wifi_password", "the WiFi's password", s.WiFiPassword, maxWiFiPass, true},
		{"join_code", "the join code", s.JoinCode, maxCode, false},
	} {
		if text := textMistake(f.called, f.text, f.most, f.bytes); text != "" {
			return &Mistake{Field: f.field, Text: text}
		}
	}
	return nil
}

// textMistake says what is wrong with a text of one line, "" if nothing.
func textMistake(called, text string, most int, bytes bool) string {
	n := utf8.RuneCountInString(text)
	if bytes {
		n = len(text)
	}
	switch {
	case n > most:
		return fmt.Sprintf("%s is longer than %d characters", called, most)
	case !utf8.ValidString(text):
		return called + " is not UTF-8"
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }):
		return called + " has a character that cannot be shown"
	}
	return ""
}

// Opens says whether code is the join code: capitals and blanks, which phones
// add, do not count. Any is where none is set.
func (s Settings) Opens(code string) bool {
	plain := func(t string) []byte {
		return []byte(strings.ToLower(strings.Join(strings.Fields(t), "")))
	}
	want := plain(s.JoinCode)
	return len(want) == 0 || subtle.ConstantTimeCompare(plain(code), want) == 1
}

// Settings are those of the moment.
func (b *Book) Settings() Settings {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.now.Settings
}

// SetSettings keeps other settings. Its error is a *Mistake, or says that the
// file could not be written.
func (b *Book) SetSettings(s Settings) error {
	if err := s.Check(); err != nil {
		return err
	}
	return b.change(func(c *contents) error {
		c.Settings = s
		return nil
	})
}

// words are short, plain and said in one way.
var words = [...]string{
	"amber", "anode", "atlas", "basin", "beam", "bench", "boron", "cable", "canyon", "cedar", "cobalt", "comet",
	"copper", "coral", "delta", "diode", "ember", "falcon", "farad", "field", "flint", "garnet", "helium", "henry",
	"island", "joule", "kelvin", "laser", "lemon", "linen", "lunar", "magnet", "maple", "meadow", "metal", "mirror",
	"neon", "nickel", "ocean", "orbit", "panel", "pixel", "planet", "plasma", "prism", "pulse", "quartz", "radar",
	"ribbon", "river", "rotor", "sensor", "signal", "silver", "solar", "spark", "summit", "tempo", "tesla", "timber",
	"toggle", "topaz", "velvet", "violet", "volta", "walnut", "window", "winter", "yellow", "zenith",
}

// NewJoinCode is one to be written on a board and typed on a phone, like
// "solar-427". That it cannot be tried often is the join page's part.
func NewJoinCode() string {
	return fmt.Sprintf("%s-%d", words[number(len(words))], 100+number(900))
}

func number(n int) int {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic("class: no random numbers: " + err.Error())
	}
	return int(i.Int64())
}
