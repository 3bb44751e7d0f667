package broker_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"labbroker/broker"
	"labbroker/internal/account"
	"labbroker/internal/mqtttest"
	"labbroker/internal/packets"
)

// viewer is a watch, with what it has shown so far.
type viewer struct {
	t    *testing.T
	w    *broker.Watch
	seen []packets.Seen
	left int
}

func (w *world) view(name string) *viewer {
	w.t.Helper()
	x, err := w.broker.Watch(name)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(x.Close)
	return &viewer{t: w.t, w: x}
}

// until takes what passes until is says so.
func (v *viewer) until(what string, is func() bool) {
	v.t.Helper()
	end := time.After(mqtttest.Patience)
	for !is() {
		select {
		case <-v.w.Ready():
			list, left := v.w.Take()
			v.seen = append(v.seen, list...)
			v.left += left
		case <-end:
			v.t.Fatalf("%s: not seen; so far %s", what, strings.Join(v.lines(""), "; "))
		}
	}
}

// shows waits for a line of a client.
func (v *viewer) shows(client, line string) {
	v.t.Helper()
	v.until(line, func() bool { return slices.Contains(v.lines(client), line) })
}

// lines writes what was seen of a client, "" = of all: ">" to the broker, "!"
// refused.
func (v *viewer) lines(client string) (out []string) {
	for _, s := range v.seen {
		if client == "" || s.Client == client {
			out = append(out, line(s))
		}
	}
	return out
}

func line(s packets.Seen) string {
	parts := []string{">"}
	if s.Out {
		parts[0] = "<"
	}
	if s.Refused {
		parts[0] += "!"
	}
	if s.Size == 0 {
		return parts[0] + " end: " + s.End
	}
	p := packets.Decode(s.Bytes, s.Size)
	parts = append(parts, p.Type)
	if p.ID > 0 {
		parts = append(parts, fmt.Sprint(p.ID))
	}
	if p.Type == "PUBLISH" {
		parts = append(parts, fmt.Sprintf("q%d", p.QoS), p.Topic, string(s.Bytes[p.At:]))
	}
	for _, f := range p.Filters {
		parts = append(parts, f.Filter)
	}
	if len(p.Codes) > 0 {
		parts = append(parts, fmt.Sprintf("%x", p.Codes))
	}
	return strings.Join(parts, " ")
}

func (v *viewer) want(client string, want ...string) {
	v.t.Helper()
	got := v.lines(client)
	for i := range max(len(got), len(want)) {
		a, b := "nothing", "nothing"
		if i < len(got) {
			a = got[i]
		}
		if i < len(want) {
			b = want[i]
		}
		if a != b {
			v.t.Fatalf("packet %d of %s: got %s, want %s\nall of it: %s", i, client, a, b, strings.Join(got, "; "))
		}
	}
}

// hint is what the first line of that text came with.
func (v *viewer) hint(text string) string {
	v.t.Helper()
	for _, s := range v.seen {
		if line(s) == text {
			return s.Hint
		}
	}
	v.t.Fatalf("%s was not seen: %s", text, strings.Join(v.lines(""), "; "))
	return ""
}

