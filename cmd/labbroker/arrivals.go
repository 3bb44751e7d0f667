package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"time"
)

// aloneTime is how long the console waits for another machine before it says
// what to check.
const aloneTime = time.Minute

// checks is what keeps a class's machines away, in the order in which it is
// worth looking.
const checks = "If none can, check that this computer's firewall lets labbroker in (ports %s and %s), " +
	"that the WiFi does not keep its devices apart (client isolation), and that it has the 2.4 GHz band, " +
	"the only one that boards know. Try a phone's hotspot to see whether it is the network."

// arrivals notes when the first other machine comes, over MQTT or HTTP. Use
// newArrivals.
type arrivals struct {
	own  func(netip.Addr) bool
	came chan struct{} // closed by the first one
	some atomic.Bool   // there was one
	from string        // set before came is closed
}

func newArrivals(own func(netip.Addr) bool) *arrivals {
	return &arrivals{own: own, came: make(chan struct{})}
}

// note takes the address of somebody who asks for something. Once there was one
// from elsewhere it costs nothing.
func (a *arrivals) note(remote string) {
	if a.some.Load() {
		return
	}
	at, err := netip.ParseAddrPort(remote)
	if err != nil || a.own(at.Addr()) || !a.some.CompareAndSwap(false, true) {
		return
	}
	a.from = at.Addr().Unmap().String()
	close(a.came)
}

// alone is what to check while nobody has come, "" then.
func (s *server) alone() string {
	if s.arrivals.some.Load() || s.hidden() {
		return ""
	}
	return "No other machine has connected yet. " + s.checks()
}

func (s *server) checks() string {
	_, mqtt := split(s.broker.Addr())
	_, http := split(s.web.Addr())
	return fmt.Sprintf(checks, mqtt, http)
}

// hidden says that only this machine can reach both ports, as behind a proxy.
func (s *server) hidden() bool {
	for _, l := range []net.Addr{s.broker.Addr(), s.web.Addr()} {
		if t, ok := l.(*net.TCPAddr); !ok || !t.IP.IsLoopback() {
			return false
		}
	}
	return true
}

// watch says on the console what to check when nobody has come for a while, and
// when the first one does. It returns then, or when ctx ends.
func (a *arrivals) watch(ctx context.Context, out io.Writer, checks string) {
	wait := time.NewTimer(aloneTime)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wait.C:
			fmt.Fprintf(out, "No other machine has connected so far. %s\n", checks)
		case <-a.came:
			fmt.Fprintf(out, "The first other machine has connected: %s. The network lets it through.\n", a.from)
			return
		}
	}
}
