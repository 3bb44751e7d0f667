package hooks

import (
	"testing"

	"labbroker/hooks/policy"
	"labbroker/internal/notice"
	"labbroker/internal/session"
)

// TestPause: what a paused session publishes is refused with a sentence, on
// topics that were resolved before too; nobody else is held up.
func TestPause(t *testing.T) {
	t.Parallel()
	for _, mode := range []policy.Mode{policy.Claim, policy.Open} {
		w := newWorld(t, mode, Options{})
		ada, bob, teacher := w.as("ada", "board"), w.as("Bob", "board"), w.as(session.Instructor, "host")
		before := w.gate.Generation()
		w.gate.Pause("ada", true)
		w.gate.Pause("ada", true) // nothing new
		if after := w.gate.Generation(); after != before+1 {
			t.Errorf("generation: got %d, want %d: the broker's caches hold otherwise", after, before+1)
		}
		if !w.gate.Paused("ada") || w.gate.Paused("Bob") || w.gate.Paused("nobody") {
			t.Error("got another one paused than ada")
		}
		for topic, want := range map[string]bool{"ada/x": false, "ada/public/x": false, "ada": false} {
			if got := ada.Publish(topic).Allowed; got != want {
				t.Errorf("ada on %s: got %v, want %v", topic, got, want)
			}
		}
		ada.RefusedPublish("ada/x", 3)
		if told := w.heard(); len(told) != 1 || told[0].Code != notice.CodePaused || told[0].Times != 3 || told[0].session != "ada" {
			t.Errorf("told: got %+v, want ada that she is paused, 3 times", told)
		}
		ada.RefusedPublish("Bob/x", 1)
		if told := w.heard(); len(told) != 1 || told[0].Code != notice.CodeOtherSession {
			t.Errorf("on Bob/x: got %+v, want the sentence about Bob's", told)
		}
		granted, _ := ada.Filter("ada/#")
		if !bob.Publish("Bob/x").Allowed || !teacher.Publish("ada/led").Allowed || !granted {
			t.Error("got Bob, the instructor or ada's filter refused, want them allowed")
		}
		page := w.gate.Page("ada")
		if page.Publish("ada/led").Allowed {
			t.Error("ada's page: got allowed, want paused too")
		}
		page.RefusedPublish("ada/led", 1)
		if told := page.Told(); len(told) != 1 || told[0].Code != notice.CodePaused {
			t.Errorf("ada's page: got %+v, want that she is paused", told)
		}
		w.gate.Pause("ada", false)
		if !ada.Publish("ada/x").Allowed || w.gate.Paused("ada") || w.gate.Generation() != before+2 {
			t.Error("resumed: got refused, or the old generation")
		}
	}
}

// TestPauseOfNobody makes no rooms and pauses nobody else.
func TestPauseOfNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy.Claim, Options{})
	w.gate.Pause("", true)
	w.gate.Pause(session.Instructor, true)
	w.gate.Pause("ada", false)
	if len(w.gate.rooms.m) != 0 || w.gate.Paused(session.Instructor) {
		t.Errorf("got rooms %v, want none", w.gate.rooms.m)
	}
}
