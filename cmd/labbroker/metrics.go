package main

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// measure registers the server's figures, read when /metrics is asked.
func (s *server) measure(r *prometheus.Registry) error {
	gauge := func(name, help string, f func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "labbroker", Name: name, Help: help}, f)
	}
	counter := func(name, help string, f func() float64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: "labbroker", Name: name, Help: help}, f)
	}
	for _, c := range []prometheus.Collector{
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("clients", "Connected MQTT clients.", func() float64 {
			n := 0
			for _, x := range s.presence.Sessions() {
				n += x.Clients
			}
			return float64(n)
		}),
		gauge("sessions", "Sessions that have an account.", func() float64 { return float64(len(s.accounts.Names())) }),
		counter("messages_total", "Accepted messages.", func() float64 {
			var n int64
			for _, x := range s.presence.Sessions() {
				n += x.Messages
			}
			return float64(n)
		}),
		gauge("disk_free_bytes", "Free space where the readings are kept.", func() float64 { return float64(s.store.Status().Free) }),
		gauge("recording", "1 while readings are kept.", func() float64 {
			if s.store.Status().State == "off" {
				return 0
			}
			return 1
		}),
		counter("rows_dropped_total", "Readings not kept because recording was off.", func() float64 { return float64(s.store.Status().Dropped) }),
	} {
		if err := r.Register(c); err != nil {
			return err
		}
	}
	return nil
}
