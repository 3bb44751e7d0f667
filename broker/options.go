package broker

import (
	"log/slog"
	"time"

	"labbroker/internal/wal"
)

// Options are the broker's settings. In the zero value nothing outlives the
// process and nothing is limited but what bounds memory.
type Options struct {
	Addr string       // TCP address of MQTT; "" = ":1883"
	Log  *slog.Logger // nil = none

	State    string                  // folder of the durable state; "" = none is kept
	FS       wal.FS                  // where State is; nil = the real one
	Power    bool                    // acknowledge only what would survive a power cut
	Progress func(done, total int64) // bytes of the durable state read so far; nil = nobody asks

	MaxClients       int // connections in a session at a time; 0 = no limit
	MaxPacket        int // bytes of one packet; 0 = MQTT's own limit, 256 MiB
	TopicLevels      int // of a topic or filter; 0 = no limit
	TopicLength      int // bytes of a topic or filter; 0 = MQTT's own limit, 65,535
	MaxSubscriptions int // of one client; 0 = no limit
	MaxRetained      int // topics with a retained message; 0 = no limit

	MaxQueued      int           // messages that wait for one client; 0 = 100,000
	MaxQueuedBytes int64         // of all messages that wait; 0 = 512 MiB
	Expiry         time.Duration // a client that stays away so long is forgotten; 0 = 7 days

	ConnectTimeout time.Duration // until a CONNECT must be complete; 0 = 10 s
	WriteBuffer    int           // bytes waiting for one client; 0 = 1 MiB
	WriteTimeout   time.Duration // for a client that takes nothing at all; 0 = 30 s
	ReceiveBuffer  int           // cap of a TCP socket's receive buffer in bytes, so that a slowed sender's messages are not old; 0 = the system's
	SlowTime       time.Duration // publishers wait at most so long for a slow subscriber; 0 = 1 s
	SysInterval    time.Duration // between two $SYS; 0 = 10 s

	partial time.Duration // a packet may be under way so long without a byte of it; 0 = 20 s
}

func (o *Options) fill() {
	if o.Log == nil {
		o.Log = discard()
	}
	def(&o.Addr, ":1883")
	def(&o.MaxQueued, 100_000)
	def(&o.MaxQueuedBytes, 512<<20)
	def(&o.Expiry, 7*24*time.Hour)
	def(&o.ConnectTimeout, 10*time.Second)
	def(&o.WriteBuffer, 1<<20)
	def(&o.WriteTimeout, 30*time.Second)
	def(&o.SlowTime, time.Second)
	def(&o.SysInterval, 10*time.Second)
	def(&o.partial, 20*time.Second)
}

func def[T comparable](v *T, otherwise T) {
	var zero T
	if *v == zero {
		*v = otherwise
	}
}
