package mdns

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/net/ipv4"

	"labbroker/internal/lan"
)

// cable carries multicast between fake wires, as a switch does: who sends
// hears itself.
type cable struct {
	mu   sync.Mutex
	ends []*end // guarded by mu
	sent []dnsmessage.Message
}

type end struct {
	cable *cable // guarded by its mu: moved when networks are joined
	addr  netip.Addr
	in    chan packet // capacity 1,000: more than a test sends
	quit  chan struct{}
}

func (c *cable) plug(e *end) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.cable = c
	c.ends = append(c.ends, e)
}

func (e *end) follow([]lan.Interface) {}

func (e *end) read() (packet, error) {
	select {
	case p := <-e.in:
		return p, nil
	case <-e.quit:
		return packet{}, net.ErrClosed
	}
}

func (e *end) close() error {
	close(e.quit)
	return nil
}

func (e *end) send(b []byte, _ lan.Interface, to netip.AddrPort) error {
	e.cable.deliver(b, netip.AddrPortFrom(e.addr, 5353), to)
	return nil
}

func (c *cable) deliver(b []byte, from, to netip.AddrPort) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var m dnsmessage.Message
	if m.Unpack(b) == nil {
		c.sent = append(c.sent, m)
	}
	for _, e := range c.ends {
		if !to.IsValid() || to.Addr() == e.addr {
			e.in <- packet{b: b, from: from}
		}
	}
}

var both = []Service{{Type: "_http._tcp", Port: 8080, Text: []string{"path=/"}}, {Type: "_mqtt._tcp", Port: 1883}}

// host runs a responder until the test ends.
type host struct {
	*Responder
	end *end

	mu         sync.Mutex
	interfaces []lan.Interface // guarded by mu
	stop       func()
}

func network(addr string) []lan.Interface {
	if addr == "" {
		return nil
	}
	return []lan.Interface{{Interface: net.Interface{Index: 2, Name: "wlan0"}, Prefixes: []netip.Prefix{netip.MustParsePrefix(addr + "/24")}}}
}

func (c *cable) host(t *testing.T, addr string, services ...Service) *host {
	t.Helper()
	if services == nil {
		services = both
	}
	h := &host{end: &end{in: make(chan packet, 1000), quit: make(chan struct{})}}
	h.move(addr)
	c.plug(h.end)
	h.Responder = newResponder(Options{Name: "labbroker", Services: services, Interfaces: func() []lan.Interface {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.interfaces
	}}, h.end)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	h.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: got %v, want nil", err)
		}
	})
	t.Cleanup(h.stop)
	return h
}

func (h *host) move(addr string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.interfaces = network(addr)
	if addr != "" {
		h.end.addr = netip.MustParseAddr(addr)
	}
}

func wait(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func (h *host) named(t *testing.T, want string) {
	t.Helper()
	if got := h.Host(); got != want {
		t.Errorf("%v: got the name %q, want %q", h.end.addr, got, want)
	}
}

func TestTakesTheName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c cable
		h := c.host(t, "192.168.1.5")
		h.named(t, "") // it asks first
		wait(1100 * time.Millisecond)
		h.named(t, "labbroker.local")
		wait(3 * time.Second)
		h.stop()
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.sent) != 6 {
			t.Fatalf("got %d packets, want 3 probes, 2 announcements and a good-bye", len(c.sent))
		}
		for i, m := range c.sent {
			if m.Response != (i >= 3) || i < 3 && (len(m.Questions) != 3 || len(m.Authorities) != 3) {
				t.Errorf("packet %d: got %+v", i, m.GoString())
			}
		}
		for _, a := range c.sent[5].Answers {
			if a.Header.TTL != 0 {
				t.Errorf("good-bye: got %v, want no life left", a.Header.GoString())
			}
		}
	})
}

// TestNewcomerGivesWay whatever the addresses: who has the name keeps it.
func TestNewcomerGivesWay(t *testing.T) {
	t.Parallel()
	for _, addrs := range [][3]string{{"192.168.1.5", "192.168.1.9", "192.168.1.2"}, {"192.168.1.9", "192.168.1.5", "192.168.1.7"}} {
		synctest.Test(t, func(t *testing.T) {
			var c cable
			first := c.host(t, addrs[0])
			wait(5 * time.Second)
			second := c.host(t, addrs[1])
			wait(5 * time.Second)
			third := c.host(t, addrs[2])
			wait(10 * time.Second)
			first.named(t, "labbroker.local")
			second.named(t, "labbroker-2.local")
			third.named(t, "labbroker-3.local")
		})
	}
}

