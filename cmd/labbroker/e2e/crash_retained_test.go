package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"labbroker/internal/mqtttest"
)

// slate is a topic with a retained message: all values it was given. "" clears
// it, and stands first, for a topic that has none yet.
type slate struct {
	topic string
	mu    sync.Mutex // guards what follows
	told  []string
	acked int // index of the last acknowledged one
}

func (b *slate) state() (acked, sent int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.acked, len(b.told) - 1
}

// could says whether value may stand there when acked was acknowledged before
// it was read, and sent had been sent after that.
func (b *slate) could(value string, acked, sent int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Contains(b.told[acked:sent+1], value)
}

// keeper publishes retained messages, one at a time; what is not acknowledged
// it sends again.
type keeper struct {
	x      *crash
	id     string
	slates []*slate
	r      *rand.Rand
	tr     *trace
	idle   atomic.Bool

	on    *slate // what is under way, nil = nothing
	value string
	qos   byte
	n     uint16
	got   bool // QoS 2: PUBREC came
}

const retainer = "cleo"

func (x *crash) keep(ctx context.Context, k *keeper) {
	k.x, k.tr = x, &trace{name: "keeper " + k.id}
	for {
		c, turn, _, err := x.dial(ctx, k.tr, mqtttest.Login{ID: k.id, User: retainer, Password: password(retainer), Keep: true})
		if err != nil {
			return
		}
		again := true
		for ctx.Err() == nil {
			if k.on == nil {
				if x.calm.Load() {
					k.idle.Store(true)
					x.place.moved(ctx, turn) // a calm ends with a kill
					break
				}
				k.idle.Store(false)
				k.choose()
				again = false
			}
			if err := k.write(c, turn, again); err != nil {
				break
			}
			k.on.ack()
			k.on = nil
		}
		c.Vanish()
	}
}

func (k *keeper) choose() {
	k.on, k.qos, k.n, k.got = k.slates[k.r.IntN(len(k.slates))], byte(1+k.r.IntN(2)), k.n%65535+1, false
	k.value = k.on.add(k)
}

// write sees the message's QoS to its end, from where it stopped.
func (k *keeper) write(c *mqtttest.Client, turn int, again bool) error {
	if !k.got {
		p := mqtttest.Publish{Topic: k.on.topic, Payload: k.value, QoS: k.qos, ID: k.n, Retain: true, Dup: again}
		k.tr.note("-> PUBLISH %s %q id=%d again=%v", p.Topic, p.Payload, p.ID, again)
		if err := c.Offer(p.Frame()); err != nil {
			return err
		}
		if k.qos == 1 {
			return k.answer(c, turn, mqtttest.PUBACK)
		}
		if err := k.answer(c, turn, mqtttest.PUBREC); err != nil {
			return err
		}
		k.got = true
	}
	if err := c.Offer(mqtttest.Ack(mqtttest.PUBREL, k.n)); err != nil {
		return err
	}
	return k.answer(c, turn, mqtttest.PUBCOMP)
}

func (k *keeper) answer(c *mqtttest.Client, turn int, kind byte) error {
	p, err := k.x.next(c, turn, k.tr)
	if err != nil {
		return err
	}
	if p.Type != kind || p.ID != k.n {
		k.x.judge.fault(k.tr, "got %v, want a packet of type %d with id %d", p, kind, k.n)
		return fmt.Errorf("got %v", p)
	}
	return nil
}

// add notes another value and returns it.
func (b *slate) add(k *keeper) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	value := ""
	if k.r.IntN(4) > 0 {
		value = fmt.Sprintf("%s %d", k.id, len(b.told))
	}
	b.told = append(b.told, value)
	return value
}

func (b *slate) last() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.told[len(b.told)-1]
}

func (b *slate) ack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.acked = len(b.told) - 1
}

// watch reads the retained messages again and again, as a client that has just
// come.
func (x *crash) watch(ctx context.Context) {
	tr := &trace{name: "reader of retained messages"}
	for n := 0; ctx.Err() == nil; n++ {
		c, turn, _, err := x.dial(ctx, tr, mqtttest.Login{ID: fmt.Sprint("reader", n), User: retainer, Password: password(retainer)})
		if err != nil {
			return
		}
		if x.calm.Load() {
			x.place.moved(ctx, turn)
			c.Vanish()
			continue
		}
		acked, sent := map[*slate]int{}, map[*slate]int{}
		for _, b := range x.slates() {
			acked[b], _ = b.state()
		}
		got, err := x.retained(c, turn, tr)
		c.Vanish()
		if err != nil {
			continue
		}
		for _, b := range x.slates() {
			_, sent[b] = b.state()
			if !b.could(got[b.topic], acked[b], sent[b]) {
				x.judge.fault(tr, "retained at %s: got %q, want one of %q", b.topic, got[b.topic], b.told[acked[b]:sent[b]+1])
			}
		}
	}
}

// retained subscribes, and returns what was retained, by topic.
func (x *crash) retained(c *mqtttest.Client, turn int, tr *trace) (map[string]string, error) {
	if err := c.Offer(append(mqtttest.Subscribe(1, 0, retainer+"/#"), mqtttest.Frame(mqtttest.PINGREQ<<4)...)); err != nil {
		return nil, err
	}
	got := map[string]string{}
	for {
		p, err := x.next(c, turn, tr)
		if err != nil {
			return nil, err
		}
		switch {
		case p.Type == mqtttest.PINGRESP:
			return got, nil
		case p.Type == mqtttest.PUBLISH && p.Retain:
			if _, twice := got[p.Topic]; twice {
				x.judge.fault(tr, "got %v, the second one for its topic", p)
			}
			got[p.Topic] = p.Payload
		}
	}
}

// slates are those that one keeper alone writes on.
func (x *crash) slates() []*slate {
	var all []*slate
	for _, k := range x.kings {
		for _, b := range k.slates {
			if !strings.HasSuffix(b.topic, "/duel") {
				all = append(all, b)
			}
		}
	}
	return all
}

// kept is what is retained while nothing changes, as sorted lines.
func (x *crash) kept() []string {
	x.t.Helper()
	tr := &trace{name: "reader of retained messages at rest"}
	c, turn, _, err := x.dial(context.Background(), tr, mqtttest.Login{User: retainer, Password: password(retainer)})
	if err != nil {
		x.t.Fatal(err)
	}
	defer c.Vanish()
	got, err := x.retained(c, turn, tr)
	if err != nil {
		x.judge.fault(tr, "%v", err)
	}
	for _, b := range x.slates() {
		if want := b.last(); got[b.topic] != want {
			x.judge.fault(tr, "retained at %s: got %q, want %q", b.topic, got[b.topic], want)
		}
	}
	var lines []string
	for topic, value := range got {
		lines = append(lines, topic+" = "+value)
	}
	slices.Sort(lines)
	return lines
}
