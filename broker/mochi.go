package broker

import (
	"context"
	"log/slog"
	"math"

	mqtt "github.com/mochi-mqtt/server/v2"
)

// sysInterval is how often $SYS is published, in seconds.
const sysInterval = 10

// capabilities sets mochi up for MQTT 3.1.1 clients.
func capabilities(o Options) *mqtt.Capabilities {
	c := mqtt.NewDefaultServerCapabilities()
	if o.MaxClients > 0 {
		c.MaximumClients = int64(o.MaxClients)
	}
	// mochi compares its limit with the remaining length plus one.
	c.MaximumPacketSize = uint32(o.MaxPacket)
	// Above zero, retained and queued messages of 3.1.1 clients vanish too.
	c.MaximumMessageExpiryInterval = 0
	// The quota counts messages a 3.1.1 client was never told about; at its
	// end mochi would close the connection.
	c.ReceiveMaximum = math.MaxUint16
	// Once a second mochi copies and sorts every client's queue, so a longer
	// one costs everybody.
	c.MaximumInflight = 8192
	// When this queue is full, mochi deletes even QoS 1; it is emptied by a
	// write that never blocks, so it fills only in bursts.
	c.MaximumClientWritesPending = 8192
	return c
}

// quiet makes every record of mochi's a debug record: it warns of each
// keepalive of zero, which is what boards send.
func quiet(l *slog.Logger) *slog.Logger { return slog.New(debugOnly{l.Handler()}) }

type debugOnly struct{ slog.Handler }

func (d debugOnly) Enabled(ctx context.Context, _ slog.Level) bool {
	return d.Handler.Enabled(ctx, slog.LevelDebug)
}

func (d debugOnly) Handle(ctx context.Context, r slog.Record) error {
	r.Level = slog.LevelDebug
	return d.Handler.Handle(ctx, r)
}

func (d debugOnly) WithAttrs(a []slog.Attr) slog.Handler {
	return debugOnly{d.Handler.WithAttrs(a)}
}

func (d debugOnly) WithGroup(name string) slog.Handler {
	return debugOnly{d.Handler.WithGroup(name)}
}
