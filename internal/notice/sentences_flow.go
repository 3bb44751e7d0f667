package notice

import "fmt"

// The constructors below explain what the broker's limits did.

// QueueFull: a client stayed away or took nothing for so long that its oldest
// messages went; limit is how many are kept.
func QueueFull(client string, limit int) Draft {
	return Draft{Code: CodeQueueFull, Key: client, Text: fmt.Sprintf(
		"More messages wait for %s than the %d that are kept: the oldest were dropped. "+
			"Connect it, or let it start with a clean session if it needs none of them.", Quote(client), limit)}
}

// Cut: a subscriber took so little for so long that its connection was closed,
// so that the others need not wait; kept says that its messages wait for it.
func Cut(client string, kept bool) Draft {
	text := fmt.Sprintf("%s reads more slowly than messages come for it, so its connection was closed. "+
		"Call `check_msg()` more often, or subscribe to less.", Quote(client))
	if kept {
		text += " What it has not received waits until it connects again."
	}
	return Draft{Code: CodeCut, Key: client, Text: text}
}

// TooLong: a topic or filter with more than limit bytes.
func TooLong(name, topic string, limit int) Draft {
	return Draft{Code: CodeTooLong, Key: name, Text: fmt.Sprintf(
		"A topic that begins with %s has %d bytes; the most is %d. Use a shorter one below %s.",
		Quote(cut(topic)), len(topic), limit, prefix(name))}
}

// TooManySubscriptions: a client asked for more filters than it may have.
func TooManySubscriptions(client string, limit int) Draft {
	return Draft{Code: CodeTooManySubs, Key: client, Text: fmt.Sprintf(
		"%s has %d subscriptions, which is the most; the further one was refused (128). "+
			"One filter with `#` at its end covers many topics.", Quote(client), limit)}
}

// TooManyRetained: the class has as many retained messages as are kept.
func TooManyRetained(topic string, limit int) Draft {
	return Draft{Code: CodeTooManyRetained, Topic: topic, Text: fmt.Sprintf(
		"The message on %s was delivered but not retained: %d topics have a retained message, which is the most. "+
			"Publish without `retain=True`, or clear old ones with an empty retained message.", Quote(topic), limit)}
}

// UnfinishedPacket: a packet was begun, and the rest of it did not come.
func UnfinishedPacket(client string) Draft {
	return Draft{Code: CodeUnfinishedPacket, Key: client, Text: fmt.Sprintf(
		"%s began a packet and did not finish it, so its connection was closed. If the text holds °, Ω or µ, "+
			"send bytes: `s.encode()`, since the old client counts characters.", Quote(client))}
}

// BrokerFault: the broker ended a connection by a fault of its own.
func BrokerFault(client string) Draft {
	return Draft{Code: CodeBrokerFault, Key: client, Text: fmt.Sprintf(
		"The connection of %s was closed by a fault of the broker, not yours. Connect again, "+
			"and show the instructor the broker's log.", Quote(client))}
}

// Paused: the instructor lets nothing of the session pass.
func Paused(name string) Draft {
	return Draft{Code: CodePaused, Key: name, Text: fmt.Sprintf(
		"The instructor paused %s: what you publish is acknowledged and goes nowhere until it is resumed. Your code may run on.",
		Quote(name))}
}

// Dismissed: the instructor ended a connection.
func Dismissed(client string) Draft {
	return Draft{Code: CodeDismissed, Key: client, Text: fmt.Sprintf(
		"The instructor disconnected %s. It may connect again; if you do not know why, ask.", Quote(client))}
}
