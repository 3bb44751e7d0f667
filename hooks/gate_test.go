package hooks

import (
	"net"
	"testing"

	mqtt "github.com/mochi-mqtt/server/v2"

	"labbroker/hooks/policy"
)

// wire is a link without a network.
type wire struct {
	net.Conn
	attached any
}

func (w *wire) Via() string           { return "tcp" }
func (w *wire) Done() <-chan struct{} { return nil }
func (w *wire) Attach(v any)          { w.attached = v }
func (w *wire) Attached() any         { return w.attached }
func (w *wire) Waiting() int          { return 0 }
func (w *wire) Head() []byte          { return nil }
func (w *wire) Level() byte           { return 0 }

// delivery is a gate and a client of a session, ready to be asked.
func delivery(session string) (*Gate, *mqtt.Client) {
	rules := policy.New(policy.Claim, []string{"ada", "bob"})
	g := New(nil, func() *policy.Policy { return rules }, nil, nil, Options{})
	g.SetOpts(nil, &mqtt.HookOptions{Capabilities: mqtt.NewDefaultServerCapabilities()})
	w := &wire{}
	cl := mqtt.New(&mqtt.Options{}).NewClient(nil, "", "", false)
	cl.Net.Conn = w
	m := &member{gate: g, conn: w, cl: cl}
	m.who.Store(&policy.Who{Session: session})
	w.Attach(m)
	return g, cl
}

func TestDelivery(t *testing.T) {
	t.Parallel()
	g, cl := delivery("ada")
	for topic, want := range map[string]bool{
		"ada/x": true, "ada": true, "class/x": true, "bob/public/x": true,
		"bob/x": false, "bob": false, "adam/x": false, "$SYS/x": false, "x": false, "/ada": false,
	} {
		if got := g.OnACLCheck(cl, topic, false); got != want {
			t.Errorf("%q: got %v, want %v", topic, got, want)
		}
	}
	if g.OnACLCheck(&mqtt.Client{}, "ada/x", false) {
		t.Error("a client without a connection: got true")
	}
}

func TestDeliveryAllocatesNothing(t *testing.T) {
	g, cl := delivery("ada")
	if got := testing.AllocsPerRun(100, func() {
		g.OnACLCheck(cl, "ada/mcu/ina219", false)
		g.OnACLCheck(cl, "bob/mcu/ina219", false)
	}); got != 0 {
		t.Errorf("got %v allocations, want none", got)
	}
}

func BenchmarkDelivery(b *testing.B) {
	g, cl := delivery("ada")
	for b.Loop() {
		g.OnACLCheck(cl, "ada/mcu/ina219", false)
	}
}

func TestHost(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"192.168.1.5:40000": "192.168.1.5", "[fe80::1%eth0]:40000": "[fe80::1%eth0]", "[::1]": "[::1]", "pipe": "pipe", "": "",
	} {
		if got := host(addr); got != want {
			t.Errorf("%q: got %q, want %q", addr, got, want)
		}
	}
}

func TestLooksLike(t *testing.T) {
	t.Parallel()
	for head, want := range map[string]string{
		"GET / HT": "HTTP", "POST /x ": "HTTP", "\x16\x03\x01\x02": "TLS", "hello": "", "": "",
	} {
		if got := looksLike([]byte(head)); got != want {
			t.Errorf("%q: got %q, want %q", head, got, want)
		}
	}
}
