package main

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"labbroker/broker"
	"labbroker/hooks"
	"labbroker/internal/notice"
	"labbroker/internal/series/sqlite"
)

// measure registers the server's figures, read when /metrics is asked.
func (s *server) measure(r *prometheus.Registry) error {
	for _, c := range []prometheus.Collector{
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		newFigures(s),
	} {
		if err := r.Register(c); err != nil {
			return err
		}
	}
	return nil
}

// reading is what is looked up once for all figures of one answer.
type reading struct {
	b        broker.Stats
	h        hooks.Stats
	store    sqlite.Status
	sessions int
	journal  int64
}

func (s *server) read() *reading {
	return &reading{s.broker.Stats(), s.gate.Stats(), s.store.Status(), len(s.accounts.Names()), s.journal.Size()}
}

// figure is one metric without a label.
type figure struct {
	name, help string
	value      func(*reading) float64
}

// gauges say what is, counters what came since the start.
var gauges = []figure{
	{"connections", "Open MQTT connections, those before CONNECT included.", func(r *reading) float64 { return float64(r.b.Connections) }},
	{"clients", "Connected MQTT clients.", func(r *reading) float64 { return float64(r.b.Clients) }},
	{"clients_peak", "The most MQTT clients that were connected at a time.", func(r *reading) float64 { return float64(r.b.MostClients) }},
	{"clients_known", "MQTT clients that are connected, or away with their session kept.", func(r *reading) float64 { return float64(r.b.Kept) }},
	{"sessions", "Sessions that have an account.", func(r *reading) float64 { return float64(r.sessions) }},
	{"subscriptions", "Subscriptions of all clients.", func(r *reading) float64 { return float64(r.b.Subscriptions) }},
	{"retained_messages", "Topics with a retained message.", func(r *reading) float64 { return float64(r.b.Retained) }},
	{"queued_messages", "Messages at QoS 1 and 2 that their clients have not acknowledged.", func(r *reading) float64 { return float64(r.b.Queued) }},
	{"queued_bytes", "Memory that these messages take.", func(r *reading) float64 { return float64(r.b.QueuedBytes) }},
	{"inflight_messages", "Of these messages, those that were sent.", func(r *reading) float64 { return float64(r.b.Flying) }},
	{"state_bytes", "Size of the broker's state on the disk.", func(r *reading) float64 { return float64(r.b.StateBytes) }},
	{"state_live_bytes", "What of the broker's state on the disk is still needed.", func(r *reading) float64 { return float64(r.b.StateLive) }},
	{"journal_bytes", "Size of the journal of readings that the history has not committed.", func(r *reading) float64 { return float64(r.journal) }},
	{"disk_free_bytes", "Free space where the readings are kept.", func(r *reading) float64 { return float64(r.store.Free) }},
	{"recording", "1 while readings are kept.", func(r *reading) float64 {
		if r.store.State == "off" {
			return 0
		}
		return 1
	}},
}

var counters = []figure{
	{"connects_total", "CONNECT packets.", func(r *reading) float64 { return float64(r.b.Connects) }},
	{"accept_errors_total", "Times that no connection could be accepted, for want of file descriptors.", func(r *reading) float64 { return float64(r.b.Unaccepted) }},
	{"messages_received_total", "Messages that were accepted, the broker's own included.", func(r *reading) float64 { return float64(r.b.Received) }},
	{"messages_sent_total", "Messages that were sent to subscribers.", func(r *reading) float64 { return float64(r.b.Sent) }},
	{"received_bytes_total", "Bytes that MQTT clients sent.", func(r *reading) float64 { return float64(r.b.BytesIn) }},
	{"sent_bytes_total", "Bytes that MQTT clients were sent.", func(r *reading) float64 { return float64(r.b.BytesOut) }},
	{"publishes_refused_total", "Messages that were acknowledged and went nowhere: not the sender's topic, too long or too deep.", func(r *reading) float64 { return float64(r.b.Refused) }},
	{"subscriptions_refused_total", "Filters that were answered with 0x80.", func(r *reading) float64 { return float64(r.b.Denied) }},
	{"subscribers_cut_total", "Connections that were ended because they read too slowly; QoS 1 and 2 wait for them.", func(r *reading) float64 { return float64(r.b.Cut) }},
	{"clients_expired_total", "Clients that stayed away too long; what was kept for them is gone.", func(r *reading) float64 { return float64(r.b.Expired) }},
	{"state_write_failures_total", "Writes of the broker's state or of the journal that failed.", func(r *reading) float64 { return float64(r.b.Unwritten) }},
	{"rows_dropped_total", "Readings not kept because recording was off.", func(r *reading) float64 { return float64(r.store.Dropped) }},
}

