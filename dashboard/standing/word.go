// Package standing says how a session stands, for those who walk through the
// class: in one word, and step by step on the way from a board in its box to a
// curve. It is told the facts and remembers nothing.
package standing

import (
	"fmt"
	"strings"
	"time"

	"labbroker/internal/notice"
	"labbroker/internal/presence"
)

const (
	// quietAfter is how long after its last message a session still publishes.
	quietAfter = 10 * time.Second
	// slowedFor is how long after it was slowed last a session is called so: it
	// is told every 5 s.
	slowedFor = 7 * time.Second
	// Who lost so many connections within a minute, the newest within
	// droppedFor, keeps reconnecting.
	manyDrops  = 3
	droppedFor = 30 * time.Second
	// manyVisits are enough connections in 10 s that each publish and leave to
	// say of who is away at the moment that it publishes.
	manyVisits = 3
)

// Facts are what a session's state follows from.
type Facts struct {
	presence.Summary
	Seen    bool // it has been here: now, or by what it left
	Paused  bool
	Refused *presence.Refusal // since its last connection; nil = none
}

// Word is the state in one word: what somebody who walks over has to know
// first. So what another has done to the session stands before what it does,
// what goes wrong before what goes on, and what goes on before what was.
func (f *Facts) Word(now time.Time) string {
	away := f.Clients == 0
	within := func(t time.Time, d time.Duration) bool { return !t.IsZero() && now.Sub(t) < d }
	asleep := f.Every > 0 && now.Sub(f.Came) <= 2*f.Every
	switch {
	case f.Paused: // whatever it does, nothing comes of it
		return "paused"
	case away && f.Refused != nil: // all that it tries fails; one that has another client in is told by a notice
		return "refused"
	case f.Drops >= manyDrops && within(f.Dropped, droppedFor): // even while it publishes: it will not last
		return "reconnecting"
	case within(f.SlowedAt, slowedFor): // it publishes, and what is shown is late
		return "slowed"
	case asleep && f.Every >= 2*time.Second: // it has left cleanly, or is about to
		return "sleeps"
	case within(f.LastMessage, quietAfter) && (!away || f.EndedAt.Before(f.LastMessage) || f.Visits >= manyVisits):
		// Who is away publishes where another does it for them, or where they
		// connect for each message.
		return "publishing"
	case !away && f.LastMessage.IsZero():
		return "connected"
	case !away:
		return "quiet"
	case f.Every > 0: // it should have come again
		return "gone"
	case !f.EndedAt.IsZero() && f.LastEnd == "":
		return "finished"
	case f.Seen || !f.EndedAt.IsZero():
		return "gone"
	}
	return "never"
}

// Text is what goes on beside the word, "" = nothing.
func (f *Facts) Text(word string) string {
	switch word {
	case "paused":
		return "by the instructor"
	case "refused":
		return refusedText(f.Refused.Code)
	case "reconnecting":
		return fmt.Sprintf("%d times a minute", f.Drops)
	case "slowed":
		return "sends faster than the limit"
	case "sleeps":
		return "comes every " + span(f.Every)
	case "finished":
		return "disconnected itself"
	case "gone":
		switch {
		case f.Every > 0:
			return "came every " + span(f.Every)
		case f.EndedAt.IsZero():
			return "not here since the server started"
		}
		return f.LastEnd
	}
	return ""
}

// refusals are reasons by code in a few words.
var refusals = func() map[notice.Code]string {
	m := map[notice.Code]string{}
	for _, c := range notice.Codes() {
		m[c.Code] = c.What
	}
	return m
}()

func refusedText(code string) string {
	text, _, _ := strings.Cut(refusals[notice.Code(code)], ";")
	return strings.TrimPrefix(text, "logged in with a ")
}

// span is how long something takes, in one figure.
func span(d time.Duration) string {
	switch s := d.Seconds(); {
	case s < 100:
		return fmt.Sprintf("%.0f s", s)
	case s < 5400:
		return fmt.Sprintf("%.0f min", s/60)
	default:
		return fmt.Sprintf("%.0f h", s/3600)
	}
}
