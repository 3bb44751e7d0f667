package policy

import (
	"strings"

	"labbroker/internal/session"
)

// Filter says whether w may subscribe to filter; $share/group/ in front is
// looked through. A filter is refused only if it is malformed, or if its
// first level names another session and its second is not "public". What is
// allowed delivers only what Deliver lets through, which may be nothing:
// FilterHint tells.
func (p *Policy) Filter(w Who, filter string) Verdict {
	inner, v := p.inner(filter)
	if v != Allow {
		return v
	}
	first := level(inner)
	if w.Instructor || first == w.Session || strings.EqualFold(first, w.Session) {
		return Allow
	}
	if p.Spelling(first) == "" || isPublic(inner, first) {
		return Allow
	}
	return OtherSession
}

// FilterHint is for a filter that Filter allowed: the reason why nothing will
// ever come of it, Allow where something may.
func (p *Policy) FilterHint(w Who, filter string) Verdict {
	inner, v := p.inner(filter)
	if v != Allow || w.Instructor {
		return v
	}
	first := level(inner)
	switch {
	case first == "+" || first == "#" || first == session.Class || first == w.Session && first != "":
		return Allow
	case first == "":
		return LeadingSlash
	case first[0] == '$':
		return SysReadOnly
	case strings.EqualFold(first, w.Session):
		return WrongCase
	case strings.EqualFold(first, session.Class):
		return ClassCase
	case session.Placeholder(first):
		return Placeholder
	case strings.ContainsAny(first, " \t\r\n"):
		return Space
	}
	if isPublic(inner, first) {
		if s := p.Spelling(first); s != "" && s != first {
			return OtherCase
		}
		return Allow // the name may come later
	}
	return NoPrefix
}

// inner checks a filter's form and takes $share/group/ off.
func (p *Policy) inner(filter string) (string, Verdict) {
	inner, share, ok := shared(filter)
	switch {
	case !share:
		inner = filter
	case !ok:
		return "", Malformed
	default:
		if v := checkFilter(filter[:len(filter)-len(inner)-1]); v != Allow {
			return "", v // the group's name
		}
	}
	return inner, checkFilter(inner)
}

// isPublic says whether the second level is literally public.
func isPublic(filter, first string) bool {
	return len(filter) > len(first) && level(filter[len(first)+1:]) == session.Public
}