// TestOneMachineTwice: two servers share the addresses, not the ports.
func TestOneMachineTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c cable
		first := c.host(t, "192.168.1.5")
		wait(5 * time.Second)
		second := c.host(t, "192.168.1.5", Service{Type: "_http._tcp", Port: 8081})
		wait(5 * time.Second)
		first.named(t, "labbroker.local")
		second.named(t, "labbroker-2.local")
	})
}

func TestAtOnce(t *testing.T) {
	t.Parallel()
	for range 20 { // chance decides who asks first
		synctest.Test(t, func(t *testing.T) {
			var c cable
			hosts := []*host{c.host(t, "192.168.1.5"), c.host(t, "192.168.1.6"), c.host(t, "192.168.1.7")}
			wait(20 * time.Second)
			var names []string
			for _, h := range hosts {
				names = append(names, h.Host())
			}
			slices.Sort(names)
			if want := []string{"labbroker-2.local", "labbroker-3.local", "labbroker.local"}; !slices.Equal(names, want) {
				t.Errorf("got %q, want three names", names)
			}
		})
	}
}

// TestNetworksJoined: two have the name, in peace until they meet.
func TestNetworksJoined(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var left, right cable
		a, b := left.host(t, "192.168.1.5"), right.host(t, "192.168.1.9")
		wait(5 * time.Second)
		a.named(t, "labbroker.local")
		b.named(t, "labbroker.local")
		left.plug(b.end)
		b.move("192.168.1.10") // it changed its network
		wait(20 * time.Second)
		names := []string{a.Host(), b.Host()}
		slices.Sort(names)
		if want := []string{"labbroker-2.local", "labbroker.local"}; !slices.Equal(names, want) {
			t.Errorf("got %q, want one to give way", names)
		}
	})
}

func TestNoNetworkYet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c cable
		h := c.host(t, "")
		wait(20 * time.Second)
		h.named(t, "")
		h.move("10.0.0.3")
		wait(lookEvery + 2*time.Second)
		h.named(t, "labbroker.local")
		h.move("")
		wait(lookEvery + 2*time.Second)
		h.named(t, "")
	})
}

// ask sends a question and gives what comes back to the asker.
func (c *cable) ask(t *testing.T, from string, m dnsmessage.Message) (answer dnsmessage.Message, alone bool) {
	t.Helper()
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	to := netip.MustParseAddrPort(from)
	e := &end{addr: to.Addr(), in: make(chan packet, 10), quit: make(chan struct{})}
	c.plug(e)
	c.mu.Lock()
	known := len(c.sent)
	c.mu.Unlock()
	c.deliver(b, to, netip.AddrPort{})
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ends = c.ends[:len(c.ends)-1]
	if len(c.sent) == known+1 {
		return dnsmessage.Message{}, false
	}
	// A packet to the group comes to all, one to the asker to nobody else.
	heard := len(e.in)
	return c.sent[known+1], heard == 2 && len(c.ends[0].in) == 0 && c.sent[known+1].ID != 0
}

