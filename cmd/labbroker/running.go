package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"labbroker/dashboard"
	"labbroker/internal/lan"
	"labbroker/internal/session"
	"labbroker/internal/simulate"
)

// serve runs the opened parts until ctx ends and stops them in the order in
// which a message passes: boards first, the store last, so that nothing that
// was acknowledged is lost.
func (s *server) serve(ctx context.Context, con console) error {
	s.log.Info("listening", "mqtt", s.broker.Addr().String(), "http", s.web.Addr().String())
	s.noteBase()
	fmt.Fprint(con.out, s.greeting())

	boards, stopBoards := context.WithCancel(ctx)
	defer stopBoards()
	// Brokers and pages go on until the simulated boards have left.
	front, stopFront := context.WithCancel(context.Background())
	defer stopFront()
	back, stopBack := context.WithCancel(context.Background())
	defer stopBack()

	last, stopLast := context.WithCancel(context.Background())
	defer stopLast()

	var first, second, third, fourth errgroup.Group
	second.Go(func() error { defer stopBoards(); return s.broker.Run(front) })
	second.Go(func() error { defer stopBoards(); return s.pages.Serve(front, s.web) })
	second.Go(func() error { return s.accounts.Run(front) })
	second.Go(func() error { collect(front); return nil })
	third.Go(func() error { return s.pipeline.Run(back) })
	third.Go(func() error { return s.journal.Run(back, s.store.Applied) })
	fourth.Go(func() error { return s.recorder.Load().Run(last) })
	fourth.Go(func() error { return s.labs.Load().Run(last) })
	fourth.Go(func() error { return s.desk.Run(last) })
	second.Go(func() error { s.runMDNS(front); return nil })
	first.Go(func() error { return s.simulate(boards) })
	if !s.hidden() {
		first.Go(func() error { s.arrivals.watch(boards, con.out, s.checks()); return nil })
	}
	first.Go(func() error { s.logInAgain(boards); return nil })
	first.Go(func() error { s.watchAddresses(boards, con); return nil })

	<-boards.Done()
	err := first.Wait()
	stopFront()
	err = errors.Join(err, second.Wait())
	stopBack()
	err = errors.Join(err, third.Wait())
	stopLast()
	return errors.Join(err, fourth.Wait(), s.close())
}

// simulate runs the boards of --simulate against the server's own port.
func (s *server) simulate(ctx context.Context) error {
	if s.c.Simulate == 0 {
		return nil
	}
	o := simulate.Options{
		Broker: loopback(s.broker.Addr()), HTTP: "http://" + loopback(s.web.Addr()),
		Boards: s.c.Simulate, Sweep: true, Password: s.simulator, Log: s.log, Cleanup: time.Second,
	}
	if _, err := simulate.Run(ctx, o); err != nil {
		s.log.Error("the simulated boards have stopped", "error", err)
	}
	return nil
}

// addresses are those under which this machine is reached now, looked up anew
// each time.
func (s *server) addresses() dashboard.Addresses {
	a := dashboard.Addresses{Local: s.local()}
	mqttHost, mqttPort := split(s.broker.Addr())
	webHost, webPort := split(s.web.Addr())
	for _, h := range s.hosts(mqttHost) {
		a.MQTT = append(a.MQTT, net.JoinHostPort(h, mqttPort))
	}
	for _, h := range s.hosts(webHost) {
		a.HTTP = append(a.HTTP, "http://"+net.JoinHostPort(h, webPort))
	}
	return a
}

// hosts are the names for a listener bound to host.
func (s *server) hosts(host string) []string {
	if s.c.PublicHost != "" {
		return []string{s.c.PublicHost}
	}
	if ip, err := netip.ParseAddr(host); err == nil && !ip.IsUnspecified() {
		return []string{host}
	}
	var all []string
	for _, a := range lan.Addresses() {
		all = append(all, a.String())
	}
	return all
}

// watchAddresses says on the console when the machine's addresses change; the
// pages ask for themselves.
func (s *server) watchAddresses(ctx context.Context, con console) {
	before := s.addresses()
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case host := <-s.named:
			fmt.Fprint(con.out, s.alsoKnown(host))
			continue
		case <-tick.C:
		}
		now := s.addresses()
		if slices.Equal(now.MQTT, before.MQTT) && slices.Equal(now.HTTP, before.HTTP) {
			continue
		}
		before = now
		s.noteBase()
		fmt.Fprintf(con.out, "The network has changed.\n%s", s.whereabouts())
	}
}

// logInAgain ends students' connections when the access mode asks for it. The
// accounts, which say so, cannot wait for that.
func (s *server) logInAgain(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.again:
			s.broker.LogInAgain(func(name string) bool { return name != session.Instructor })
		}
	}
}

func split(a net.Addr) (host, port string) {
	t := a.(*net.TCPAddr)
	return t.IP.String(), strconv.Itoa(t.Port)
}

// loopback is the address by which this process reaches its own listener.
func loopback(a net.Addr) string {
	t := a.(*net.TCPAddr)
	if t.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(t.Port))
	}
	return t.String()
}