// figures collects all metrics of the server from one reading, since the
// broker looks at every client for one.
type figures struct {
	s                                  *server
	desc                               map[string]*prometheus.Desc
	refused, ended, dropped, set, hits *prometheus.Desc
}

func newFigures(s *server) *figures {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("labbroker_"+name, help, labels, nil)
	}
	f := &figures{
		s: s, desc: map[string]*prometheus.Desc{},
		refused: desc("connects_refused_total", "Connections that did not get in, by the code of the notice that says why.", "reason"),
		ended:   desc("disconnects_total", "Connections that ended; disconnect is the clean end.", "reason"),
		dropped: desc("messages_dropped_total", "Messages that were dropped: slow-reader (QoS 0), queue-full (QoS 1 and 2), own (the broker's own).", "reason"),
		set:     desc("limit", "The limits as they are set, by flag; 0 = none.", "flag"),
		hits:    desc("limit_hits_total", "How often each limit was felt, by flag.", "flag"),
	}
	for _, list := range [][]figure{gauges, counters} {
		for _, x := range list {
			f.desc[x.name] = desc(x.name, x.help)
		}
	}
	return f
}

// Describe lists the metrics.
func (f *figures) Describe(to chan<- *prometheus.Desc) {
	for _, d := range f.desc {
		to <- d
	}
	for _, d := range []*prometheus.Desc{f.refused, f.ended, f.dropped, f.set, f.hits} {
		to <- d
	}
}

// Collect reads them.
func (f *figures) Collect(to chan<- prometheus.Metric) {
	r := f.s.read()
	put := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, kind, v, labels...)
	}
	for _, x := range gauges {
		put(f.desc[x.name], prometheus.GaugeValue, x.value(r))
	}
	for _, x := range counters {
		put(f.desc[x.name], prometheus.CounterValue, x.value(r))
	}
	for why, n := range r.h.RefusedConnects {
		put(f.refused, prometheus.CounterValue, float64(n), string(why))
	}
	for why, n := range r.b.Ends {
		put(f.ended, prometheus.CounterValue, float64(n), why)
	}
	for why, n := range map[string]int64{"slow-reader": r.b.Dropped, "queue-full": r.b.Overflowed, "own": r.b.Unsaid} {
		put(f.dropped, prometheus.CounterValue, float64(n), why)
	}
	for _, l := range f.s.c.limits() {
		put(f.set, prometheus.GaugeValue, l.value, l.flag)
		put(f.hits, prometheus.CounterValue, float64(l.hits(r)), l.flag)
	}
}

// limit is one flag that limits something, and how often it did.
type limit struct {
	flag  string
	value float64
	hits  func(*reading) int64
}

func (c *serveCmd) limits() []limit {
	return []limit{
		{"max-clients", float64(c.MaxClients), func(r *reading) int64 { return r.b.OverClients }},
		{"session-clients", float64(c.SessionClients), func(r *reading) int64 { return r.h.RefusedConnects[notice.CodeSessionClients] }},
		{"connect-rate", c.ConnectRate, func(r *reading) int64 { return r.h.RefusedConnects[notice.CodeConnectRate] }},
		{"session-rate", c.SessionRate, func(r *reading) int64 { return r.b.Slowed }},
		{"max-packet", float64(c.MaxPacket), func(r *reading) int64 { return r.b.TooLarge }},
		{"topic-levels", float64(c.TopicLevels), func(r *reading) int64 { return r.b.TooDeep }},
		{"topic-length", float64(c.TopicLength), func(r *reading) int64 { return r.b.TooLong }},
		{"max-subscriptions", float64(c.MaxSubscriptions), func(r *reading) int64 { return r.b.OverSubscriptions }},
		{"max-retained", float64(c.MaxRetained), func(r *reading) int64 { return r.b.NotRetained }},
		{"max-queued", float64(c.MaxQueued), func(r *reading) int64 { return r.b.Overflowed }},
	}
}
