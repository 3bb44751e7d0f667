package roster

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"labbroker/internal/session"
)

// others are letters that are no Latin letter with something on it, as they
// are usually written in Latin ones.
var others = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i", 'ŋ': "n", 'ħ': "h", 'ŧ': "t", 'ə': "e",
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'ґ': "g", 'д': "d", 'е': "e", 'ж': "zh", 'з': "z", 'и': "i", 'і': "i", 'к': "k", 'л': "l",
	'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh",
	'щ': "shch", 'ъ': "", 'ы': "y", 'ь': "", 'э': "e", 'ю': "yu", 'я': "ya", 'є': "ye", 'ђ': "dj", 'ј': "j", 'љ': "lj", 'њ': "nj", 'ћ': "c", 'џ': "dz",
	'α': "a", 'β': "v", 'γ': "g", 'δ': "d", 'ε': "e", 'ζ': "z", 'η': "i", 'θ': "th", 'ι': "i", 'κ': "k", 'λ': "l", 'μ': "m", 'ν': "n",
	'ξ': "x", 'ο': "o", 'π': "p", 'ρ': "r", 'σ': "s", 'ς': "s", 'τ': "t", 'υ': "y", 'φ': "f", 'χ': "ch", 'ψ': "ps", 'ω': "o",
}

// Latin are the words of a text in a to z and 0 to 9; what no table has is
// left out.
func Latin(text string) []string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(text)) {
		switch s, ok := others[r]; {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case ok:
			b.WriteString(s)
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == '’':
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Fields(b.String())
}

// Suggest gives somebody of that name a session: the first name, with the
// beginnings of the last one or a number where that is taken. taken is asked
// for keys (session.Key).
func Suggest(name string, taken func(key string) bool) string {
	if last, first, ok := strings.Cut(name, ","); ok && strings.TrimSpace(first) != "" { // "Lovelace, Ada"
		name = first + " " + last
	}
	return free(Latin(name), taken)
}

// SuggestTeam does the same for a team, whose words all count.
func SuggestTeam(team string, taken func(key string) bool) string {
	words := Latin(team)
	if len(words) > 1 {
		words = []string{strings.Join(words, "-")}
	}
	return free(words, taken)
}

func free(words []string, taken func(string) bool) string {
	fits := func(s string) bool { return CheckName(s) == "" && !taken(session.Key(s)) }
	if len(words) == 0 {
		words = []string{"student"}
	}
	if cut := clip(words[0], session.MaxLen); fits(cut) {
		return cut
	}
	base := clip(words[0], session.MaxLen-6)
	if CheckName(base) != "" { // reserved: class, instructor
		base = clip("the-"+base, session.MaxLen-6)
		if fits(base) {
			return base
		}
	}
	if len(words) > 1 {
		last := words[len(words)-1]
		for _, n := range []int{1, 3, len(last)} {
			if s := base + "-" + last[:min(n, len(last))]; fits(s) {
				return s
			}
		}
	}
	for n := 2; ; n++ {
		if s := base + "-" + strconv.Itoa(n); fits(s) {
			return s
		}
	}
}

func clip(s string, n int) string {
	return strings.TrimRight(s[:min(len(s), n)], "-")
}
