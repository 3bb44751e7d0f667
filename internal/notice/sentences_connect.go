package notice

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"labbroker/internal/session"
)

// The constructors below explain a CONNECT that was refused. user is the
// user name as sent. None ever holds a password.

const logIn = "`MQTTClient(BROKER, user=\"ada\", password=\"...\")`"

// NoUser: claim and roster access want a user name.
func NoUser() Draft {
	return Draft{Code: CodeNoUser, Text: "The board logged in without a user name. " +
		"Give it your name and a password: " + logIn + " if you are ada."}
}

// NoPassword: a user name without a password.
func NoPassword(user string) Draft {
	return Draft{Code: CodeNoPassword, Key: user, Text: fmt.Sprintf(
		"The board logged in as %s without a password. Give it one: "+logIn+".", Quote(user))}
}

// WrongPassword: not the password that the session was claimed with.
func WrongPassword(user string) Draft {
	text := fmt.Sprintf("The password for %s is wrong. It is the one that the name was first used with, "+
		"or the one in the class list. If the name is taken, choose another; a forgotten password the instructor resets.", Quote(user))
	if strings.EqualFold(user, session.Instructor) {
		text = "The instructor's password is wrong. `labbroker instructor-link` prints a link to set a new one."
	}
	return Draft{Code: CodeWrongPassword, Key: user, Text: text}
}

// BadName: the user name cannot be a session; why is session.Check's error
// or one that wraps it. It finds the sentence for reserved names and the
// slides' placeholder too.
func BadName(user string, why error) Draft {
	switch {
	case session.Placeholder(user):
		return PlaceholderName(user)
	case errors.Is(why, session.ErrReserved):
		return Draft{Code: CodeReservedName, Key: user, Text: fmt.Sprintf(
			"The name %s is reserved. Choose another one.", Quote(user))}
	case errors.Is(why, session.ErrLong):
		return Draft{Code: CodeBadName, Key: user, Text: fmt.Sprintf(
			"The name %s is too long: it has at most %d characters.%s", Quote(user), session.MaxLen, nameHint(user))}
	}
	return Draft{Code: CodeBadName, Key: user, Text: fmt.Sprintf(
		"%s cannot be a name. A name has plain letters, digits, `_` and `-`, and begins with a letter or digit.%s",
		Quote(user), nameHint(user))}
}

// PlaceholderName: the user name is the slides' placeholder, unchanged.
func PlaceholderName(user string) Draft {
	return Draft{Code: CodePlaceholder, Key: user, Text: fmt.Sprintf(
		"%s is the placeholder of the slides. Put a name of your own in its place, like `ada`.", Quote(user))}
}

// NotInRoster: the class list has no such name.
func NotInRoster(user string) Draft {
	return Draft{Code: CodeNotInRoster, Key: user, Text: fmt.Sprintf(
		"%s is not in the class list. Use the name that the instructor gave you.", Quote(user))}
}

// Guessing: too many wrong passwords for a name came from one address.
func Guessing(user string, wait time.Duration) Draft {
	return Draft{Code: CodeGuessing, Key: user, Text: fmt.Sprintf(
		"Too many wrong passwords for %s come from one address. Log-ins from there wait %s each. "+
			"If that is not you, tell the instructor; if it is, look up the password.", Quote(user), wait.Round(time.Second))}
}

// Archived: the session was put away.
func Archived(user string) Draft {
	return Draft{Code: CodeArchived, Key: user, Text: fmt.Sprintf(
		"%s is archived: nobody gets in under this name. The instructor can bring it back.", Quote(user))}
}

// Renamed: the session has another name now.
func Renamed(user, to string) Draft {
	return Draft{Code: CodeRenamed, Key: user, Text: fmt.Sprintf(
		"%s is called %s now. Put the new name in its place: as user name, and in front of your topics. The password is the same.", Quote(user), Quote(to))}
}

// MQTT5: the client speaks MQTT 5.
func MQTT5() Draft {
	return Draft{Code: CodeMQTT5, Text: "The client speaks MQTT 5. Set it to version 3.1.1: " +
		"`protocol=mqtt.MQTTv311` in paho, `-V mqttv311` for mosquitto."}
}

// ProtocolLevel: the client speaks neither 3.1.1 nor 5.
func ProtocolLevel(level byte) Draft {
	return Draft{Code: CodeProtocol, Text: fmt.Sprintf(
		"The client speaks protocol level %d. Set it to MQTT 3.1.1, which is level 4.", level)}
}

