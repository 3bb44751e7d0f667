package hooks

import (
	"fmt"
	"testing"
	"time"

	"labbroker/hooks/policy"
	"labbroker/internal/presence"
	"labbroker/internal/rules"
)

// hot is a gate with the real clock, and a client of ada's on a topic.
func hot(tb testing.TB) (*Gate, rules.Member, rules.Sink) {
	tb.Helper()
	p := policy.New(policy.Open, []string{"ada", "bob"})
	w := &world{}
	w.policy.Store(p)
	g := New(w, w.policy.Load, presence.New(nil), w, Options{SessionRate: 1e9, ConnectRate: 1e9, SessionClients: 100})
	m, r := g.Admit(login("ada", "board"))
	if r != nil {
		tb.Fatal(r.Draft.Text)
	}
	m.Joined("")
	return g, m, m.Publish("ada/mcu/ina219").Sink
}

var reading = []byte(`{"voltage":5.012,"current_mA":81.3}`)

func TestHotPathAllocatesNothing(t *testing.T) {
	g, m, s := hot(t)
	s.Heard(1, reading, 0, false)
	tests := []struct {
		name string
		max  float64
		f    func()
	}{
		{"Heard", 0, func() { s.Heard(20, reading, 1, false) }},
		{"Recording", 0, func() { s.Recording() }},
		{"Take", 0, func() { m.Take(20, 40, 100) }},
		{"Unlimited", 0, func() { m.Unlimited() }},
		{"Session", 0, func() { m.Session() }},
		{"Generation", 0, func() { g.Generation() }},
		{"Deliver", 0, func() { g.Deliver("ada", "ada/mcu/ina219"); g.Deliver("bob", "ada/mcu/ina219") }},
		{"Settle", 0, func() { _ = m.Settle(0) }},
		{"Filter", 0, func() { m.Filter("ada/#") }},
		{"Publish", 1, func() { m.Publish("ada/mcu/ina219") }}, // the sink
		{"Publish, refused", 0, func() { m.Publish("bob/mcu/ina219") }},
	}
	for _, tt := range tests {
		if got := testing.AllocsPerRun(100, tt.f); got > tt.max {
			t.Errorf("%s: got %v allocations, want %v", tt.name, got, tt.max)
		}
	}
}

// TestHeardOfTwoAddresses allocates nothing either: a board and a laptop are
// the usual case.
func TestHeardOfTwoAddresses(t *testing.T) {
	g, _, s := hot(t)
	c := login("ada", "laptop")
	c.Addr = "10.0.0.2:1"
	m, _ := g.Admit(c)
	m.Joined("")
	s.Heard(1, reading, 0, false)
	if got := testing.AllocsPerRun(100, func() { s.Heard(1, reading, 0, false) }); got != 0 {
		t.Errorf("got %v allocations, want none", got)
	}
}

func BenchmarkHeard(b *testing.B) {
	_, _, s := hot(b)
	b.ReportAllocs()
	for b.Loop() {
		s.Heard(20, reading, 0, false)
	}
}

func BenchmarkHeardOfTwoAddresses(b *testing.B) {
	g, _, s := hot(b)
	c := login("ada", "laptop")
	c.Addr = "10.0.0.2:1"
	m, _ := g.Admit(c)
	m.Joined("")
	b.ReportAllocs()
	for b.Loop() {
		s.Heard(20, reading, 0, false)
	}
}

func BenchmarkPublish(b *testing.B) {
	_, m, _ := hot(b)
	b.ReportAllocs()
	for b.Loop() {
		m.Publish("ada/mcu/ina219")
	}
}

func BenchmarkTake(b *testing.B) {
	_, m, _ := hot(b)
	for b.Loop() {
		m.Take(20, 40, 100)
	}
}

func BenchmarkGeneration(b *testing.B) {
	g, _, _ := hot(b)
	for b.Loop() {
		g.Generation()
	}
}

func BenchmarkDeliver(b *testing.B) {
	g, _, _ := hot(b)
	for b.Loop() {
		g.Deliver("ada", "ada/mcu/ina219")
	}
}

// BenchmarkConnect is a connection's whole life, without its log-in.
func BenchmarkConnect(b *testing.B) {
	g, _, _ := hot(b)
	var list []*rules.Connect
	for i := range 5000 {
		list = append(list, login("ada", fmt.Sprint("board", i)))
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		m, r := g.Admit(list[i%len(list)])
		if r != nil {
			b.Fatal(r.Draft.Text)
		}
		m.Joined("")
		m.Ended("")
		i++
	}
}

func BenchmarkNow(b *testing.B) {
	for b.Loop() {
		time.Now()
	}
}
