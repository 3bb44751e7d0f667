package policy

import (
	"strings"
	"unicode/utf8"
)

// level is the first level of a topic.
func level(topic string) string {
	if i := strings.IndexByte(topic, '/'); i >= 0 {
		return topic[:i]
	}
	return topic
}

// checkTopic checks what MQTT asks of a topic, whoever sends it.
func checkTopic(topic string) Verdict {
	if topic == "" {
		return Empty
	}
	wild, ascii := false, true
	for i := 0; i < len(topic); i++ {
		switch c := topic[i]; {
		case c == '+' || c == '#':
			wild = true
		case c == 0:
			return Forbidden
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	switch {
	case !ascii && !utf8.ValidString(topic):
		return Forbidden
	case wild:
		return Wildcard
	}
	return Allow
}

// checkFilter checks what MQTT asks of a filter without its $share.
func checkFilter(filter string) Verdict {
	if filter == "" {
		return Malformed
	}
	ascii, wrong := true, false
	for i := 0; i < len(filter); i++ {
		switch c := filter[i]; {
		case c == '#' || c == '+':
			alone := (i == 0 || filter[i-1] == '/') && (i+1 == len(filter) || filter[i+1] == '/')
			if !alone || c == '#' && i+1 != len(filter) {
				wrong = true
			}
		case c == 0:
			return Forbidden
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	switch {
	case !ascii && !utf8.ValidString(filter):
		return Forbidden
	case wrong:
		return Malformed
	}
	return Allow
}

// shared takes "$share/group/" off a filter, in any case, as mochi does.
// share says that the filter begins like a shared one, ok that group and
// inner filter are well formed.
func shared(filter string) (inner string, share, ok bool) {
	first := level(filter)
	if !strings.EqualFold(first, "$share") {
		return "", false, false // $shared/x is a topic like others
	}
	rest := filter[len(first):]
	if rest == "" {
		return "", true, false
	}
	group := level(rest[1:])
	if group == "" || strings.ContainsAny(group, "+#") || len(rest) <= len(group)+2 {
		return "", true, false
	}
	return rest[len(group)+2:], true, true
}
