package dashboard

import (
	"fmt"
	"strings"
	"testing"

	"labbroker/internal/series"
)

func TestControls(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	const path = "/api/sessions/ada/controls"
	l.want(path, ada, 200, "[]")
	led := l.do("POST", path, `{"kind":"switch","label":" LED ","topic":"ada/led","qos":1,"retain":true,"on":"1","off":"0","min":5}`, ada)
	if led.status != 200 {
		t.Fatalf("got %d %s", led.status, led.body)
	}
	id := decode[control](t, led.body).ID
	l.do("POST", path, `{"kind":"value","topic":"class/message"}`, ada)
	l.do("POST", path, `{"kind":"slider","topic":"ada/dim","min":0,"max":100,"step":5,"template":"{value}"}`, ada)
	list := decode[[]control](t, l.get(path, ada).body)
	want := control{ID: id, Kind: "switch", Label: "LED", Topic: "ada/led", QoS: 1, Retain: true, On: "1", Off: "0"}
	if len(list) != 3 || list[0] != want || list[1].Topic != "class/message" || list[2].Max != 100 {
		t.Fatalf("got %+v", list)
	}
	if got := l.do("PUT", path, fmt.Sprintf(`{"order":[%d,%d]}`, list[2].ID, list[1].ID), ada); decode[[]control](t, got.body)[0].Kind != "slider" {
		t.Errorf("ordered: got %s", got.body)
	}
	if got := l.do("PUT", fmt.Sprint(path, "/", id), `{"kind":"button","topic":"ada/go","payload":"go"}`, ada); got.status != 200 {
		t.Errorf("changed: got %d %s", got.status, got.body)
	}

	// The prefix is not kept: a session's new name is its controls' too.
	if err := l.store.RenameSession(t.Context(), "ada", "eve"); err != nil {
		t.Fatal(err)
	}
	l.people.add("eve")
	list = decode[[]control](t, l.get("/api/sessions/eve/controls", basic("eve", "eveeve")).body)
	if len(list) != 3 || list[0].Topic != "eve/dim" || list[1].Topic != "class/message" || list[2].Topic != "eve/go" || list[2].Payload != "go" {
		t.Errorf("renamed: got %+v", list)
	}
	if got := l.do("DELETE", fmt.Sprint("/api/sessions/eve/controls/", id), "", boss); got.status != 204 {
		t.Errorf("removed: got %d %s", got.status, got.body)
	}
}

func TestControlsAreChecked(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	const path = "/api/sessions/ada/controls"
	for body, want := range map[string]int{
		`{"kind":"lever","topic":"ada/x"}`:                                                422,
		`{"kind":"button"}`:                                                               422,
		`{"kind":"button","topic":"ada/#"}`:                                               422,
		`{"kind":"button","topic":"ada/x","qos":3}`:                                       422,
		`{"kind":"button","topic":"ada/x","label":"` + strings.Repeat("x", 100) + `"}`:    422,
		`{"kind":"button","topic":"ada/x","payload":"` + strings.Repeat("x", 4000) + `"}`: 422,
		`{"kind":"switch","topic":"ada/x","on":"1","off":"1"}`:                            422,
		`{"kind":"slider","topic":"ada/x","min":1,"max":1,"step":1}`:                      422,
		`{"kind":"slider","topic":"ada/x","min":0,"max":1,"step":0}`:                      422,
		`{"kind":"slider","topic":"ada/x","min":0,"max":1e300,"step":1}`:                  422,
		`{"kind":"slider","topic":"ada/x","min":0,"max":"x"}`:                             400,
		`{"kind":"button","topic":"ada/x"}`:                                               200,
	} {
		if got := l.do("POST", path, body, ada); got.status != want {
			t.Errorf("%.80s: got %d %s, want %d", body, got.status, got.body, want)
		}
	}
	for range series.MaxControls - 1 {
		l.do("POST", path, `{"kind":"button","topic":"ada/x"}`, ada)
	}
	if got := l.do("POST", path, `{"kind":"button","topic":"ada/x"}`, ada); got.status != 422 || !strings.Contains(got.sentence(t), "50") {
		t.Errorf("one too many: got %d %s", got.status, got.body)
	}
}
