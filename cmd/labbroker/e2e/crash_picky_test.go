package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"labbroker/internal/mqtttest"
)

// picky is a client with a persistent session that subscribes and unsubscribes
// all the time.
type picky struct {
	r    *rand.Rand
	idle atomic.Bool

	mu  sync.Mutex   // guards qos
	qos map[int]byte // by filter, what SUBACK granted and no UNSUBACK took back
}

const (
	pickySession = "dora"
	pickyFilters = 12
)

func pickyTopic(i int) string { return fmt.Sprintf("%s/c/%d", pickySession, i) }

var pickyLogin = mqtttest.Login{ID: "picky", User: pickySession, Password: "pw-" + pickySession, Keep: true}

func (x *crash) change(ctx context.Context, p *picky) {
	tr := &trace{name: "picky"}
	var redo func(c *mqtttest.Client, turn int) error // what was not answered
	was := false
	for ctx.Err() == nil {
		c, turn, present, err := x.dial(ctx, tr, pickyLogin)
		if err != nil {
			return
		}
		if was && !present {
			x.judge.fault(tr, "its session is gone: got session present 0, want 1")
		}
		was = true
		for id := uint16(1); err == nil && ctx.Err() == nil; id++ {
			if redo == nil {
				if x.calm.Load() {
					p.idle.Store(true)
					break
				}
				p.idle.Store(false)
				redo = p.choose(x, tr, id)
			}
			if err = redo(c, turn); err == nil {
				redo = nil
			}
		}
		c.Vanish()
		if p.idle.Load() {
			// Until the calm is over the test looks at the session.
			x.place.moved(ctx, turn)
			x.place.wait(ctx)
			for x.calm.Load() && ctx.Err() == nil {
				x.pause(ctx, 5*time.Millisecond)
			}
		}
	}
}

// choose returns a change, which may be tried more than once.
func (p *picky) choose(x *crash, tr *trace, id uint16) func(c *mqtttest.Client, turn int) error {
	i, qos, on := p.r.IntN(pickyFilters), byte(p.r.IntN(3)), p.r.IntN(2) == 0
	return func(c *mqtttest.Client, turn int) error {
		frame, want := mqtttest.Unsubscribe(id, pickyTopic(i)), mqtttest.UNSUBACK
		if on {
			frame, want = mqtttest.Subscribe(id, qos, pickyTopic(i)), mqtttest.SUBACK
		}
		tr.note("-> subscribe=%v %s at %d", on, pickyTopic(i), qos)
		if err := c.Offer(frame); err != nil {
			return err
		}
		got, err := x.next(c, turn, tr)
		for err == nil && answer(c, got) { // what is left of a look at the session
			got, err = x.next(c, turn, tr)
		}
		if err != nil {
			return err
		}
		if got.Type != want || on && got.Codes[0] != qos {
			x.judge.fault(tr, "got %v, want the answer to %s", got, pickyTopic(i))
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if delete(p.qos, i); on {
			p.qos[i] = qos
		}
		return nil
	}
}

// answer says whether a packet belongs to a message on its way to the client,
// and answers it.
func answer(c *mqtttest.Client, p mqtttest.Packet) bool {
	switch {
	case p.Type == mqtttest.PUBREL:
		_ = c.Offer(mqtttest.Ack(mqtttest.PUBCOMP, p.ID))
	case p.Type == mqtttest.PUBLISH && p.QoS == 1:
		_ = c.Offer(mqtttest.Ack(mqtttest.PUBACK, p.ID))
	case p.Type == mqtttest.PUBLISH && p.QoS == 2:
		_ = c.Offer(mqtttest.Ack(mqtttest.PUBREC, p.ID))
	default:
		return p.Type == mqtttest.PUBLISH
	}
	return true
}

// checkSubscriptions publishes on all of picky's topics, with nothing else under
// way: what comes shows which subscriptions there are, and at which QoS.
func (x *crash) checkSubscriptions() {
	tr := &trace{name: "picky, looked at"}
	c, turn, present, err := x.dial(context.Background(), tr, pickyLogin)
	if err != nil {
		return
	}
	defer c.Vanish()
	if !present {
		x.judge.fault(tr, "its session is gone: got session present 0, want 1")
	}
	const end = pickySession + "/end"
	probe, released := fmt.Sprint("probe ", turn), map[uint16]bool{}
	_ = c.Offer(mqtttest.Subscribe(1, 1, end))
	for i := range pickyFilters {
		_ = c.Offer(mqtttest.Publish{Topic: pickyTopic(i), Payload: probe, QoS: 2, ID: uint16(i + 2)}.Frame())
		_ = c.Offer(mqtttest.Ack(mqtttest.PUBREL, uint16(i+2)))
	}
	_ = c.Offer(mqtttest.Publish{Topic: end, Payload: probe, QoS: 1, ID: 1}.Frame())
	got := map[string]byte{}
	for open := 1; open > 0; { // handshakes of what came, and the end
		p, err := x.next(c, turn, tr)
		if err != nil {
			x.judge.fault(tr, "%v", err)
			return
		}
		answer(c, p)
		switch {
		case p.Type == mqtttest.PUBREL && released[p.ID]:
			open--
		case p.Type != mqtttest.PUBLISH || p.Payload != probe: // of the look before
		case p.Topic == end:
			open--
		default:
			got[p.Topic] = p.QoS
			if p.QoS == 2 {
				open++
				released[p.ID] = true
			}
		}
	}
	x.picky.mu.Lock()
	defer x.picky.mu.Unlock()
	for i := range pickyFilters {
		qos, has := got[pickyTopic(i)]
		want, had := x.picky.qos[i]
		if has != had || qos != want {
			x.judge.fault(tr, "subscription to %s: got %v at QoS %d, want %v at QoS %d", pickyTopic(i), has, qos, had, want)
		}
	}
}
