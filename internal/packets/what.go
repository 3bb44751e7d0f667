package packets

import (
	"fmt"
	"strings"
)

// What says in a sentence what a packet is for. `...` in it is code.
func What(p *Packet, out bool) string {
	switch p.Type {
	case "CONNECT":
		return whatConnect(p.Connect)
	case "CONNACK":
		return whatConnack(p)
	case "PUBLISH":
		return whatPublish(p, out)
	case "PUBACK":
		return fmt.Sprintf("Acknowledges message %d: whoever sent it may forget it.", p.ID)
	case "PUBREC":
		return fmt.Sprintf("Says that message %d has arrived. PUBREL comes next.", p.ID)
	case "PUBREL":
		return fmt.Sprintf("Releases message %d: it will not be sent again. PUBCOMP comes next.", p.ID)
	case "PUBCOMP":
		return fmt.Sprintf("Completes message %d: it arrived exactly once.", p.ID)
	case "SUBSCRIBE":
		return fmt.Sprintf("Asks for the messages on %s. SUBACK %d answers.", filters(p.Filters), p.ID)
	case "SUBACK":
		return whatSuback(p)
	case "UNSUBSCRIBE":
		return fmt.Sprintf("Asks no longer for the messages on %s. UNSUBACK %d answers.", filters(p.Filters), p.ID)
	case "UNSUBACK":
		return fmt.Sprintf("Takes back the subscriptions of UNSUBSCRIBE %d.", p.ID)
	case "PINGREQ":
		return "Says that the client is still there, so that the keepalive does not run out."
	case "PINGRESP":
		return "Says that the broker is still there too."
	case "DISCONNECT":
		return "Says goodbye. The broker forgets the client's last will."
	}
	return "This is no packet of MQTT 3.1.1."
}

func filters(list []Filter) string {
	switch len(list) {
	case 0:
		return "no filter"
	case 1, 2, 3:
		names := make([]string, len(list))
		for i, f := range list {
			names[i] = code(f.Filter)
		}
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more filters", code(list[0].Filter), len(list)-1)
}

// maxQuoted is the most of a topic or name in a sentence, in bytes.
const maxQuoted = 80

// code marks what a client chose, so that it cannot be taken for the sentence.
func code(s string) string {
	if len(s) > maxQuoted {
		s = strings.ToValidUTF8(s[:maxQuoted], "") + "..."
	}
	return "`" + strings.ReplaceAll(s, "`", "'") + "`"
}

func whatConnect(c *Connect) string {
	if c == nil {
		return "Asks to be let in."
	}
	if c.Level != 3 && c.Level != 4 {
		return fmt.Sprintf("Asks to be let in with protocol level %d. MQTT 3.1.1 is level 4.", c.Level)
	}
	parts := []string{"Asks to be let in"}
	if c.HasUser {
		parts[0] += " as " + code(c.User)
	}
	if c.Clean {
		parts = append(parts, "with a clean session: nothing is kept for it while it is away")
	} else {
		parts = append(parts, "with clean session off: subscriptions and messages at QoS 1 and 2 wait while it is away")
	}
	s := strings.Join(parts, " ") + "."
	if c.Keepalive > 0 {
		s += fmt.Sprintf(" It will say something every %d s.", c.Keepalive)
	} else {
		s += " It has no keepalive."
	}
	if c.Will != nil {
		s += fmt.Sprintf(" If it is lost, the broker says its last will on %s.", code(c.Will.Topic))
	}
	return s
}

// refusals are the codes of CONNACK (3.2.2.3).
var refusals = [...]string{
	1: "the protocol level is not served",
	2: "the client id is not allowed",
	3: "the broker has no room, or is not ready",
	4: "user name or password is wrong",
	5: "this client may not come in",
}

func whatConnack(p *Packet) string {
	answer := byte(0)
	if len(p.Codes) > 0 {
		answer = p.Codes[0]
	}
	switch {
	case answer == 0 && p.Present:
		return "Lets the client in. The broker still has its subscriptions and what waited for it."
	case answer == 0:
		return "Lets the client in. The broker has nothing from before for it: it has to subscribe."
	case int(answer) < len(refusals):
		return fmt.Sprintf("Refuses the client: %s (%d).", refusals[answer], answer)
	}
	return fmt.Sprintf("Refuses the client (%d).", answer)
}

func whatPublish(p *Packet, out bool) string {
	s := "Brings the broker a message."
	if out {
		s = "Brings the client a message that it has subscribed to."
		if p.Retain {
			s = "Brings the client the message that is retained on this topic."
		}
	}
	switch p.QoS {
	case 0:
		s += " At QoS 0 nobody acknowledges it."
	case 1:
		s += fmt.Sprintf(" PUBACK %d answers.", p.ID)
	case 2:
		s += fmt.Sprintf(" PUBREC %d, PUBREL and PUBCOMP follow.", p.ID)
	}
	if p.Dup {
		s += " It was sent before (DUP), and may have arrived then."
	}
	if p.Retain && !out {
		s += " The broker keeps it for whoever subscribes later (RETAIN)."
	}
	return s
}

func whatSuback(p *Packet) string {
	said := make([]string, 0, len(p.Codes))
	for _, answer := range p.Codes {
		if answer > 2 {
			said = append(said, fmt.Sprintf("refuses (%d)", answer))
		} else {
			said = append(said, fmt.Sprintf("grants QoS %d", answer))
		}
	}
	switch {
	case len(said) == 0:
		return fmt.Sprintf("Answers SUBSCRIBE %d.", p.ID)
	case len(said) > 8:
		return fmt.Sprintf("Answers SUBSCRIBE %d: %s and %d more.", p.ID, strings.Join(said[:8], ", "), len(said)-8)
	}
	return fmt.Sprintf("Answers SUBSCRIBE %d: %s.", p.ID, strings.Join(said, ", "))
}