func question(n string, kind dnsmessage.Type, class dnsmessage.Class) dnsmessage.Message {
	return dnsmessage.Message{Questions: []dnsmessage.Question{{Name: name(n), Type: kind, Class: class}}}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c cable
		c.host(t, "192.168.1.5")
		wait(5 * time.Second)
		const asker = "192.168.1.77:5353"
		body := func(m dnsmessage.Message) (all []string) {
			for _, a := range m.Answers {
				all = append(all, a.Body.GoString())
			}
			return all
		}
		for _, tt := range []struct {
			name string
			kind dnsmessage.Type
			want []string
		}{
			{"LabBroker.local.", dnsmessage.TypeA, []string{(&dnsmessage.AResource{A: [4]byte{192, 168, 1, 5}}).GoString()}},
			{"labbroker.local.", dnsmessage.TypeAAAA, []string{newRecords("labbroker", nil).onlyA().Body.GoString()}},
			{"_mqtt._tcp.local.", dnsmessage.TypePTR, []string{(&dnsmessage.PTRResource{PTR: name("labbroker._mqtt._tcp.local.")}).GoString()}},
			{"labbroker._http._tcp.local.", typeSRV, []string{(&dnsmessage.SRVResource{Port: 8080, Target: name("labbroker.local.")}).GoString()}},
			{"labbroker._http._tcp.local.", dnsmessage.TypeTXT, []string{(&dnsmessage.TXTResource{TXT: []string{"path=/"}}).GoString()}},
			{"_services._dns-sd._udp.local.", dnsmessage.TypePTR, []string{
				(&dnsmessage.PTRResource{PTR: name("_http._tcp.local.")}).GoString(), (&dnsmessage.PTRResource{PTR: name("_mqtt._tcp.local.")}).GoString()}},
			{"printer.local.", dnsmessage.TypeA, nil},
			{"_ipp._tcp.local.", dnsmessage.TypePTR, nil},
		} {
			if got, _ := c.ask(t, asker, question(tt.name, tt.kind, dnsmessage.ClassINET)); !slices.Equal(body(got), tt.want) {
				t.Errorf("%s %v: got %q, want %q", tt.name, tt.kind, body(got), tt.want)
			}
		}
		// Who has it already is not told again.
		known := question("_http._tcp.local.", dnsmessage.TypePTR, dnsmessage.ClassINET)
		known.Answers = []dnsmessage.Resource{newRecords("labbroker", both).pointer(both[0])}
		if got, _ := c.ask(t, asker, known); len(got.Answers) != 0 {
			t.Errorf("known: got %q, want no answer", body(got))
		}
		// An ordinary resolver gets an ordinary answer, to itself.
		plain := question("labbroker.local.", dnsmessage.TypeA, dnsmessage.ClassINET)
		plain.ID = 77
		got, alone := c.ask(t, "192.168.1.77:40000", plain)
		if len(got.Answers) != 1 || got.ID != 77 || len(got.Questions) != 1 || !alone ||
			got.Answers[0].Header.TTL > legacyLife || got.Answers[0].Header.Class != dnsmessage.ClassINET {
			t.Errorf("ordinary: got %s, to the asker alone = %v", got.GoString(), alone)
		}
		// From elsewhere nothing is answered.
		if got, _ := c.ask(t, "203.0.113.9:5353", question("labbroker.local.", dnsmessage.TypeA, dnsmessage.ClassINET)); len(got.Answers) != 0 {
			t.Errorf("from outside: got %q, want silence", body(got))
		}
		// And not without end.
		many := 0
		for range 2 * maxAnswers {
			if got, _ := c.ask(t, asker, question("labbroker.local.", dnsmessage.TypeA, dnsmessage.ClassINET)); len(got.Answers) > 0 {
				many++
			}
		}
		if many > maxAnswers {
			t.Errorf("in one second: got %d answers, want %d at most", many, maxAnswers)
		}
	})
}

// TestRealSocket asks over the loopback interface, as a board's resolver asks.
func TestRealSocket(t *testing.T) {
	t.Parallel()
	lo, err := net.InterfaceByIndex(1)
	if err != nil || lo.Flags&net.FlagLoopback == 0 {
		t.Fatalf("the first interface: got %+v, %v, want the loopback", lo, err)
	}
	claimed := make(chan string, 1)
	r, err := Open(Options{
		Name: "labbroker-test", Services: both, Claimed: func(h string) { claimed <- h },
		Interfaces: func() []lan.Interface {
			return []lan.Interface{{Interface: *lo, Prefixes: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8")}}}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	select {
	case got := <-claimed:
		if got != "labbroker-test.local" {
			t.Errorf("got the name %s", got)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("after 20 s it has no name")
	}
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	m := question("labbroker-test.local.", dnsmessage.TypeA, dnsmessage.ClassINET)
	m.ID = 9
	if err := ipv4.NewPacketConn(c).SetMulticastInterface(lo); err != nil {
		t.Fatal(err)
	}
	if _, err := c.WriteTo(pack(m), group); err != nil {
		t.Fatal(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1500)
	n, _, err := c.ReadFrom(b)
	if err != nil {
		t.Fatal(err)
	}
	var got dnsmessage.Message
	if err := got.Unpack(b[:n]); err != nil || got.ID != 9 || len(got.Answers) != 1 {
		t.Errorf("got %s, %v, want one address", got.GoString(), err)
	}
}

// deaf is a wire that takes everything and brings nothing.
type deaf struct{ end }

func (*deaf) send([]byte, lan.Interface, netip.AddrPort) error { return errors.New("deaf") }

// FuzzHandle: whatever comes from the network, nothing breaks.
func FuzzHandle(f *testing.F) {
	made := newRecords("labbroker", both)
	f.Add(made.probe(network("192.168.1.9")[0]), uint16(5353))
	f.Add(made.announcement(network("192.168.1.9")[0], false), uint16(5353))
	f.Add(pack(question("labbroker.local.", dnsmessage.TypeALL, dnsmessage.ClassANY)), uint16(1000))
	f.Fuzz(func(t *testing.T, b []byte, port uint16) {
		for _, claimed := range []bool{false, true} {
			r := newResponder(Options{Name: "labbroker", Services: both}, &deaf{})
			r.interfaces, r.timer, r.claimed, r.probed = network("192.168.1.5"), time.NewTimer(time.Hour), claimed, 1
			r.handle(packet{b: b, from: netip.AddrPortFrom(netip.MustParseAddr("192.168.1.9"), port)})
			r.timer.Stop()
		}
	})
}
