// Package mdns makes this machine known on the local network under a name of
// its own, labbroker.local, with the services that run there (RFC 6762 and
// 6763, IPv4). It asks for the name before it takes it: who has it keeps it,
// and the newcomer gets labbroker-2.local.
//
// Nobody depends on it: where the port cannot be shared or no network is
// there, boards and browsers use the numeric address.
package mdns

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"labbroker/internal/lan"
)

// Times of RFC 6762: 8.1 (probing), 8.3 (announcing), 9 (conflicts).
const (
	probes        = 3
	probeEvery    = 250 * time.Millisecond
	announceEvery = time.Second
	announcements = 2
	deferFor      = time.Second
	manyConflicts = 15
	longWait      = 5 * time.Second
)

const (
	lookEvery  = 5 * time.Second // between looks at the machine's addresses
	maxAnswers = 100             // a second
)

// Service is one that is found by its type: _http._tcp.
type Service struct {
	Type string
	Port uint16
	Text []string // such as path=/
}

// Options are optional but for Name.
type Options struct {
	Name     string // the first label that is wished for
	Services []Service
	// Interfaces is asked for the networks every 5 s; nil = lan.Interfaces.
	Interfaces func() []lan.Interface
	// Claimed is called with the whole name (labbroker.local) when it is this
	// machine's, and again when it had to change. It must be quick.
	Claimed func(host string)
	Log     *slog.Logger // nil = discard
}

// Responder holds one name. Open makes it, Run works.
type Responder struct {
	o    Options
	wire wire
	host atomic.Pointer[string] // as Host says

	// All below belongs to Run.
	interfaces []lan.Interface
	records    records
	tries      int  // names that were taken
	probed     int  // probes sent for the present name
	claimed    bool // nobody objected
	announced  int
	timer      *time.Timer
	defended   time.Time
	second     time.Time // begin of the second in which answers are counted
	answers    int
}

// wire is the network: UDP port 5353 of all interfaces. Run reads in one
// goroutine and does all else in another.
type wire interface {
	// follow joins the group on interfaces; what was joined before is no error.
	follow(interfaces []lan.Interface)
	// read waits for a packet; the error means that the wire is closed.
	read() (packet, error)
	// send sends to one address, or to the group where to is zero.
	send(b []byte, via lan.Interface, to netip.AddrPort) error
	close() error
}

type packet struct {
	b     []byte
	from  netip.AddrPort
	index int // of the interface; 0 = unknown
}

// Open opens UDP port 5353, which is shared with the system's own responder.
// The caller calls Run, which closes it.
func Open(o Options) (*Responder, error) {
	w, err := openUDP()
	if err != nil {
		return nil, fmt.Errorf("share UDP port 5353: %w", err)
	}
	return newResponder(o, w), nil
}

