package dashboard

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// said is a publication that counts who forgets it.
type said struct{ forgotten *int }

func (said) Receivers() []Receiver {
	return []Receiver{{Session: "ada", Client: "board", QoS: 1, State: "acknowledged", After: 12345 * time.Microsecond}, {Session: "Bob", Client: "secret", State: "sent"}}
}
func (said) Hints() []string          { return nil }
func (said) Wait(ctx context.Context) { <-ctx.Done() }
func (s said) Forget()                { *s.forgotten++ }

// voice is a Talk that does what it is told.
type voice struct {
	forgotten int
	denial    *Denial
	got       []PageMessage
	who       string
}

func (v *voice) Publish(_ context.Context, who string, m PageMessage) (Publication, error) {
	v.who, v.got = who, append(v.got, m)
	if v.denial != nil {
		return nil, v.denial
	}
	return said{&v.forgotten}, nil
}
func (v *voice) Check(context.Context, string, PageMessage) (*Check, error) { return nil, v.denial }
func (v *voice) Listen(string, []string) (Listening, []string, error)       { return nil, nil, v.denial }

func TestPublish(t *testing.T) {
	t.Parallel()
	v := &voice{}
	l := newLab(t, Options{Talk: v})
	const path = "/api/sessions/ada/publish"
	got := l.do("POST", path, `{"topic":"ada/x","base64":"AP8=","qos":2,"retain":true}`, ada)
	want := `"receivers":[{"session":"ada","client":"board","qos":1,"state":"acknowledged","after_ms":12.345},{"session":"","client":"","qos":0,"state":"sent"}],"hints":[]}`
	if got.status != 200 || !strings.Contains(got.body, want) {
		t.Errorf("got %d %s, want %s", got.status, got.body, want)
	}
	if m := v.got[0]; v.who != "ada" || m.Topic != "ada/x" || string(m.Payload) != "\x00\xff" || m.QoS != 2 || !m.Retain {
		t.Errorf("got %+v of %s", m, v.who)
	}
	if got := l.do("POST", path, `{"topic":"ada/x"}`, boss); v.who != "instructor" || !strings.Contains(got.body, "secret") {
		t.Errorf("the instructor: got %s as %s", got.body, v.who)
	}
	id := decode[publicationJSON](t, got.body).ID
	if got := l.get(path+"/"+id, ada); got.status != 200 || !strings.Contains(got.body, want) {
		t.Errorf("what became of it: got %d %s", got.status, got.body)
	}
	if got := l.get("/api/sessions/Bob/publish/"+id, bob); got.status != 404 {
		t.Errorf("Bob asks: got %d, want 404", got.status)
	}
	for range maxSaidOf {
		l.do("POST", path, `{"topic":"ada/x"}`, ada)
	}
	if got := l.get(path+"/"+id, ada); got.status != 404 || v.forgotten != 2 {
		t.Errorf("after many more: got %d, %d forgotten, want 404, 2", got.status, v.forgotten)
	}
}

func TestPublishIsDenied(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, body string
		denial     *Denial
		want       int
	}{
		{"not allowed", `{"topic":"x"}`, &Denial{Text: "why"}, 403},
		{"nobody may", `{"topic":""}`, &Denial{Text: "why", Form: true}, 422},
		{"too fast", `{"topic":"x"}`, &Denial{Text: "why", Wait: 1500 * time.Millisecond}, 429},
		{"too large", `{"topic":"x"}`, &Denial{Text: "why", Large: true}, 413},
		{"QoS", `{"topic":"x","qos":3}`, nil, 422},
		{"negative", `{"topic":"x","qos":-1}`, nil, 422},
		{"base64", `{"topic":"x","base64":"%"}`, nil, 422},
		{"both", `{"topic":"x","base64":"AA==","payload":"x"}`, nil, 422},
		{"no JSON", `topic=x`, nil, 400},
		{"more than a body", `{"topic":"x","payload":"` + strings.Repeat("x", maxBody) + `"}`, nil, 413},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, Options{Talk: &voice{denial: tc.denial}})
			got := l.do("POST", "/api/sessions/ada/publish", tc.body, ada)
			if got.status != tc.want || tc.denial != nil && got.sentence(t) != "why" {
				t.Errorf("got %d %s, want %d", got.status, got.body, tc.want)
			}
			if retry := got.header.Get("Retry-After"); tc.want == http.StatusTooManyRequests && retry != "2" {
				t.Errorf("got Retry-After %q, want 2", retry)
			}
		})
	}
}

// TestWaitingEndsWithTheServer: a request that waits for an acknowledgement
// holds no stop up.
func TestWaitingEndsWithTheServer(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{Talk: &voice{}})
	id := decode[publicationJSON](t, l.do("POST", "/api/sessions/ada/publish", `{"topic":"ada/x"}`, ada).body).ID
	l.dash.die()
	began := time.Now()
	if got := l.get(fmt.Sprint("/api/sessions/ada/publish/", id, "?wait=10"), ada); got.status != 200 {
		t.Errorf("got %d %s", got.status, got.body)
	}
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("waited %v for a server that stops", took)
	}
}

func TestShownText(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", maxShown-1)
	for _, tc := range []struct {
		payload     string
		size        int
		want        string
		binary, cut bool
	}{
		{"21 °C", 6, "21 °C", false, false},
		{"", 0, "", false, false},
		{"A\x00", 2, "4100", true, false},
		{long + "°", maxShown + 1, long, false, true},
		{"\xc3", 1, "c3", true, false},
		{strings.Repeat("\xff", 2000), 2000, strings.Repeat("ff", maxShown/2), true, true},
	} {
		text, binary, cut := shownText([]byte(tc.payload), tc.size)
		if text != tc.want || binary != tc.binary || cut != tc.cut {
			t.Errorf("%.20q: got %.20q, binary %v, cut %v, want %.20q, %v, %v", tc.payload, text, binary, cut, tc.want, tc.binary, tc.cut)
		}
	}
}
