package e2e

import (
	"context"
	"time"

	"labbroker/internal/mqtttest"
)

// lag is how far a publisher may be ahead of the subscriber furthest behind:
// what waits must stay far from the limit of a queue.
const lag = 1000

// flight is one message on its way to the broker.
type flight struct {
	n        int
	id       uint16
	received bool // QoS 2: PUBREC came
}

// publisher is a client that publishes a source's messages: as a correct one it
// keeps what is not acknowledged, and sends it again when it is back.
type publisher struct {
	x    *crash
	s    *source
	tr   *trace
	ids  uint16
	line []flight // in the order of their numbers
	was  bool     // CONNACK came once
	c    *mqtttest.Client
	turn int
}

func (x *crash) publish(ctx context.Context, s *source) {
	p := &publisher{x: x, s: s, tr: &trace{name: "publisher " + s.session + "/" + s.id}}
	for ctx.Err() == nil {
		c, turn, present, err := x.dial(ctx, p.tr, mqtttest.Login{
			ID: s.id, User: s.session, Password: "pw-" + s.session, Keep: !s.forgets, Keepalive: 60,
		})
		if err != nil {
			return
		}
		if p.was && !s.forgets && !present {
			x.judge.fault(p.tr, "its session is gone: got session present 0, want 1")
		}
		p.c, p.turn, p.was = c, turn, true
		err = p.again()
		for err == nil && ctx.Err() == nil {
			err = p.step(ctx)
		}
		c.Vanish()
		if x.place.still(turn) && ctx.Err() == nil {
			x.judge.fault(p.tr, "the connection broke while the server runs: %v", err)
			x.place.moved(ctx, turn)
		}
	}
}

// again sends what was under way when the connection broke.
func (p *publisher) again() error {
	if p.s.forgets {
		p.s.mu.Lock()
		for _, f := range p.line {
			p.s.maybe[f.n] = true
		}
		p.s.mu.Unlock()
		p.line = nil
	}
	var out []byte
	for _, f := range p.line {
		if f.received {
			p.tr.note("-> PUBREL %d again", f.id)
			out = append(out, mqtttest.Ack(mqtttest.PUBREL, f.id)...)
		} else {
			p.tr.note("-> PUBLISH %d id=%d again", f.n, f.id)
			out = append(out, p.frame(f, true)...)
		}
	}
	if len(p.line) > 0 {
		p.x.judge.comeback.Add(1)
	}
	return p.c.Offer(out)
}

func (p *publisher) frame(f flight, dup bool) []byte {
	return mqtttest.Publish{Topic: p.s.topic, Payload: p.s.payload(f.n), QoS: p.s.qos, ID: f.id, Dup: dup}.Frame()
}

// step fills the window and takes one packet.
func (p *publisher) step(ctx context.Context) error {
	if err := p.fill(); err != nil {
		return err
	}
	if len(p.line) == 0 {
		// Held back, or at rest: the server's end is seen when it has moved.
		p.x.pause(ctx, 2*time.Millisecond)
		if !p.x.place.still(p.turn) {
			return context.Canceled
		}
		return nil
	}
	got, err := p.x.next(p.c, p.turn, p.tr)
	if err != nil {
		return err
	}
	return p.take(got)
}

func (p *publisher) fill() error {
	if p.x.calm.Load() || len(p.line) > p.s.window/2 {
		return nil
	}
	var out []byte
	for len(p.line) < p.s.window {
		sent, _ := p.s.seen()
		if sent-p.x.behind(p.s) > lag {
			break
		}
		p.s.mu.Lock()
		p.s.sent++
		f := flight{n: p.s.sent, id: p.free()}
		p.s.mu.Unlock()
		p.line = append(p.line, f)
		p.tr.note("-> PUBLISH %d id=%d", f.n, f.id)
		out = append(out, p.frame(f, false)...)
	}
	if p.s.split && len(out) > 2 {
		if err := p.c.Offer(out[:2]); err != nil {
			return err
		}
		out = out[2:]
	}
	return p.c.Offer(out)
}

// free is an identifier that is not in use.
func (p *publisher) free() uint16 {
	for {
		p.ids++
		used := p.ids == 0
		for _, f := range p.line {
			used = used || f.id == p.ids
		}
		if !used {
			return p.ids
		}
	}
}

// take handles an acknowledgement. They come in the order of the messages.
func (p *publisher) take(got mqtttest.Packet) error {
	i := 0
	for i < len(p.line) && p.line[i].id != got.ID {
		i++
	}
	if i == len(p.line) {
		p.x.judge.fault(p.tr, "got %v for a message that is not under way", got)
		return nil
	}
	f := &p.line[i]
	switch {
	case got.Type == mqtttest.PUBACK && p.s.qos == 1:
		if i > 0 {
			p.x.judge.fault(p.tr, "message %d is acknowledged before message %d", f.n, p.line[0].n)
		}
		p.line = append(p.line[:i], p.line[i+1:]...)
	case got.Type == mqtttest.PUBREC && p.s.qos == 2 && !f.received:
		if i > 0 && !p.line[i-1].received {
			p.x.judge.fault(p.tr, "message %d is acknowledged before message %d", f.n, p.line[i-1].n)
		}
		f.received = true
		p.count()
		p.tr.note("-> PUBREL %d", f.id)
		return p.c.Offer(mqtttest.Ack(mqtttest.PUBREL, f.id))
	case got.Type == mqtttest.PUBCOMP && p.s.qos == 2 && f.received:
		p.line = append(p.line[:i], p.line[i+1:]...)
		return nil
	default:
		p.x.judge.fault(p.tr, "got %v, want something else", got)
		return nil
	}
	p.count()
	return nil
}

func (p *publisher) count() {
	p.x.judge.acks.Add(1)
	p.s.mu.Lock()
	p.s.acked++
	p.s.mu.Unlock()
}
