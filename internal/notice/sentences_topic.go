package notice

import (
	"fmt"
	"strings"

	"labbroker/internal/session"
)

// The constructors below explain a publish that was refused. name is the
// session in the spelling of its claim, "" where the client has none yet;
// topic is as the client sent it.

// NoPrefix: the topic does not start with the session's name.
// The commands of iot-plot come with the line of code to change.
func NoPrefix(name, topic string) Draft {
	way := start(name, topic)
	if name != session.Instructor {
		// plotclient takes the name as an argument, the oldest one had bare
		// topics.
		switch at := strings.LastIndexByte(topic, '/'); topic[at+1:] {
		case "new_series", "save_series", "plot_series":
			if name == "" {
				return Draft{Code: CodeNoPrefix, Topic: topic, Text: fmt.Sprintf(
					"%s Topics start with your name. In the code that is %s if you are ada.",
					published(topic), Quote(fmt.Sprintf("mqtt.publish(%q, ...)", "ada/"+topic[at+1:])))}
			}
			line := fmt.Sprintf("mqtt.publish(%q, ...)", Clean(name)+"/"+topic[at+1:])
			if at >= 0 {
				way = start(name, topic[at+1:])
				line = fmt.Sprintf("PlotClient(mqtt, session=%q)", Clean(name))
			}
			way += " In the code that is " + Quote(line) + "."
		}
	}
	return Draft{Code: CodeNoPrefix, Topic: topic, Text: published(topic) + " " + way}
}

// WrongCase: the first level is the session's name in other capitals.
func WrongCase(name, topic string) Draft {
	return Draft{Code: CodeWrongCase, Topic: topic, Text: fmt.Sprintf(
		"%s Topics tell capitals apart: your prefix is %s. Publish to %s.",
		published(topic), prefix(name), Quote(suggest(name, topic)))}
}

// LeadingSlash: the topic begins with a slash.
func LeadingSlash(name, topic string) Draft {
	return Draft{Code: CodeLeadingSlash, Topic: topic, Text: published(topic) +
		" A topic has no slash in front. " + start(name, topic)}
}

// Space: the first level has a space, a tab or a line end in it.
func Space(name, topic string) Draft {
	return Draft{Code: CodeSpace, Topic: topic, Text: published(topic) +
		" A name has no spaces in it. " + start(name, topic)}
}

// OtherSession: the first level is somebody else's name.
func OtherSession(name, topic string) Draft {
	first, rest, _ := strings.Cut(topic, "/")
	text := fmt.Sprintf("%s belongs to %s.", Quote(topic), Clean(first))
	if second, _, _ := strings.Cut(rest, "/"); second == "public" {
		text = fmt.Sprintf("%s belongs to %s: the class may read it, not write it.", Quote(topic), Clean(first))
	}
	if name != "" {
		text += fmt.Sprintf(" Your topics start with %s; to share with the class publish below %s.",
			prefix(name), Quote(name+"/public/"))
	}
	return Draft{Code: CodeOtherSession, Topic: topic, Text: text}
}

// Wildcard: a publish to a filter. MQTT closes the connection for it.
func Wildcard(name, topic string) Draft {
	text := Quote(topic) + " has a wildcard. Wildcards are for subscribing; publish to one topic"
	if name != "" {
		text += " below " + prefix(name)
	}
	return Draft{Code: CodeWildcard, Topic: topic, Text: text + ". " + closed}
}

// ClassReadOnly: a publish below class/ by somebody else than the instructor.
func ClassReadOnly(name, topic string) Draft {
	text := Quote(topic) + " is the instructor's: all may read it, only the instructor writes it."
	if name != "" {
		text += fmt.Sprintf(" To share with the class publish below %s.", Quote(name+"/public/"))
	}
	return Draft{Code: CodeClassReadOnly, Topic: topic, Text: text}
}

// SysReadOnly: a publish to a topic that begins with $.
func SysReadOnly(name, topic string) Draft {
	return Draft{Code: CodeSysReadOnly, Topic: topic, Text: published(topic) +
		" Topics with `$` in front are the broker's own. " + start(name, topic)}
}

// PlaceholderTopic: the first level is the slides' placeholder, unchanged.
func PlaceholderTopic(name, topic string) Draft {
	return Draft{Code: CodePlaceholder, Topic: topic, Text: published(topic) +
		" That is the placeholder of the slides: put your own name in its place. " + start(name, topic)}
}

// EmptyTopic: a publish to the topic "". MQTT closes the connection for it.
func EmptyTopic(name string) Draft {
	return Draft{Code: CodeBadTopic, Text: "You published to an empty topic. " + start(name, "data") + " " + closed}
}

// ForbiddenCharacter: the topic or filter has a NUL in it, or is not UTF-8.
// MQTT closes the connection for it.
func ForbiddenCharacter(name, topic string) Draft {
	return Draft{Code: CodeBadTopic, Topic: topic, Text: Quote(topic) +
		" has a character that MQTT forbids in topics (a zero byte, or text that is not UTF-8). " +
		start(name, printable(topic)) + " " + closed}
}

// TooDeep: the topic or filter has more than limit levels.
func TooDeep(name, topic string, limit int) Draft {
	return Draft{Code: CodeTooDeep, Topic: topic, Text: fmt.Sprintf(
		"%s has %d levels; the most is %d. Use fewer slashes below %s.",
		Quote(topic), strings.Count(topic, "/")+1, limit, prefix(name))}
}

const closed = "MQTT closes the connection for this."

func published(topic string) string { return "You published to " + Quote(topic) + "." }

func prefix(name string) string {
	if name == "" {
		return "your name"
	}
	return Quote(name + "/")
}

// start is the rule of the prefix and the way out.
func start(name, topic string) string {
	if name == session.Instructor {
		return "All others are yours to write: publish to `class/hello`."
	}
	if name == "" {
		return "Topics start with your name: publish to `ada/data` if you are ada."
	}
	return fmt.Sprintf("Your topics start with %s: publish to %s.", prefix(name), Quote(suggest(name, topic)))
}

// printable leaves what a topic may hold.
func printable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}
