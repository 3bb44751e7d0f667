package session

// placeholder is what the slides have in the name's place, without spaces.
const placeholder = "insertuniquesessionhere"

// Placeholder says whether name is the slides' "insert unique session here",
// left as it was: in any case, with any blanks or punctuation in it. It can
// be no student's name. It allocates nothing.
func Placeholder(name string) bool {
	if len(name) < len(placeholder) || len(name) > 2*len(placeholder) {
		return false
	}
	n := 0
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c >= 'a' && c <= 'z' {
			if n == len(placeholder) || c != placeholder[n] {
				return false
			}
			n++
		} else if c >= '0' && c <= '9' || c >= 0x80 {
			return false
		}
	}
	return n == len(placeholder)
}
