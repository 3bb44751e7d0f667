package notice

import (
	"strings"

	"labbroker/internal/session"
)

// Suggest is the topic of name's own that was likely meant by one that is
// refused; "" where there is no name.
func Suggest(name, topic string) string { return suggest(name, topic) }

// suggest guesses the topic or filter that was meant: name's own, with
// what the student got wrong around it taken away. "" where there is no name.
func suggest(name, topic string) string {
	if name == "" {
		return ""
	}
	if inner, head, ok := cutShare(topic); ok {
		return head + suggest(name, inner)
	}
	t := strings.Trim(unquote(strings.TrimSpace(topic)), "/ \t\r\n")
	first, rest, more := strings.Cut(t, "/")
	first = strings.Trim(unquote(strings.TrimSpace(first)), "<>{}[]")
	switch {
	case t == "" || strings.HasPrefix(t, "$"):
		return name + "/data"
	case meansName(first, name):
		if !more {
			return name
		}
		return name + "/" + tidy(rest)
	case more:
		// Courses put their own name first: lab/ada/data.
		if second, below, deeper := strings.Cut(rest, "/"); strings.EqualFold(second, name) {
			if !deeper {
				return name
			}
			return name + "/" + tidy(below)
		}
	}
	return name + "/" + tidy(t)
}

// meansName says whether a first level is name, misspelt.
func meansName(first, name string) bool {
	return strings.EqualFold(first, name) || session.Placeholder(first) ||
		strings.EqualFold(strings.ReplaceAll(first, " ", ""), name) || near(first, name)
}

// tidy takes the blanks around levels away and joins those within.
func tidy(s string) string {
	levels := strings.Split(s, "/")
	for i, l := range levels {
		levels[i] = strings.ReplaceAll(strings.TrimSpace(l), " ", "_")
	}
	return strings.Join(levels, "/")
}

// unquote takes Python's and the shell's quotes off: b'x', 'x', "x".
func unquote(s string) string {
	s = strings.TrimPrefix(s, "b'")
	return strings.Trim(s, "'\"`")
}

// cutShare splits $share/group/filter.
func cutShare(filter string) (inner, head string, ok bool) {
	const share = "$share/"
	if len(filter) <= len(share) || !strings.EqualFold(filter[:len(share)], share) {
		return "", "", false
	}
	group, inner, ok := strings.Cut(filter[len(share):], "/")
	if !ok || inner == "" {
		return "", "", false
	}
	return inner, filter[:len(share)+len(group)+1], true
}

// near says whether a is b with one letter wrong, missing, too many or
// swapped; two in long names. It ignores case.
func near(a, b string) bool {
	limit := 1
	if len(b) >= 8 {
		limit = 2
	}
	if len(b) < 3 || len(a) > len(b)+limit || len(b) > len(a)+limit {
		return false
	}
	return distance(strings.ToLower(a), strings.ToLower(b)) <= limit
}

// distance is the optimal string alignment distance of two short strings.
func distance(a, b string) int {
	before := make([]int, len(b)+1)
	prev := make([]int, len(b)+1)
	row := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, prev, row = prev, row, before
	}
	return prev[len(b)]
}
