package dashboard

import (
	"testing"
	"time"

	"labbroker/internal/presence"
)

// TestWords is the states, and which of two holds where both would.
func TestWords(t *testing.T) {
	t.Parallel()
	now := start
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
		f    facts
		want string
		text string
	}{
		{"nothing known", facts{}, "never", ""},
		{"data from before a restart", facts{seen: true}, "gone", "not here since the server started"},
		{"just connected", facts{Summary: presence.Summary{Clients: 1}}, "connected", ""},
		{"just connected, data from before", facts{Summary: presence.Summary{Clients: 1}, seen: true}, "connected", ""},
		{"sends", facts{Summary: sends, seen: true}, "publishing", ""},
		{"another sends for it", facts{Summary: presence.Summary{LastMessage: ago(9 * s)}, seen: true}, "publishing", ""},
		{"another sends for it after it left", facts{Summary: presence.Summary{LastMessage: ago(s), EndedAt: ago(2 * s)}, seen: true}, "publishing", ""},
		{"connects for each message", facts{Summary: presence.Summary{Visits: 3, LastMessage: ago(s), EndedAt: ago(s)}}, "publishing", ""},
		{"silent", facts{Summary: presence.Summary{Clients: 1, LastMessage: ago(10 * s)}}, "quiet", ""},
		{"lost", facts{Summary: presence.Summary{LastMessage: ago(s), LastEnd: "keepalive", EndedAt: ago(s)}}, "gone", "keepalive"},
		{"lost, with the last word just said", facts{Summary: presence.Summary{LastMessage: ago(s), LastEnd: "connection lost", EndedAt: ago(0)}}, "gone", "connection lost"},
		{"left", facts{Summary: presence.Summary{LastMessage: ago(s), EndedAt: ago(s)}}, "finished", "disconnected itself"},
		{"left and said nothing", facts{Summary: presence.Summary{EndedAt: ago(s)}}, "finished", "disconnected itself"},
		{"sleeps", facts{Summary: sleeps}, "sleeps", "comes every 60 s"},
		{"sleeps, and missed one", facts{Summary: with(sleeps, func(p *presence.Summary) { p.Came = ago(120 * s) })}, "sleeps", "comes every 60 s"},
		{"slept, and stays away", facts{Summary: with(sleeps, func(p *presence.Summary) { p.Came = ago(121 * s) })}, "gone", "came every 60 s"},
		{"refused", facts{refused: refused}, "refused", "wrong password"},

		// What another has done stands before what it does itself.
		{"paused and refused", facts{paused: true, refused: refused}, "paused", "by the instructor"},
		{"paused and sends", facts{paused: true, Summary: sends}, "paused", "by the instructor"},
		{"refused after it was lost again and again", facts{refused: refused, Summary: drops}, "refused", "wrong password"},
		{"refused beside a client that is in", facts{refused: refused, Summary: sends}, "publishing", ""},
		{"refused after it had left", facts{refused: refused, Summary: presence.Summary{EndedAt: ago(s)}}, "refused", "wrong password"},
		// What goes wrong stands before what goes on.
		{"lost again and again", facts{Summary: drops}, "reconnecting", "3 times a minute"},
		{"lost again and again, in and sends", facts{Summary: with(drops, func(p *presence.Summary) { p.Clients, p.LastMessage = 1, now })}, "reconnecting", "3 times a minute"},
		{"lost again and again, and slowed", facts{Summary: with(drops, func(p *presence.Summary) { p.Clients, p.SlowedAt = 1, now })}, "reconnecting", "3 times a minute"},
		{"lost again and again, and stays since", facts{Summary: with(drops, func(p *presence.Summary) { p.Clients, p.LastMessage, p.Dropped = 1, now, ago(30*s) })}, "publishing", ""},
		{"lost twice", facts{Summary: with(drops, func(p *presence.Summary) { p.Drops = 2 })}, "gone", "connection lost"},
		{"slowed", facts{Summary: with(sends, func(p *presence.Summary) { p.SlowedAt = ago(5 * s) })}, "slowed", "sends faster than the limit"},
		{"was slowed", facts{Summary: with(sends, func(p *presence.Summary) { p.SlowedAt = ago(7 * s) })}, "publishing", ""},
		// What goes on stands before what was.
		{"sleeps, awake", facts{Summary: with(sleeps, func(p *presence.Summary) { p.Clients, p.Came, p.LastMessage = 1, ago(s), ago(s) })}, "sleeps", "comes every 60 s"},
		{"comes often", facts{Summary: presence.Summary{Every: s, Came: ago(s), EndedAt: ago(s), LastMessage: ago(s), Visits: 8}}, "publishing", ""},
		{"slept, and now stays", facts{Summary: presence.Summary{Clients: 1, LastMessage: ago(s), EndedAt: ago(time.Hour)}}, "publishing", ""},
	} {
		got := tc.f.word(now)
		if text := tc.f.text(got); got != tc.want || text != tc.text {
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
