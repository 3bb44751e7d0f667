package hooks

import (
	"testing"
	"time"

	"labbroker/hooks/policy"
	"labbroker/internal/session"
)

// TestPageMayDoWhatItsBoardMay holds the page to the board's rules, and to the
// board's sentences.
func TestPageMayDoWhatItsBoardMay(t *testing.T) {
	t.Parallel()
	topics := []string{
		"ada", "ada/x", "ada/public/x", "Ada/x", "Bob/x", "bob/x", "Bob/public/x", "class/x", "data", "/ada/x", " ada/x",
		"$SYS/x", "$x/y", "", "ada/+", "ada/\x00", "your_id/x",
	}
	for _, name := range []string{"ada", session.Instructor} {
		for _, topic := range topics {
			w := newWorld(t, policy.Claim, Options{})
			board, page := w.as(name, "board"), w.gate.Page(name)
			want, got := board.Publish(topic).Allowed, page.Publish(topic).Allowed
			if got != want {
				t.Errorf("%s on %q: got %v, want %v", name, topic, got, want)
			}
			if want {
				continue
			}
			board.RefusedPublish(topic, 1)
			page.RefusedPublish(topic, 1)
			told := w.heard()
			if len(told) != 1 || len(page.Told()) != 1 || told[0].Draft != page.Told()[0] {
				t.Errorf("%s on %q: the board got %v, the page %v, want the same, and only that", name, topic, told, page.Told())
			}
		}
		for _, filter := range []string{"ada/#", "#", "+/x", "class/#", "Bob/public/#", "Bob/#", "bob/x", "ADA/#", "$SYS/#", "ada/#/x", "", "$share/g/ada/#"} {
			w := newWorld(t, policy.Claim, Options{})
			board, page := w.as(name, "board"), w.gate.Page(name)
			got, told := page.Filter(filter)
			if want, same := board.Filter(filter); got != want || told != same {
				t.Errorf("%s, filter %q: got %v %q, want %v %q", name, filter, got, told, want, same)
			}
			if told := w.heard(); len(told) != len(page.Told()) || len(told) == 1 && told[0].Draft != page.Told()[0] {
				t.Errorf("%s, filter %q: the board got %v, the page %v", name, filter, told, page.Told())
			}
		}
	}
}

func TestPageIsMarkedAndNoClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy.Claim, Options{})
	page := w.gate.Page("ada")
	sink := page.Publish("ada/led").Sink
	sink.Heard(1, []byte("on"), 1, true)
	if ticket := sink.Record([]byte("on"), 1, true); ticket == 0 {
		t.Error("got no ticket, want one")
	}
	if len(w.taps) != 1 || !w.taps[0].Page || w.taps[0].Session != "ada" || w.taps[0].Topic != "led" {
		t.Errorf("recorded: got %+v, want ada's led, marked as a page's", w.taps)
	}
	st, ok := w.presence.Get("ada")
	if !ok || st.Clients != 0 || len(st.Topics) != 1 || st.Topics[0].Text != "on" {
		t.Errorf("presence: got %+v, want the topic and no client", st)
	}
	w.as("ada", "board").Publish("ada/led").Sink.Record([]byte("on"), 0, false)
	if w.taps[1].Page {
		t.Error("a board's message is marked as a page's")
	}
	if w.gate.Page(session.Instructor).Publish("ada/led").Sink.Record([]byte("on"), 0, false); w.taps[2].Session != "ada" || !w.taps[2].Page {
		t.Errorf("the instructor's page: got %+v, want it in ada's history", w.taps[2])
	}
}

func TestPageCannotFlood(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy.Claim, Options{SessionRate: 1000})
	said := 0
	for range 1000 {
		if w.gate.Page("ada").Take(1, 1, 0) == 0 {
			said++
		}
	}
	if said != pageBurst {
		t.Errorf("at once: got %d, want %d", said, pageBurst)
	}
	if wait := w.gate.Page("ada").Take(1, 1, 0); wait <= pageCredit {
		t.Errorf("beyond it: got a wait of %v, want more than %v", wait, pageCredit)
	}
	w.pass(time.Second)
	for said = 0; w.gate.Page("ada").Take(1, 1, 0) == 0; said++ {
	}
	if said != pageRate {
		t.Errorf("a second later: got %d, want %d", said, pageRate)
	}
	if wait := w.gate.Page("Bob").Take(1, 1, 0); wait != 0 {
		t.Errorf("another session: got a wait of %v, want none", wait)
	}
	if wait := w.gate.Page(session.Instructor).Take(1, 1, 0); wait != 0 {
		t.Errorf("the instructor: got a wait of %v, want none", wait)
	}
}

// TestPageWaitsItsTurn beside a board that uses the session's rate up.
func TestPageWaitsItsTurn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy.Claim, Options{SessionRate: 10, SessionBurst: 10})
	board := w.as("ada", "board")
	board.Take(10, 1, 0)
	if wait := w.gate.Page("ada").Take(1, 1, 0); wait <= 0 || wait > pageCredit {
		t.Errorf("got a wait of %v, want one of at most %v", wait, pageCredit)
	}
	board.Take(20, 1, 0)
	before := w.gate.rooms.get("ada").spent.tokens
	if wait := w.gate.Page("ada").Take(1, 1, 0); wait <= pageCredit {
		t.Errorf("far behind: got a wait of %v, want more than %v", wait, pageCredit)
	}
	if got := w.gate.rooms.get("ada").spent.tokens; got != before {
		t.Errorf("what was not said counts: got %v tokens, want %v", got, before)
	}
}

// TestCheckIsWhatPublishSays, and does nothing.
func TestCheckIsWhatPublishSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy.Claim, Options{})
	for _, name := range []string{"ada", session.Instructor} {
		for topic, instead := range map[string]string{
			"ada/x": "", "ada": "", "data": "ada/data", "Ada/x": "ada/x", "/ada/x": "ada/x", "Bob/x": "", "class/x": "", "$SYS/x": "", "ada/+": "", "": "",
		} {
			got, want := w.gate.Page(name).Check(topic), w.gate.Page(name).Publish(topic).Allowed
			if got.Allowed != want || want == (got.Draft.Text != "") {
				t.Errorf("%s on %q: got %+v, want allowed = %v", name, topic, got, want)
			}
			if name == "ada" && got.Instead != instead {
				t.Errorf("%s on %q: got instead %q, want %q", name, topic, got.Instead, instead)
			}
		}
	}
	if got := w.gate.Page("ada").Check("ada/mcu/x"); got.Session != "ada" || got.Topic != "mcu/x" {
		t.Errorf("got %+v, want ada's mcu/x", got)
	}
	if got := w.gate.Page(session.Instructor).Check("class/x"); got.Session != "" {
		t.Errorf("got %+v, want nobody's", got)
	}
	w.gate.Pause("ada", true)
	if got := w.gate.Page("ada").Check("ada/x"); got.Allowed || got.Draft.Text == "" {
		t.Errorf("paused: got %+v, want refused", got)
	}
	if n := w.heard(); len(n) != 0 {
		t.Errorf("checks were told: %v", n)
	}
	if st, ok := w.presence.Get("ada"); ok && len(st.Topics) > 0 {
		t.Errorf("checks were heard: %v", st.Topics)
	}
}