// TestWatchSeesBothWays: every type of packet in both directions, in the order
// of the connection, of one that is watched from its middle and of one from its
// beginning. Nothing of another session.
func TestWatchSeesBothWays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	board := w.as("alice", "board")
	board.Publish("alice/before", "x", 0, false)
	board.Alive()
	v := w.view("ALICE")

	host := w.as("alice", "host")
	host.Subscribe("alice/#", 2)
	board.Publish("alice/a", "1", 0, false)
	host.Message()
	board.Publish("alice/b", "2", 1, false)
	host.Message()
	v.shows("host", "> PUBACK 1")
	board.Publish("alice/c", "3", 2, false)
	host.Message()
	host.Unsubscribe("alice/#")
	host.Alive()
	other := w.as("bob", "board")
	other.Subscribe("alice/public/#", 0)
	board.Publish("alice/public/x", "4", 0, false)
	other.Message()
	board.Disconnect()
	host.Vanish()
	v.shows("board", "> DISCONNECT")
	v.shows("host", "> end: connection lost")

	v.want("board",
		"> PUBLISH q0 alice/a 1",
		"> PUBLISH 3 q1 alice/b 2", "< PUBACK 3",
		"> PUBLISH 4 q2 alice/c 3", "< PUBREC 4", "> PUBREL 4", "< PUBCOMP 4",
		"> PUBLISH q0 alice/public/x 4",
		"> DISCONNECT")
	v.want("host",
		"> CONNECT", "< CONNACK 00",
		"> SUBSCRIBE 1 alice/#", "< SUBACK 1 02",
		"< PUBLISH q0 alice/a 1",
		"< PUBLISH 1 q1 alice/b 2", "> PUBACK 1",
		"< PUBLISH 2 q2 alice/c 3", "> PUBREC 2", "< PUBREL 2", "> PUBCOMP 2",
		"> UNSUBSCRIBE 2 alice/#", "< UNSUBACK 2",
		"> PINGREQ", "< PINGRESP",
		"> end: connection lost")
	for i, s := range v.seen {
		if s.Addr == "" || s.Via != "tcp" || s.Conn == 0 || s.At.IsZero() {
			t.Errorf("got %+v, want where and when it came from", s)
		}
		if i > 0 && s.At.Before(v.seen[i-1].At) {
			t.Errorf("packet %d: got %v, before the one before it", i, s.At)
		}
	}
}

// TestWatchRefused: what is refused is marked, with what the session was told.
func TestWatchRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{Options: broker.Options{TopicLength: 40}})
	w.as("bob", "board")
	v := w.view("alice")
	board := w.as("alice", "board")
	board.Publish("bob/x", "1", 1, false)
	board.Publish("data", "2", 2, false)
	board.Publish("alice/"+strings.Repeat("x", 40), "3", 1, false)
	board.Subscribe("bob/#", 1)
	board.Subscribe("data/#", 0) // granted, nothing comes
	board.Subscribe("alice/#/x", 0)
	board.Send(mqtttest.Publish{Topic: "alice/+", Payload: "4"}.Frame())
	board.Closed()
	v.shows("board", "< end: protocol error")
	v.want("board",
		"> CONNECT", "< CONNACK 00",
		">! PUBLISH 1 q1 bob/x 1", "< PUBACK 1",
		">! PUBLISH 2 q2 data 2", "< PUBREC 2", "> PUBREL 2", "< PUBCOMP 2",
		">! PUBLISH 3 q1 alice/"+strings.Repeat("x", 40)+" 3", "< PUBACK 3",
		">! SUBSCRIBE 4 bob/#", "< SUBACK 4 80",
		"> SUBSCRIBE 5 data/#", "< SUBACK 5 00",
		">! SUBSCRIBE 6 alice/#/x", "< SUBACK 6 80",
		">! PUBLISH q0 alice/+ 4", "< end: protocol error")
	for text, want := range map[string]string{
		">! PUBLISH 1 q1 bob/x 1":  "belongs to bob",
		">! PUBLISH 2 q2 data 2":   "publish to `alice/data`",
		">! SUBSCRIBE 4 bob/#":     "bob",
		"> SUBSCRIBE 5 data/#":     "alice/",
		">! SUBSCRIBE 6 alice/#/x": "#",
		">! PUBLISH q0 alice/+ 4":  "wildcard",
		"> CONNECT":                "",
		"> PUBREL 2":               "",
		">! PUBLISH 3 q1 alice/" + strings.Repeat("x", 40) + " 3": "40",
	} {
		if got := v.hint(text); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s: got hint %q, want %q in it", text, got, want)
		}
	}
}

