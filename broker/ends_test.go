package broker

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"labbroker/internal/mqtttest"
	"labbroker/internal/notice"
)

// TestTakenOverInTheMiddle: a connection that is ended between two messages of
// one segment has moved the first, since its QoS 2 identifier is noted: who
// comes back with it is told so, and must not be told of a message that went
// nowhere.
func TestTakenOverInTheMiddle(t *testing.T) {
	t.Parallel()
	var at atomic.Pointer[inside]
	var taken atomic.Int32
	l := &law{take: func() time.Duration {
		if taken.Add(1) == 3 {
			at.Load().clients.get("alice/sender").holder().close(errTakenOver)
		}
		return 0
	}}
	x := newInside(t, l, Options{})
	at.Store(x)
	ear := x.as(t, "ear")
	ear.Subscribe("once/#", 0)
	login := mqtttest.Login{ID: "sender", User: "alice", Password: "x", Keep: true}
	c := mqtttest.Connect(t, x.addr, login)
	var frames []byte
	publish := func(id uint16, dup bool) []byte {
		return mqtttest.Publish{Topic: "once/" + strings.Repeat("x", int(id)), QoS: 2, ID: id, Dup: dup}.Frame()
	}
	for id := uint16(1); id <= 5; id++ {
		frames = append(frames, publish(id, false)...)
	}
	c.Send(frames)
	for {
		if _, err := c.Next(mqtttest.Patience); err != nil {
			break
		}
	}
	c = mqtttest.Connect(t, x.addr, login)
	for id := uint16(1); id <= 5; id++ {
		c.Send(publish(id, true))
		c.Await(mqtttest.PUBREC)
		c.Send(mqtttest.Ack(mqtttest.PUBREL, id))
		c.Await(mqtttest.PUBCOMP)
	}
	c.Publish("once/end", "", 1, false)
	got := ear.Until("once/end")
	for i, p := range got {
		if want := "once/" + strings.Repeat("x", i+1); p.Topic != want {
			t.Errorf("message %d: got %v, want %s", i, p, want)
		}
	}
	if len(got) != 5 {
		t.Errorf("got %d messages, want 5", len(got))
	}
}

// TestPanicLeavesNothing: what a connection had moved before a panic arrives,
// also where nobody else speaks to the receiver; what it had not may come
// again; and it is counted out.
func TestPanicLeavesNothing(t *testing.T) {
	t.Parallel()
	var ended atomic.Int32
	l := &law{
		see: func(name string) {
			if name == "panic" {
				panic("as asked")
			}
		},
		ended: func(reason string) {
			if reason == errPanic.reason {
				ended.Add(1)
			}
		},
	}
	x := newInside(t, l, Options{State: t.TempDir()})
	ears := []*mqtttest.Client{x.as(t, "clean")}
	ears = append(ears, mqtttest.Connect(t, x.addr, mqtttest.Login{ID: "kept", User: "alice", Password: "x", Keep: true}))
	for _, ear := range ears {
		ear.Subscribe("x", 2)
	}
	login := mqtttest.Login{ID: "sender", User: "alice", Password: "x", Keep: true}
	publish := func(topic, payload string, id uint16) []byte {
		return mqtttest.Publish{Topic: topic, Payload: payload, QoS: 2, ID: id}.Frame()
	}
	for round := range 3 {
		c := mqtttest.Connect(t, x.addr, login)
		c.Send(append(publish("x", fmt.Sprint(round), uint16(round)+1), publish("panic", "", 100)...))
		c.Closed()
		for _, ear := range ears {
			if p := ear.Message(); p.Payload != fmt.Sprint(round) {
				t.Errorf("got %v, want the message before the panic", p)
			}
		}
	}
	c := mqtttest.Connect(t, x.addr, login)
	c.Send(publish("x", "again", 100)) // the identifier of what was not moved
	c.Await(mqtttest.PUBREC)
	for _, ear := range ears {
		if p := ear.Message(); p.Payload != "again" {
			t.Errorf("got %v, want what came again", p)
		}
	}
	eventually(t, "the ends are told", func() bool { return ended.Load() == 3 && x.Stats().Clients == 3 })
	for _, id := range []string{"clean", "kept"} {
		o := &x.conn(t, id).out
		eventually(t, id+" is at rest", func() bool {
			o.mu.Lock()
			defer o.mu.Unlock()
			return !o.claimed && !o.busy
		})
	}
}