func newResponder(o Options, w wire) *Responder {
	if o.Interfaces == nil {
		o.Interfaces = lan.Interfaces
	}
	if o.Claimed == nil {
		o.Claimed = func(string) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Responder{o: o, wire: w, records: newRecords(o.Name, o.Services)}
}

// Host is the name under which this machine is reached, without a final dot;
// "" while it has none.
func (r *Responder) Host() string {
	if h := r.host.Load(); h != nil {
		return *h
	}
	return ""
}

// Run takes the name and answers until ctx ends, then says good-bye and closes
// the port. Once only.
func (r *Responder) Run(ctx context.Context) error {
	packets := make(chan packet, 64) // full: the kernel drops
	ended := make(chan error, 1)
	go func() {
		for {
			p, err := r.wire.read()
			if err != nil {
				close(packets)
				ended <- err
				return
			}
			select {
			case packets <- p:
			case <-ctx.Done():
			}
		}
	}()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	r.timer = time.NewTimer(rand.N(probeEvery))
	defer r.timer.Stop()
	r.look()
	for {
		select {
		case <-ctx.Done():
			r.goodbye()
			err := r.wire.close()
			<-ended
			return err
		case p, ok := <-packets:
			if !ok {
				return <-ended
			}
			r.handle(p)
		case <-r.timer.C:
			r.step()
		case <-look.C:
			r.look()
		}
	}
}

// look follows the machine's networks; on another one the name is asked for
// again.
func (r *Responder) look() {
	now := r.o.Interfaces()
	if slices.EqualFunc(now, r.interfaces, func(a, b lan.Interface) bool {
		return a.Index == b.Index && slices.Equal(a.Prefixes, b.Prefixes)
	}) {
		return
	}
	r.interfaces = now
	r.wire.follow(now)
	if len(now) == 0 {
		r.host.Store(nil)
	}
	r.ask(rand.N(probeEvery))
}

// ask begins to probe for the present name after a while.
func (r *Responder) ask(after time.Duration) {
	r.probed, r.claimed, r.announced = 0, false, 0
	r.timer.Reset(after)
}

// step does what is due on the way from asking to having.
func (r *Responder) step() {
	switch {
	case len(r.interfaces) == 0:
	case r.probed < probes:
		r.probed++
		r.each(func(i lan.Interface) []byte { return r.records.probe(i) })
		r.timer.Reset(probeEvery)
	case r.announced < announcements:
		if !r.claimed {
			r.claim()
		}
		r.announced++
		r.announce()
		r.timer.Reset(announceEvery)
	}
}

func (r *Responder) claim() {
	r.claimed = true
	host := r.records.hostName()
	if r.Host() == host {
		return
	}
	r.host.Store(&host)
	r.o.Log.Info("this machine's name on the network", "host", host)
	r.o.Claimed(host)
}

func (r *Responder) announce() {
	r.each(func(i lan.Interface) []byte { return r.records.announcement(i, false) })
}

func (r *Responder) goodbye() {
	if r.claimed {
		r.each(func(i lan.Interface) []byte { return r.records.announcement(i, true) })
	}
}

// each sends on every interface.
func (r *Responder) each(packed func(lan.Interface) []byte) {
	for _, i := range r.interfaces {
		if err := r.wire.send(packed(i), i, netip.AddrPort{}); err != nil {
			r.o.Log.Debug("multicast DNS not sent", "interface", i.Name, "err", err)
		}
	}
}

// lost takes the next name.
func (r *Responder) lost() {
	r.tries++
	r.records = newRecords(fmt.Sprintf("%s-%d", r.o.Name, r.tries+1), r.o.Services)
	r.o.Log.Info("the name is taken on this network", "next", r.records.hostName())
	wait := rand.N(probeEvery)
	if r.tries >= manyConflicts {
		wait = longWait
	}
	r.ask(wait)
}

// contested: another has our name though we asked before we took it, as when
// two networks are joined. Both ask again; who gets an answer gives way.
func (r *Responder) contested() {
	if now := time.Now(); now.Sub(r.defended) > longWait {
		r.defended = now
		r.announce()
		r.ask(rand.N(probeEvery))
	}
}

// arrival is the interface on which a packet came, false for one from outside
// that interface's network: it is nobody's business here.
func (r *Responder) arrival(p packet) (lan.Interface, bool) {
	for _, i := range r.interfaces {
		if p.index != 0 && p.index != i.Index {
			continue
		}
		for _, net := range i.Prefixes {
			if net.Contains(p.from.Addr()) {
				return i, true
			}
		}
	}
	return lan.Interface{}, false
}

// ours says whether an address is this machine's.
func (r *Responder) ours(a netip.Addr) bool {
	return slices.ContainsFunc(r.interfaces, func(i lan.Interface) bool {
		return slices.ContainsFunc(i.Prefixes, func(p netip.Prefix) bool { return p.Addr() == a })
	})
}

// group is where multicast DNS is spoken.
var group = &net.UDPAddr{IP: net.IPv4(224, 0, 0, 251), Port: 5353}
