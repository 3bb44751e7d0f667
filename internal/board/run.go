package board

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// Farewell is how long a board waits for acknowledgements at its end.
const farewell = 2 * time.Second

// The board's own state, below its session: retained, and the last will.
const (
	statusTopic = "/status"
	errorsTopic = "/errors" // where the broker tells what went wrong
	online      = "online"
	offline     = "offline"
)

// Run publishes readings until ctx ends and returns nil then, after waiting
// up to 2 s for acknowledgements. Faults of the sensor and lost connections
// are logged and retried; what was not acknowledged when a connection ended is
// not sent again. Run returns an error when the options make no sense, when
// there is no such bus, or when the broker refuses the very first CONNECT for
// good (a *Refused: wrong password, name not allowed).
func Run(ctx context.Context, o Options) error {
	o, address, err := o.complete()
	if err != nil {
		return err
	}
	b := &runner{Options: o, address: address, gauge: gauge{open: o.Open, log: o.Log, tally: o.Tally}}
	if err := b.gauge.start(); err != nil {
		return err
	}
	defer b.gauge.close()
	return b.run(ctx)
}

// Try logs in as the board of o would, and leaves again. Errors: of the
// options, *Refused, or of the network.
func Try(ctx context.Context, o Options) error {
	o, address, err := o.complete()
	if err != nil {
		return err
	}
	l := (&runner{Options: o}).login()
	l.will = message{}
	k, err := dial(ctx, address, l, o.Tally, func(string, []byte) {})
	if err != nil {
		return err
	}
	k.close()
	return nil
}

type runner struct {
	Options
	address Address
	gauge   gauge
	payload []byte
}

// run connects, again and again.
func (b *runner) run(ctx context.Context) error {
	var wait time.Duration
	accepted, logged := false, ""
	for ctx.Err() == nil {
		k, err := dial(ctx, b.address, b.login(), b.Tally, b.hear)
		b.Connected(err)
		if err == nil {
			b.Log.Info("Connected to the broker.", "broker", b.address.String(), "session", b.Session)
			accepted, logged = true, ""
			began := time.Now()
			b.Tally.Connects.Add(1)
			b.Tally.Connected.Add(1)
			err = b.serve(ctx, k)
			b.Tally.Connected.Add(-1)
			if time.Since(began) > lastRetry {
				wait = 0
			}
		}
		var refused *Refused
		if errors.As(err, &refused) && refused.forGood() && !accepted {
			return err
		}
		if ctx.Err() != nil {
			break
		}
		wait = min(max(2*wait, firstRetry), lastRetry)
		if text := err.Error(); text != logged {
			logged = text
			b.Tally.trouble(text)
			b.Log.Warn("No connection to the broker: "+text+". It is tried again.", "broker", b.address.String())
		}
		// A class that lost its broker does not come back in one instant.
		pause(ctx, wait/2+rand.N(wait/2))
	}
	return nil
}

func (b *runner) login() login {
	return login{
		id: b.ClientID, user: b.User, password: b.Password,
		will:      b.status(offline),
		keepalive: uint16(keepalive / time.Second),
	}
}

func (b *runner) status(text string) message {
	return message{topic: b.Session + statusTopic, payload: []byte(text), retain: true}
}

// hear is told what the broker says about this board's mistakes.
func (b *runner) hear(_ string, payload []byte) {
	b.Tally.Hints.Add(1)
	b.Tally.trouble(string(payload))
	b.Log.Warn("The broker says: " + string(payload))
}

// serve publishes on one connection until ctx or the connection ends.
func (b *runner) serve(ctx context.Context, k *link) error {
	err := errors.Join(k.listen(b.Session+errorsTopic), k.tell(b.status(online)))
	if err == nil {
		err = b.publish(ctx, k)
	}
	if err == nil { // ctx ended
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
		defer cancel()
		k.drain(last)
		k.close(b.status(offline))
		return nil
	}
	k.conn.Close()
	k.close()
	return err
}

func (b *runner) publish(ctx context.Context, k *link) error {
	health := time.NewTicker(healthEvery)
	defer health.Stop()
	if err := k.health(); err != nil {
		return err
	}
	pause(ctx, b.Phase)
	tick := time.NewTicker(b.interval())
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-k.ended:
			return k.err
		case <-health.C:
			if err := k.health(); err != nil {
				return err
			}
		case <-tick.C:
			now := time.Now()
			reading, ok := b.gauge.read(now)
			if !ok {
				continue
			}
			b.payload = appendReading(b.payload[:0], reading, now)
			err := k.publish(message{topic: b.Session + "/" + b.Topic, payload: b.payload})
			switch {
			case errors.Is(err, errWindow):
				b.Tally.Skipped.Add(1)
			case err != nil:
				return err
			}
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
