package broker

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"labbroker/internal/mqtttest"
)

// TestPingBehindAFlood: who is over the rate with thousands of tiny messages
// is answered PINGREQ and acknowledgements long before it is their turn, with
// a bounded part of what it sends taken; all its messages arrive, once and in order.
func TestPingBehindAFlood(t *testing.T) {
	t.Parallel()
	var open atomic.Bool
	l := &law{take: func() time.Duration {
		if open.Load() {
			return 0
		}
		return aheadTime + time.Second
	}}
	x := newInside(t, l, Options{ReceiveBuffer: 16 << 10})
	ear := x.as(t, "ear")
	open.Store(true)
	ear.Subscribe("x", 0)
	c := x.as(t, "flood")
	c.Subscribe("back", 2)
	ear.Publish("back", "1", 1, false)
	ear.Publish("back", "2", 2, false)
	open.Store(false)
	first, _ := c.Next(mqtttest.Patience)
	second, _ := c.Next(mqtttest.Patience)

	const n = 3500
	var flood []byte
	for i := range n {
		flood = append(flood, mqtttest.Publish{Topic: "x", Payload: fmt.Sprint(i)}.Frame()...)
	}
	flood = append(flood, mqtttest.Publish{Topic: "y", Payload: "1", QoS: 2, ID: 7}.Frame()...)
	flood = append(flood, mqtttest.Ack(mqtttest.PUBACK, first.ID)...)
	flood = append(flood, mqtttest.Ack(mqtttest.PUBREC, second.ID)...)
	flood = append(flood, mqtttest.Ack(mqtttest.PUBREL, 7)...) // not before its message
	flood = append(flood, mqtttest.Frame(mqtttest.PINGREQ<<4)...)
	before := len(flood)
	flood = append(flood, mqtttest.Ack(mqtttest.PUBCOMP, second.ID)...)
	for len(flood) < 4*aheadSize {
		flood = append(flood, mqtttest.Publish{Topic: "z", Payload: "1"}.Frame()...)
	}
	watch, err := x.Watch("alice")
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Close()
	base, began := x.Stats().BytesIn, time.Now()
	sent := make(chan error, 1)
	go func() { sent <- c.Offer(flood) }()
	c.Await(mqtttest.PINGRESP)
	t.Logf("PINGRESP behind %d messages, %d bytes: %v", n, before, time.Since(began).Round(time.Millisecond))
	c.Await(mqtttest.PUBREL)
	var overtook []byte // as whoever watches sees them
	list, _ := watch.Take()
	for _, p := range list {
		if p.Client == "flood" && !p.Out {
			overtook = append(overtook, p.Bytes[0]>>4)
		}
	}
	if want := []byte{mqtttest.PUBACK, mqtttest.PUBREC, mqtttest.PINGREQ}; !bytes.Equal(bytes.TrimSuffix(overtook, []byte{mqtttest.PUBCOMP}), want) {
		t.Errorf("seen before their turn: got types %v, want %v", overtook, want)
	}
	if got := x.Stats().BytesIn - base; got > aheadSize {
		t.Errorf("%d bytes were taken of %d, want at most %d", got, len(flood), aheadSize)
	}

	open.Store(true)
	if err := <-sent; err != nil {
		t.Error(err)
	}
	c.Await(mqtttest.PUBREC)
	c.Await(mqtttest.PUBCOMP)
	for i := range n {
		if p := ear.Message(); p.Payload != fmt.Sprint(i) {
			t.Fatalf("message %d: got %v", i, p)
		}
	}
	c.Send(mqtttest.Frame(mqtttest.PINGREQ << 4))
	c.Await(mqtttest.PINGRESP)
	if st := x.Stats(); st.Queued != 0 {
		t.Errorf("got %d messages that are not acknowledged, want none", st.Queued)
	}
}
