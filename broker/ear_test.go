package broker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"labbroker/internal/mqtttest"
	"labbroker/internal/notice"
)

func (x *inside) hear(t *testing.T, filters ...string) *Ear {
	t.Helper()
	e, err := x.Hear(x.page(), filters...)
	if err != nil {
		t.Fatalf("hear %q: %v", filters, err)
	}
	t.Cleanup(e.Close)
	return e
}

// heard waits until n messages were heard.
func heard(t *testing.T, e *Ear, n int) []Heard {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), mqtttest.Patience)
	defer cancel()
	var all []Heard
	for len(all) < n {
		list, _, err := e.Next(ctx)
		if err != nil {
			t.Fatalf("after %d of %d messages: %v", len(all), n, err)
		}
		all = append(all, list...)
	}
	return all
}

func TestEarHears(t *testing.T) {
	t.Parallel()
	x := newInside(t, &law{}, Options{})
	board := x.as(t, "board")
	board.Publish("alice/kept", "before", 1, true)
	e := x.hear(t, "alice/#", "+/kept", "alice/led")
	board.Publish("alice/led", "on", 0, false)
	board.Publish("alice/led", "off", 2, true)
	board.Publish("bob/led", "on", 0, false)
	x.say(t, "alice/said", strings.Repeat("x", earPayload+5), 1, false)
	var got []string
	for _, h := range heard(t, e, 4) {
		got = append(got, fmt.Sprint(h.Topic, " ", len(h.Payload), " of ", h.Size, " ", h.QoS, h.Retain, h.Kept))
	}
	want := []string{
		"alice/kept 6 of 6 1 true true", "alice/led 2 of 2 0 false false",
		"alice/led 3 of 3 2 true false", fmt.Sprintf("alice/said %d of %d 1 false false", earPayload, earPayload+5),
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if said := x.say(t, "alice/led", "on", 1, false); len(said.Receivers()) != 0 {
		t.Errorf("a page counts as a receiver: %+v", said.Receivers())
	}
	if x.Stats().Kept != 1 {
		t.Error("a page is known as a client")
	}
}

func TestEarIsBounded(t *testing.T) {
	t.Parallel()
	x := newInside(t, &law{}, Options{})
	e := x.hear(t, "alice/#")
	for range earMessages + 7 {
		x.say(t, "alice/led", "on", 0, false)
	}
	list, dropped, err := e.Next(t.Context())
	if len(list) != earMessages || dropped != 7 || err != nil {
		t.Errorf("got %d messages, %d dropped, %v, want %d and 7", len(list), dropped, err, earMessages)
	}
	for range earBytes / earPayload {
		x.say(t, "alice/led", strings.Repeat("x", earPayload), 0, false)
	}
	if list, dropped, _ = e.Next(t.Context()); dropped == 0 || len(list) == 0 {
		t.Errorf("large ones: got %d, %d dropped, want some of both", len(list), dropped)
	}
	for range maxEarsOf - 1 {
		x.hear(t, "alice/#")
	}
	if _, err := x.Hear(x.page(), "alice/#"); !errors.Is(err, ErrTooManyEars) {
		t.Errorf("one too many: got %v", err)
	}
	e.Close()
	e.Close()
	x.hear(t, "alice/#")
	if got := x.subs.Len(); got != maxEarsOf {
		t.Errorf("got %d subscriptions, want %d", got, maxEarsOf)
	}
}

func TestEarsEnd(t *testing.T) {
	t.Parallel()
	x := newInside(t, &law{}, Options{})
	gone, other := x.hear(t, "alice/#"), &citizen{law: x.law, id: "page", user: "bob"}
	stays, err := x.Hear(other, "alice/#")
	if err != nil {
		t.Fatal(err)
	}
	x.Disconnect("alice")
	if _, _, err := gone.Next(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("a disconnected session's: got %v, want closed", err)
	}
	x.say(t, "alice/led", "on", 0, false)
	heard(t, stays, 1)
	if err := x.stop(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := stays.Next(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("the server has ended: got %v, want closed", err)
	}
	if _, err := x.Hear(other, "alice/#"); !errors.Is(err, ErrClosed) {
		t.Errorf("after the end: got %v, want closed", err)
	}
	if got := x.subs.Len(); got != 0 {
		t.Errorf("got %d subscriptions, want none", got)
	}
}

func TestEarIsRefused(t *testing.T) {
	t.Parallel()
	x := newInside(t, &law{}, Options{TopicLevels: 3})
	for _, filter := range []string{"", "alice/#/x", "alice#", "$share/g/alice/#", "alice/\x00", "a/b/c/d"} {
		if _, err := x.Hear(x.page(), filter); !errors.Is(err, ErrRefused) {
			t.Errorf("%q: got %v, want refused", filter, err)
		}
	}
	if got := x.law.told(notice.CodeFilterMalformed); got != 5 {
		t.Errorf("got %d explained as malformed, want 5", got)
	}
	e := x.hear(t, "a/b/c/d", "alice/#")
	if got := e.Filters(); !slices.Equal(got, []string{"alice/#"}) {
		t.Errorf("got %q, want what is granted", got)
	}
}

// TestEarsInARace publishes while pages come and go.
func TestEarsInARace(t *testing.T) {
	t.Parallel()
	x := newInside(t, &law{}, Options{})
	done := make(chan struct{})
	for i := range 4 {
		go func() {
			defer func() { done <- struct{}{} }()
			for j := range 50 {
				if i%2 == 0 {
					if _, err := x.Say(t.Context(), x.page(), "alice/led", []byte("on"), byte(j%3), j%5 == 0); err != nil {
						t.Error(err)
					}
					continue
				}
				e, err := x.Hear(x.page(), "alice/#", "#")
				if err != nil {
					t.Error(err)
					return
				}
				if j%10 == 0 {
					x.Disconnect("alice")
				}
				e.Close()
			}
		}()
	}
	for range 4 {
		<-done
	}
	if got := x.subs.Len(); got != 0 {
		t.Errorf("got %d subscriptions, want none", got)
	}
}
