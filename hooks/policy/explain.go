package policy

import "labbroker/internal/notice"

// Explain is the sentence for a publish that Publish refused: what was sent,
// the rule, the way out. It allocates.
func Explain(v Verdict, w Who, topic string) notice.Draft {
	switch v {
	case WrongCase:
		return notice.WrongCase(w.Session, topic)
	case LeadingSlash:
		return notice.LeadingSlash(w.Session, topic)
	case Space:
		return notice.Space(w.Session, topic)
	case OtherSession, OtherCase:
		return notice.OtherSession(w.Session, topic)
	case Wildcard:
		return notice.Wildcard(w.Session, topic)
	case ClassReadOnly, ClassCase:
		return notice.ClassReadOnly(w.Session, topic)
	case SysReadOnly:
		return notice.SysReadOnly(w.Session, topic)
	case Placeholder:
		return notice.PlaceholderTopic(w.Session, topic)
	case Empty:
		return notice.EmptyTopic(w.Session)
	case Forbidden:
		return notice.ForbiddenCharacter(w.Session, topic)
	}
	return notice.NoPrefix(w.Session, topic)
}

// ExplainFilter is the sentence for a filter that Filter refused, or for
// FilterHint's reason.
func ExplainFilter(v Verdict, w Who, filter string) notice.Draft {
	switch v {
	case OtherSession:
		return notice.FilterOther(w.Session, filter)
	case WrongCase:
		return notice.FilterWrongCase(w.Session, filter)
	case OtherCase:
		return notice.FilterOtherCase(filter)
	case ClassCase:
		return notice.FilterClassCase(filter)
	case LeadingSlash:
		return notice.FilterLeadingSlash(w.Session, filter)
	case Space:
		return notice.FilterSpace(w.Session, filter)
	case Placeholder:
		return notice.FilterPlaceholder(w.Session, filter)
	case SysReadOnly:
		return notice.FilterSys(w.Session, filter)
	case Malformed, Empty:
		return notice.FilterMalformed(w.Session, filter)
	case Forbidden:
		return notice.ForbiddenCharacter(w.Session, filter)
	}
	return notice.FilterNoPrefix(w.Session, filter)
}

// ExplainWill is the sentence for a last will that Publish refused.
func ExplainWill(v Verdict, w Who, topic string) notice.Draft {
	if v == OtherSession || v == ClassReadOnly {
		return notice.WillOther(w.Session, topic)
	}
	return notice.WillOutside(w.Session, topic)
}
