package e2e

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"labbroker/internal/mqtttest"
)

// place is where the server listens now.
type place struct {
	mu      sync.Mutex // guards what follows
	addr    string     // "" = nowhere
	turn    int        // how often it moved
	changed chan struct{}
}

func (p *place) set(addr string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.addr = addr
	p.turn++
	close(p.changed)
	p.changed = make(chan struct{})
}

// wait returns the address when there is one, and its turn; "" when ctx ends.
func (p *place) wait(ctx context.Context) (addr string, turn int) {
	for {
		p.mu.Lock()
		addr, turn, changed := p.addr, p.turn, p.changed
		p.mu.Unlock()
		if addr != "" {
			return addr, turn
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return "", 0
		}
	}
}

// now is the turn.
func (p *place) now() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.turn
}

// moved waits until the server of that turn is no longer there.
func (p *place) moved(ctx context.Context, turn int) {
	p.mu.Lock()
	now, changed := p.turn, p.changed
	p.mu.Unlock()
	if now != turn {
		return
	}
	select {
	case <-changed:
	case <-ctx.Done():
	}
}

// still says whether the server of that turn has not been killed.
func (p *place) still(turn int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.turn == turn
}

// dial connects and logs in, as often as the server is killed meanwhile; an
// error means that ctx has ended.
func (x *crash) dial(ctx context.Context, tr *trace, l mqtttest.Login) (c *mqtttest.Client, turn int, present bool, err error) {
	for {
		addr, turn := x.place.wait(ctx)
		if addr == "" {
			return nil, 0, false, ctx.Err()
		}
		c, p, err := x.attempt(tr, l, addr, turn)
		switch {
		case err == nil && p.Type == mqtttest.CONNACK && p.Code == 0:
			return c, turn, p.Present, nil
		case err == nil:
			x.judge.fault(tr, "CONNECT: got %v, want CONNACK 0", p)
		case x.place.still(turn) && ctx.Err() == nil:
			x.judge.fault(tr, "CONNECT: got %v while the server runs", err)
		}
		x.place.moved(ctx, turn)
	}
}

func (x *crash) attempt(tr *trace, l mqtttest.Login, addr string, turn int) (*mqtttest.Client, mqtttest.Packet, error) {
	conn, err := net.DialTimeout("tcp", addr, patient)
	if err != nil {
		return nil, mqtttest.Packet{}, err
	}
	c := mqtttest.Over(x.t, conn)
	tr.note("-> CONNECT clean=%v to server %d", !l.Keep, turn)
	if err := c.Offer(l.Frame()); err != nil {
		return nil, mqtttest.Packet{}, err
	}
	p, err := x.next(c, turn, tr)
	return c, p, err
}

// next returns the next packet, which has to come soon.
func (x *crash) next(c *mqtttest.Client, turn int, tr *trace) (mqtttest.Packet, error) {
	p, err := c.Next(patient)
	if err != nil {
		tr.note("<- %v", err)
		if errors.Is(err, os.ErrDeadlineExceeded) && x.place.still(turn) {
			x.judge.fault(tr, "nothing came for %v", patient)
		}
		return p, err
	}
	tr.note("<- %v", p)
	return p, nil
}

// pause waits for d, ctx or the server's end.
func (x *crash) pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
