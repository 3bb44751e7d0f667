package notice

import (
	"fmt"
	"strings"
)

// The constructors below explain a subscription. name and filter as above;
// filter keeps its $share/group/ in front.

// FilterOther: refused, the filter is for another session's own topics.
func FilterOther(name, filter string) Draft {
	inner := filter
	if in, _, ok := cutShare(filter); ok {
		inner = in
	}
	first, _, _ := strings.Cut(inner, "/")
	text := fmt.Sprintf("%s That belongs to %s; the class may read %s.",
		subscribed(filter), Clean(first), Quote(cut(first)+"/public/#"))
	if name != "" {
		text += fmt.Sprintf(" Your own topics are %s.", Quote(name+"/#"))
	}
	return Draft{Code: CodeFilterOther, Topic: filter, Text: text}
}

// FilterNoPrefix: granted, but nothing will come: no topic that the session
// may read starts like this.
func FilterNoPrefix(name, filter string) Draft {
	return outside(filter, "Nothing comes from there. "+startFilter(name, filter))
}

// FilterWrongCase: granted and silent, other capitals than the prefix.
func FilterWrongCase(name, filter string) Draft {
	return outside(filter, "Topics tell capitals apart, so nothing comes from there. "+startFilter(name, filter))
}

// FilterClassCase: granted and silent, Class/ for class/.
func FilterClassCase(filter string) Draft {
	return outside(filter, "Topics tell capitals apart, so nothing comes from there. The class's topics start with `class/`.")
}

// FilterOtherCase: granted and silent, another session's public/ in capitals
// that the session does not have.
func FilterOtherCase(filter string) Draft {
	return outside(filter, "Topics tell capitals apart, and the name is spelt with others: nothing comes from there.")
}

// FilterLeadingSlash: granted and silent, a slash in front.
func FilterLeadingSlash(name, filter string) Draft {
	return outside(filter, "A topic has no slash in front, so nothing comes from there. "+startFilter(name, filter))
}

// FilterSpace: granted and silent, a space in the name.
func FilterSpace(name, filter string) Draft {
	return outside(filter, "A name has no spaces in it, so nothing comes from there. "+startFilter(name, filter))
}

// FilterPlaceholder: granted and silent, the slides' placeholder.
func FilterPlaceholder(name, filter string) Draft {
	return outside(filter, "That is the placeholder of the slides: put your own name in its place. "+startFilter(name, filter))
}

// FilterSys: granted and silent, only the instructor reads $SYS.
func FilterSys(name, filter string) Draft {
	return outside(filter, "Only the instructor reads topics with `$` in front. "+startFilter(name, "#"))
}

// FilterMalformed: refused, the filter breaks MQTT's rules for wildcards.
func FilterMalformed(name, filter string) Draft {
	text := "You subscribed to an empty filter. "
	if filter != "" {
		text = subscribed(filter) + " "
	}
	switch {
	case len(filter) >= 6 && strings.EqualFold(filter[:6], "$share"):
		text += "A shared subscription is `$share/group/filter`, with no wildcard in the group."
	case strings.Contains(filter, "#") && !strings.HasSuffix(filter, "#"):
		text += "`#` stands only at the end, after a slash."
	case strings.ContainsAny(filter, "#+"):
		text += "A wildcard stands alone between slashes."
	default:
		text += "A filter names at least one topic."
	}
	if name != "" {
		text += fmt.Sprintf(" For all your topics subscribe to %s.", Quote(name+"/#"))
	}
	return Draft{Code: CodeFilterMalformed, Topic: filter, Text: text}
}

// FilterShared: refused, a page listens beside the clients and takes no message
// from them.
func FilterShared(filter string) Draft {
	text := "A page takes no turns with boards in a `$share` group: it would take their messages."
	if inner, _, ok := cutShare(filter); ok && inner != "" {
		text += " Listen to " + Quote(cut(inner)) + "."
	}
	return Draft{Code: CodeFilterMalformed, Topic: filter, Text: text}
}

func outside(filter, why string) Draft {
	return Draft{Code: CodeFilterOutside, Topic: filter, Text: subscribed(filter) + " " + why}
}

func subscribed(filter string) string { return "You subscribed to " + Quote(filter) + "." }

func startFilter(name, filter string) string {
	if name == "" {
		return "Topics start with a name: subscribe to `ada/#` if you are ada."
	}
	return fmt.Sprintf("Your topics start with %s: subscribe to %s.", prefix(name), Quote(suggest(name, filter)))
}

// cut bounds what is quoted with more behind it.
func cut(s string) string {
	if len(s) > 64 {
		return strings.ToValidUTF8(s[:64], "")
	}
	return s
}