// TestWatchNoPassword: a password is in nothing that is seen, whatever a
// CONNECT looks like; a refused one is seen by the session that it named.
func TestWatchNoPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	alice, bob := w.view("alice"), w.view("bob")
	const wrong = "wr0ng-and-secret"
	will := &mqtttest.Will{Topic: "alice/gone", Payload: "bye", QoS: 1, Retain: true}
	for _, l := range []mqtttest.Login{
		{ID: "good", User: "alice", Password: secret, Will: will},
		{ID: "wrong", User: "alice", Password: wrong, Will: will},
		{ID: "five", User: "alice", Password: wrong, Level: 5},
		{ID: "six", User: "alice", Password: wrong, Level: 6},
		{ID: "old", User: "alice", Password: secret, Level: 3, Protocol: "MQIsdp"},
		{ID: "elsewhere", User: "alice", Password: secret, Will: &mqtttest.Will{Topic: "bob/x", Payload: wrong[:2]}},
	} {
		c := mqtttest.Dial(t, w.addr)
		c.Send(l.Frame())
		if _, err := c.Next(mqtttest.Patience); err != nil {
			t.Fatalf("CONNECT of %s: %v, want a CONNACK", l.ID, err)
		}
		_ = c.Offer(l.Frame()) // and once more, which ends it
		for {
			if _, err := c.Next(mqtttest.Patience); err != nil {
				break
			}
		}
	}
	w.as("alice", "last").Disconnect()
	alice.shows("last", "> DISCONNECT")
	for _, s := range append(alice.seen, bob.seen...) {
		for _, never := range []string{secret, wrong} {
			if bytes.Contains(s.Bytes, []byte(never)) || strings.Contains(s.Hint+s.End+s.Client, never) {
				t.Errorf("%s of %s: got %q, which has a password", line(s), s.Client, s.Bytes)
			}
		}
	}
	if len(bob.seen) > 0 {
		t.Errorf("bob: got %q, want nothing", bob.lines(""))
	}
	alice.until("five refusals", func() bool {
		n := 0
		for _, l := range alice.lines("") {
			if l == ">! CONNECT" {
				n++
			}
		}
		return n == 4
	})
	for _, s := range alice.seen {
		if s.Client != "wrong" || s.Out || len(s.Bytes) < 2 {
			continue
		}
		p := packets.Decode(s.Bytes, s.Size)
		c := p.Connect
		if c == nil || c.User != "alice" || !c.HasPassword || c.Will == nil || c.Will.Text != "bye" || p.Unfit {
			t.Errorf("the refused CONNECT: got %+v of %q, want all but the password", c, s.Bytes)
		}
		if !strings.Contains(s.Hint, "password") {
			t.Errorf("the refused CONNECT: got hint %q, want one about its password", s.Hint)
		}
	}
	alice.shows("wrong", "< CONNACK 04")
	alice.shows("five", "< CONNACK 01")
}

// TestWatchUnbound: a client without a session is nobody's until it says whose
// it is.
func TestWatchUnbound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{mode: account.ModeOpen})
	v := w.view("alice")
	board := mqtttest.Connect(t, w.addr, mqtttest.Login{ID: "board"})
	board.Publish("data", "1", 1, false)
	board.Subscribe("#", 0)
	board.Publish("alice/data", "2", 1, false)
	board.Message()
	board.Disconnect()
	v.shows("board", "> DISCONNECT")
	v.until("its own copy", func() bool { return slices.Contains(v.lines("board"), "< PUBLISH q0 alice/data 2") })
	if got := v.lines("board")[0]; got != "> PUBLISH 3 q1 alice/data 2" {
		t.Errorf("got %s first, want what bound it", got)
	}
}

// TestWatchInstructor: the instructor's own packets are seen by no session.
func TestWatchInstructor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	v := w.view("alice")
	desk := mqtttest.Connect(t, w.addr, mqtttest.Login{ID: "desk", User: "instructor", Password: "teach"})
	desk.Subscribe("#", 0)
	board := w.as("alice", "board")
	board.Publish("alice/x", "1", 1, false)
	desk.Publish("alice/command", "2", 1, false)
	board.Disconnect()
	v.shows("board", "> DISCONNECT")
	v.want("desk")
}

