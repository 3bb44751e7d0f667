package route

import "strings"

// Valid says whether a filter has the form of 4.7.1: not empty, "#" only as
// the last level, "+" only as a whole one. It does not look at UTF-8.
func Valid(filter string) bool {
	if filter == "" {
		return false
	}
	for more := true; more; {
		var level string
		level, filter, more = strings.Cut(filter, "/")
		if level == "#" {
			return !more
		}
		if level != "+" && strings.ContainsAny(level, "+#") {
			return false
		}
	}
	return true
}

// sharePrefix begins a shared subscription.
const sharePrefix = "$share/"

// CutShare takes "$share/name/filter" apart, in any case as others do; ok is
// false for other filters.
// A shared filter without a name, with a wildcard in it or without a filter is
// shared and has filter "".
func CutShare(s string) (name, filter string, ok bool) {
	if len(s) < len(sharePrefix) || !strings.EqualFold(s[:len(sharePrefix)], sharePrefix) {
		return "", s, false
	}
	name, filter, _ = strings.Cut(s[len(sharePrefix):], "/")
	if name == "" || strings.ContainsAny(name, "+#") {
		return "", "", true
	}
	return name, filter, true
}

// Matches says whether a filter without "$share" matches a topic.
func Matches(filter, topic string) bool {
	if topic != "" && topic[0] == '$' && filter != "" && (filter[0] == '+' || filter[0] == '#') {
		return false
	}
	for {
		f, filters, more := strings.Cut(filter, "/")
		if f == "#" {
			return true
		}
		t, topics, next := strings.Cut(topic, "/")
		if f != "+" && f != t {
			return false
		}
		if !more || !next {
			return !more && !next || more && filters == "#"
		}
		filter, topic = filters, topics
	}
}
