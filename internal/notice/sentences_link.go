package notice

import (
	"fmt"
	"strings"
	"time"
)

// The constructors below explain what happened to a connection.

// Malformed: the broker closed the connection because a packet broke MQTT's
// rules; why is a short clause, "packet id 0" say.
func Malformed(client, why string) Draft {
	return Draft{Code: CodeMalformed, Key: why, Text: fmt.Sprintf(
		"The connection of %s was closed: %s. If the topic or text holds °, Ω or µ, send bytes: `s.encode()`, "+
			"since the old client counts characters.", Quote(client), Clean(why))}
}

// TooLarge: a packet larger than limit bytes.
func TooLarge(client string, size, limit int) Draft {
	return Draft{Code: CodeTooLarge, Key: client, Text: fmt.Sprintf(
		"%s sent a packet of %s; the most is %s. The connection was closed: send smaller pieces.",
		Quote(client), bytes(size), bytes(limit))}
}

// KeepaliveTimeout: nothing came for one and a half times the keepalive.
func KeepaliveTimeout(client string, keepalive uint16) Draft {
	return Draft{Code: CodeKeepalive, Key: client, Text: fmt.Sprintf(
		"%s promised a sign of life every %d s (keepalive) and sent none: the connection was closed. "+
			"Call `ping()` in the loop, or connect with a longer keepalive.", Quote(client), keepalive)}
}

// SameClientID: several boards use one client id and evict each other.
func SameClientID(id string, addrs ...string) Draft {
	return Draft{Code: CodeSameClientID, Key: id, Text: fmt.Sprintf(
		"%s boards use the client id %s and throw each other out%s. Give each its own.",
		count(max(2, len(addrs))), Quote(id), list(addrs))}
}

// SeveralAddresses: one session is used from several addresses at once.
func SeveralAddresses(name string, addrs ...string) Draft {
	return Draft{Code: CodeSeveralAddresses, Key: name, Text: fmt.Sprintf(
		"The name %s is in use at %d addresses at once%s. If one is not yours, ask the instructor to reset the password.",
		Quote(name), max(2, len(addrs)), list(addrs))}
}

// RateSlowed: messages come faster than the limit and are read more slowly;
// age is how old the newest value is, 0 where that is unknown.
func RateSlowed(rate, limit float64, age time.Duration) Draft {
	text := fmt.Sprintf("Messages come at %s a second; the class limit is %s.", whole(rate), whole(limit))
	if rate <= 0 {
		text = fmt.Sprintf("Messages come faster than the class limit of %s a second.", whole(limit))
	}
	if age >= time.Second {
		text += fmt.Sprintf(" The newest value is %s s old.", whole(age.Seconds()))
	}
	return Draft{Code: CodeRateSlowed, Text: text + " Is a `sleep` missing in the loop?"}
}

// Dropped: a subscriber reads so slowly that messages to it were dropped.
func Dropped(client string) Draft {
	return Draft{Code: CodeDropped, Key: client, Text: fmt.Sprintf(
		"%s reads so slowly that messages to it were dropped. Call `check_msg()` more often, or subscribe to less.",
		Quote(client))}
}

func bytes(n int) string {
	switch {
	case n >= 1e6:
		return number(float64(n/1e4)/100) + " MB"
	case n >= 1e4:
		return number(float64(n/1e2)/10) + " kB"
	}
	return fmt.Sprintf("%d bytes", n)
}

func count(n int) string {
	switch n {
	case 2:
		return "Two"
	case 3:
		return "Three"
	}
	return fmt.Sprint(n)
}

// list shows at most four addresses in brackets.
func list(addrs []string) string {
	if len(addrs) == 0 {
		return ""
	}
	more := ""
	if len(addrs) > 4 {
		addrs, more = addrs[:4], ", …"
	}
	return " (" + Clean(strings.Join(addrs, ", ")) + more + ")"
}

func whole(v float64) string {
	if v < 10 {
		return number(float64(int(v*10)) / 10)
	}
	return fmt.Sprint(int(v))
}