// TestSilenceThatIsOurs: while the broker itself keeps a client waiting, its
// keepalive does not run.
func TestSilenceThatIsOurs(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	l := &law{settle: func() error { <-hold; return errors.New("the disk was slow") }}
	x := newInside(t, l, Options{})
	login := mqtttest.Login{ID: "waiting", User: "alice", Password: "x", Keepalive: 1}
	c := mqtttest.Connect(t, x.addr, login)
	c.Send(mqtttest.Publish{Topic: "x", QoS: 1, ID: 1}.Frame())
	// One that comes later and is silent itself ends first.
	mqtttest.Connect(t, x.addr, mqtttest.Login{ID: "silent", User: "alice", Password: "x", Keepalive: 1}).Closed()
	close(hold)
	c.Await(mqtttest.PUBACK)
	c.Alive()
}

// TestUnfinishedPacket: a packet of which no more comes ends its connection;
// one that comes slowly, and silence between packets, do not.
func TestUnfinishedPacket(t *testing.T) {
	t.Parallel()
	l := &law{}
	x := newInside(t, l, Options{partial: 2 * time.Second})
	silent, slow := x.as(t, "silent"), x.as(t, "slow")
	frame := mqtttest.Publish{Topic: "x", Payload: strings.Repeat("x", 5000), QoS: 1, ID: 1}.Frame()
	at := 0
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	cut := x.as(t, "cut")
	cut.Send(frame[:len(frame)-1])
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		_, _ = cut.Next(mqtttest.Patience)
	}()
	for open := true; open; {
		select {
		case <-closed:
			open = false
		case <-tick.C:
			if at < len(frame)-1 {
				slow.Send(frame[at : at+1])
				at++
			}
		}
	}
	if got := l.told(notice.CodeUnfinishedPacket); got != 1 {
		t.Errorf("told: got %d times, want once", got)
	}
	slow.Send(frame[at:])
	slow.Await(mqtttest.PUBACK)
	silent.Alive()
}

// TestTakesLittle: a client that takes anything at all is not stalled, though
// the kernel holds so much for it that nothing can be written for long.
func TestTakesLittle(t *testing.T) {
	t.Parallel()
	x := newInside(t, &law{}, Options{WriteTimeout: time.Hour})
	raw, err := net.Dial("tcp", x.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if err := raw.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	login := mqtttest.Login{ID: "slow", User: "alice", Password: "x"}
	if _, err := raw.Write(append(login.Frame(), mqtttest.Subscribe(1, 0, "x")...)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(raw, make([]byte, 9)); err != nil {
		t.Fatal(err)
	}
	sender, load := x.as(t, "sender"), strings.Repeat("x", 60_000)
	for x.Stats().Dropped == 0 {
		sender.Publish("x", load, 0, false)
		sender.Alive()
	}
	c := x.conn(t, "slow")
	stuck := func() int64 {
		c.out.mu.Lock()
		defer c.out.mu.Unlock()
		return c.out.stuck
	}
	eventually(t, "nothing can be written", func() bool { return stuck() != 0 })
	const most = int64(time.Hour)
	if c.raw.unsent() < 0 {
		return // where the kernel does not say, time alone counts
	}
	at := stuck() + most*6/10
	if c.stalled(at, stuck()) {
		t.Error("half of the time: got it stalled")
	}
	left := c.raw.unsent()
	piece := make([]byte, 1<<10)
	eventually(t, "some of it is taken", func() bool {
		_, err := io.ReadFull(raw, piece)
		return err != nil || c.raw.unsent() < left
	})
	if at += most / 2; c.stalled(at, stuck()) {
		t.Error("after it took a little: got it stalled")
	}
	if got := stuck(); got != at {
		t.Errorf("its time begins at %d, want %d", got, at)
	}
	if at += most * 6 / 10; c.stalled(at, stuck()) {
		t.Error("half of the time since: got it stalled")
	}
	if at += most / 2; !c.stalled(at, stuck()) {
		t.Error("after nothing more was taken: got it not stalled")
	}
}