// TestWatchBounded: a watcher that takes nothing holds little, loses count of
// nothing, and holds nobody up.
func TestWatchBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	board := w.as("alice", "board")
	lazy := w.view("alice")
	const n = 300
	big := strings.Repeat("x", 20<<10)
	for range n {
		board.Publish("alice/x", big, 0, false)
	}
	for range n {
		board.Publish("alice/y", "1", 0, false)
	}
	board.Alive()
	list, left := lazy.w.Take()
	bytes := 0
	for _, s := range list {
		bytes += len(s.Bytes)
		if len(s.Bytes) > packets.MaxBytes || s.Size < len(s.Bytes) {
			t.Fatalf("got %d bytes of %d, want at most %d", len(s.Bytes), s.Size, packets.MaxBytes)
		}
	}
	if len(list) > 256 || bytes > 256<<10 {
		t.Errorf("got %d packets of %d bytes, want at most 256 of 256 KiB", len(list), bytes)
	}
	if want := 2*n + 2; len(list)+left != want { // PINGREQ and PINGRESP
		t.Errorf("got %d packets and %d left out, want %d in all", len(list), left, want)
	}
	if list[0].Size < 20<<10 {
		t.Errorf("got size %d, want the whole packet's", list[0].Size)
	}
	board.Publish("alice/z", "1", 0, false)
	board.Alive()
	if list, left := lazy.w.Take(); len(list) != 3 || left != 0 {
		t.Errorf("later: got %d packets and %d left out, want 3 and 0", len(list), left)
	}
}

// TestWatchLimits: eight of a session, 64 in all; one that is closed makes room
// and sees nothing more.
func TestWatchLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	var all []*broker.Watch
	take := func(name string) error {
		x, err := w.broker.Watch(name)
		if err == nil {
			all = append(all, x)
		}
		return err
	}
	for i := range 8 {
		if err := take("alice"); err != nil {
			t.Fatalf("watch %d: %v", i, err)
		}
	}
	if err := take("Alice"); !errors.Is(err, packets.ErrBusy) {
		t.Errorf("the ninth: got %v, want %v", err, packets.ErrBusy)
	}
	for i := range 56 {
		if err := take(fmt.Sprint("s", i)); err != nil {
			t.Fatalf("watch %d: %v", i+8, err)
		}
	}
	if err := take("bob"); !errors.Is(err, packets.ErrBusy) {
		t.Errorf("the 65th: got %v, want %v", err, packets.ErrBusy)
	}
	for _, x := range all {
		x.Close()
		x.Close()
	}
	board := w.as("alice", "board")
	board.Publish("alice/x", "1", 1, false)
	if list, left := all[0].Take(); len(list) > 0 || left > 0 {
		t.Errorf("closed: got %d packets and %d left out, want none", len(list), left)
	}
	v := w.view("alice")
	board.Publish("alice/x", "2", 1, false)
	v.shows("board", "< PUBACK 2")
	v.want("board", "> PUBLISH 2 q1 alice/x 2", "< PUBACK 2")
}

// TestWatchComesAndGoes: watches that begin and end while clients come, talk
// and go. Whoever watches all the time misses nothing.
func TestWatchComesAndGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	stop := make(chan struct{})
	var flicker, talk sync.WaitGroup
	for range 3 {
		flicker.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				x, err := w.broker.Watch("alice")
				if err != nil {
					t.Error(err)
					return
				}
				x.Take()
				x.Close()
			}
		})
	}
	v := w.view("alice")
	const boards, rounds = 4, 10
	for i := range boards {
		talk.Go(func() {
			for range rounds {
				c, err := mqtttest.Try(t, w.addr, login("alice", fmt.Sprint("board", i)))
				if err.Code != 0 {
					t.Errorf("CONNACK: got %d, want 0", err.Code)
				}
				c.Publish("alice/x", "1", 1, false)
				c.Disconnect()
			}
		})
	}
	count := func(want string) (n int) {
		for _, l := range v.lines("") {
			if l == want {
				n++
			}
		}
		return n
	}
	v.until("all of them", func() bool { return count("> DISCONNECT") == boards*rounds })
	talk.Wait()
	close(stop)
	flicker.Wait()
	for _, what := range []string{"> CONNECT", "< CONNACK 00", "> PUBLISH 1 q1 alice/x 1", "< PUBACK 1"} {
		if got := count(what); got != boards*rounds {
			t.Errorf("%s: got %d, want %d", what, got, boards*rounds)
		}
	}
	if v.left > 0 {
		t.Errorf("got %d left out, want none", v.left)
	}
}
