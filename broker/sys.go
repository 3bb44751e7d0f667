package broker

import (
	"context"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"
)

// tellSys publishes the $SYS topics until ctx ends, under mosquitto's names, so
// that its tools work here. Only the instructor may read them.
func (s *Server) tellSys(ctx context.Context) {
	b := batch{s: s}
	var r run
	start := time.Now()
	tick := time.NewTicker(s.opt.SysInterval)
	defer tick.Stop()
	var before Stats
	for {
		now := s.Stats()
		for _, v := range s.sysTopics(now, before, time.Since(start)) {
			s.tellOne(&b, &r, v.topic, v.value)
		}
		before = now
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// tellOne keeps a $SYS message and sends it to who subscribed. It is not
// stored: after a restart it would be wrong.
func (s *Server) tellOne(b *batch, r *run, topic, value string) {
	topic = "$SYS/broker/" + topic
	m := &message{topic: topic, payload: []byte(value), retain: true}
	s.kept.set(topic, m, 0)
	d := s.route(topic)
	if len(d.to) == 0 && len(d.groups) == 0 {
		return
	}
	r.utter(topic, m.payload, 0, false)
	b.send(r, &d)
	r.reset()
	b.finish()
}

type sysValue struct{ topic, value string }

// sysTopics are $SYS/broker/...: totals, and loads as messages a minute over
// the last interval.
func (s *Server) sysTopics(now, before Stats, up time.Duration) []sysValue {
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	load := func(a, b int64) string {
		perMinute := float64(a-b) * float64(time.Minute) / float64(s.opt.SysInterval)
		return strconv.FormatFloat(perMinute, 'f', 2, 64)
	}
	away := int64(now.Kept) - min(int64(now.Kept), now.Clients)
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	return []sysValue{
		{"version", "labbroker " + version()},
		{"uptime", n(int64(up.Seconds())) + " seconds"},
		{"clients/total", n(now.Clients + away)},
		{"clients/connected", n(now.Clients)},
		{"clients/active", n(now.Clients)},
		{"clients/disconnected", n(away)},
		{"clients/inactive", n(away)},
		{"clients/maximum", n(now.MostClients)},
		{"clients/expired", n(now.Expired)},
		{"messages/received", n(now.Received)},
		{"messages/sent", n(now.Sent)},
		{"messages/stored", n(now.Retained + now.Queued)},
		{"messages/inflight", n(now.Flying)},
		{"store/messages/count", n(now.Retained + now.Queued)},
		{"store/messages/bytes", n(now.QueuedBytes)},
		{"publish/messages/received", n(now.Received)},
		{"publish/messages/sent", n(now.Sent)},
		{"publish/messages/dropped", n(now.Dropped + now.Overflowed)},
		{"retained messages/count", n(now.Retained)},
		{"subscriptions/count", n(now.Subscriptions)},
		{"bytes/received", n(now.BytesIn)},
		{"bytes/sent", n(now.BytesOut)},
		{"heap/current", n(int64(mem.HeapAlloc))},
		{"heap/maximum", n(int64(mem.HeapSys))},
		{"load/messages/received/1min", load(now.Received, before.Received)},
		{"load/messages/sent/1min", load(now.Sent, before.Sent)},
		{"load/bytes/received/1min", load(now.BytesIn, before.BytesIn)},
		{"load/bytes/sent/1min", load(now.BytesOut, before.BytesOut)},
		{"load/connections/1min", load(now.Connects, before.Connects)},
	}
}

// version is the program's, as its build knows it.
func version() string {
	if i, ok := debug.ReadBuildInfo(); ok && i.Main.Version != "" {
		return i.Main.Version
	}
	return "(devel)"
}
