package standing

import (
	"testing"
	"time"

	"labbroker/internal/presence"
)

// TestWords is the states, and which of two holds where both would.
func TestWords(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	const s = time.Second
	refused := &presence.Refusal{Code: "wrong-password"}
	drops := presence.Summary{Drops: 3, Dropped: ago(s), LastEnd: "connection lost", EndedAt: ago(s)}
	sends := presence.Summary{Clients: 1, LastMessage: ago(s)}
	sleeps := presence.Summary{Every: 60 * s, Came: ago(30 * s), EndedAt: ago(29 * s), LastMessage: ago(30 * s)}
	with := func(p presence.Summary, change func(*presence.Summary)) presence.Summary {
		change(&p)
		return p
	}
	for _, tc := range []struct {
		name string
		f    Facts
		want string
		text string
	}{
		{"nothing known", Facts{}, "never", ""},
		{"data from before a restart", Facts{Seen: true}, "gone", "not here since the server started"},
		{"just connected", Facts{Summary: presence.Summary{Clients: 1}}, "connected", ""},
		{"just connected, data from before", Facts{Summary: presence.Summary{Clients: 1}, Seen: true}, "connected", ""},
		{"sends", Facts{Summary: sends, Seen: true}, "publishing", ""},
		{"another sends for it", Facts{Summary: presence.Summary{LastMessage: ago(9 * s)}, Seen: true}, "publishing", ""},
		{"another sends for it after it left", Facts{Summary: presence.Summary{LastMessage: ago(s), EndedAt: ago(2 * s)}, Seen: true}, "publishing", ""},
		{"connects for each message", Facts{Summary: presence.Summary{Visits: 3, LastMessage: ago(s), EndedAt: ago(s)}}, "publishing", ""},
		{"silent", Facts{Summary: presence.Summary{Clients: 1, LastMessage: ago(10 * s)}}, "quiet", ""},
		{"lost", Facts{Summary: presence.Summary{LastMessage: ago(s), LastEnd: "keepalive", EndedAt: ago(s)}}, "gone", "keepalive"},
		{"lost, with the last word just said", Facts{Summary: presence.Summary{LastMessage: ago(s), LastEnd: "connection lost", EndedAt: ago(0)}}, "gone", "connection lost"},
		{"left", Facts{Summary: presence.Summary{LastMessage: ago(s), EndedAt: ago(s)}}, "finished", "disconnected itself"},
		{"left and said nothing", Facts{Summary: presence.Summary{EndedAt: ago(s)}}, "finished", "disconnected itself"},
		{"sleeps", Facts{Summary: sleeps}, "sleeps", "comes every 60 s"},
		{"sleeps, and missed one", Facts{Summary: with(sleeps, func(p *presence.Summary) { p.Came = ago(120 * s) })}, "sleeps", "comes every 60 s"},
		{"slept, and stays away", Facts{Summary: with(sleeps, func(p *presence.Summary) { p.Came = ago(121 * s) })}, "gone", "came every 60 s"},
		{"refused", Facts{Refused: refused}, "refused", "wrong password"},

		// What another has done stands before what it does itself.
		{"paused and refused", Facts{Paused: true, Refused: refused}, "paused", "by the instructor"},
		{"paused and sends", Facts{Paused: true, Summary: sends}, "paused", "by the instructor"},
		{"refused after it was lost again and again", Facts{Refused: refused, Summary: drops}, "refused", "wrong password"},
		{"refused beside a client that is in", Facts{Refused: refused, Summary: sends}, "publishing", ""},
		{"refused after it had left", Facts{Refused: refused, Summary: presence.Summary{EndedAt: ago(s)}}, "refused", "wrong password"},
		// What goes wrong stands before what goes on.
		{"lost again and again", Facts{Summary: drops}, "reconnecting", "3 times a minute"},
		{"lost again and again, in and sends", Facts{Summary: with(drops, func(p *presence.Summary) { p.Clients, p.LastMessage = 1, now })}, "reconnecting", "3 times a minute"},
		{"lost again and again, and slowed", Facts{Summary: with(drops, func(p *presence.Summary) { p.Clients, p.SlowedAt = 1, now })}, "reconnecting", "3 times a minute"},
		{"lost again and again, and stays since", Facts{Summary: with(drops, func(p *presence.Summary) { p.Clients, p.LastMessage, p.Dropped = 1, now, ago(30*s) })}, "publishing", ""},
		{"lost twice", Facts{Summary: with(drops, func(p *presence.Summary) { p.Drops = 2 })}, "gone", "connection lost"},
		{"slowed", Facts{Summary: with(sends, func(p *presence.Summary) { p.SlowedAt = ago(5 * s) })}, "slowed", "sends faster than the limit"},
		{"was slowed", Facts{Summary: with(sends, func(p *presence.Summary) { p.SlowedAt = ago(7 * s) })}, "publishing", ""},
		// What goes on stands before what was.
		{"sleeps, awake", Facts{Summary: with(sleeps, func(p *presence.Summary) { p.Clients, p.Came, p.LastMessage = 1, ago(s), ago(s) })}, "sleeps", "comes every 60 s"},
		{"comes often", Facts{Summary: presence.Summary{Every: s, Came: ago(s), EndedAt: ago(s), LastMessage: ago(s), Visits: 8}}, "publishing", ""},
		{"slept, and now stays", Facts{Summary: presence.Summary{Clients: 1, LastMessage: ago(s), EndedAt: ago(time.Hour)}}, "publishing", ""},
	} {
		got := tc.f.Word(now)
		if text := tc.f.Text(got); got != tc.want || text != tc.text {
			t.Errorf("%s: got %s %q, want %s %q", tc.name, got, text, tc.want, tc.text)
		}
	}
}

// TestRefusalsHaveReasons: every reason that a board can be refused for reads
// beside the word.
func TestRefusalsHaveReasons(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"wrong-password": "wrong password", "will-outside": "last will outside the own prefix", "no-such-code": "",
	} {
		if got := refusedText(code); got != want {
			t.Errorf("%s: got %q, want %q", code, got, want)
		}
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		2400 * time.Millisecond: "2 s", 60 * time.Second: "60 s", 10 * time.Minute: "10 min", 3 * time.Hour: "3 h",
	} {
		if got := span(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}