// EmptyClientID: an empty client id asks for clean=1.
func EmptyClientID() Draft {
	return Draft{Code: CodeEmptyClientID, Text: "The client has no client id and wants its session kept. " +
		"Give it a client id of its own, or connect with `clean_session=True`."}
}

// WillOutside: the last will's topic may not be published to.
func WillOutside(name, topic string) Draft {
	return will(name, topic, topic)
}

// WillOther is WillOutside for a topic whose first level is somebody else's
// or the class's: what is below is taken to be meant.
func WillOther(name, topic string) Draft {
	_, below, _ := strings.Cut(topic, "/")
	return will(name, topic, below)
}

func will(name, topic, meant string) Draft {
	text := "The last will goes to " + Quote(topic) + "."
	if topic == "" {
		text = "The last will goes to an empty topic."
	}
	if name == "" {
		text += " Its topic starts with your name, like `ada/status` if you are ada."
	} else {
		text += fmt.Sprintf(" It has to start with your prefix %s: use %s.", prefix(name), Quote(suggest(name, willTopic(meant))))
	}
	return Draft{Code: CodeWillOutside, Topic: topic, Text: text}
}

// Unavailable: the broker could not write the claim down.
func Unavailable(user string) Draft {
	return Draft{Code: CodeUnavailable, Key: user, Text: fmt.Sprintf(
		"The broker cannot keep the name %s at the moment. Try again; tell the instructor if it stays so.", Quote(user))}
}

// Limit: too many of something; what names it in the plural ("connections").
func Limit(what string, limit int) Draft {
	return Draft{Code: CodeLimit, Key: what, Text: fmt.Sprintf(
		"There are too many %s; the most is %d. Close those that you do not need, then connect again.", what, limit)}
}

// ConnectRate: one address connects too often, more than limit times a second.
func ConnectRate(limit float64) Draft {
	return Draft{Code: CodeConnectRate, Text: fmt.Sprintf(
		"This address connects faster than %s times a second. Is a `sleep` missing before `connect()`?", whole(limit))}
}

// SessionClients: name has as many connections as it may.
func SessionClients(name string, limit int) Draft {
	return Draft{Code: CodeSessionClients, Key: name, Text: fmt.Sprintf(
		"%s has %d connections, which is the most. Close those that you do not need, then connect again.", Quote(name), limit)}
}

// NotMQTT: what came on the MQTT port is no MQTT; what says what it looks
// like ("HTTP", "TLS"), "" where that is unknown.
func NotMQTT(what string) Draft {
	switch what {
	case "HTTP":
		return Draft{Code: CodeNotMQTT, Key: what, Text: "A browser or HTTP client called the MQTT port. The page is on the HTTP port."}
	case "TLS":
		return Draft{Code: CodeNotMQTT, Key: what, Text: "The client speaks TLS on the plain MQTT port. Connect without `ssl`."}
	}
	return Draft{Code: CodeNotMQTT, Text: "What came on the MQTT port is not MQTT. Is the port right, and is it an MQTT client?"}
}

// NoConnect: the connection stayed silent for the time that a CONNECT may
// take.
func NoConnect(seconds int) Draft {
	return Draft{Code: CodeNoConnect, Text: fmt.Sprintf(
		"A connection said nothing for %d s. After opening the socket call `connect()`.", seconds)}
}

// willTopic takes out what no topic may hold.
func willTopic(topic string) string {
	t := strings.Trim(strings.NewReplacer("+", "", "#", "", "\x00", "").Replace(topic), "/")
	if t == "" {
		return "status"
	}
	return strings.ToValidUTF8(t, "")
}

// nameHint proposes a name that session.Check takes.
func nameHint(user string) string {
	var b strings.Builder
	for _, r := range strings.TrimSpace(user) {
		switch {
		case b.Len() == session.MaxLen:
		case r < 0x80 && session.Check("a"+string(r)) == nil:
			b.WriteRune(r)
		case r == ' ' || r == '.' || r == '@':
			b.WriteByte('_')
		}
	}
	name := strings.Trim(b.String(), "_-")
	if session.Check(name) != nil {
		return ""
	}
	return fmt.Sprintf(" How about %s?", Quote(name))
}
