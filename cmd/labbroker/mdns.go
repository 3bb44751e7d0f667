package main

import (
	"context"
	"net"
	"strings"

	"labbroker/internal/mdns"
)

// openMDNS makes this machine known on the network by a name. It is a
// convenience: where it does not work the server runs without.
func (s *server) openMDNS() {
	boards, browsers := port(s.broker.Addr()), port(s.web.Addr())
	// Behind another name, or for this machine alone, nobody would get here.
	if !s.c.MDNS || s.c.PublicHost != "" || boards == 0 || browsers == 0 {
		return
	}
	r, err := mdns.Open(mdns.Options{
		Name: "labbroker",
		Services: []mdns.Service{
			{Type: "_mqtt._tcp", Port: boards},
			{Type: "_http._tcp", Port: browsers, Text: []string{"path=/"}},
		},
		Claimed: func(host string) {
			select {
			case s.named <- host:
			default: // nobody reads the console
			}
		},
		Log: s.log,
	})
	if err != nil {
		s.log.Warn("this machine has no name on the network; its addresses work", "error", err)
		return
	}
	s.mdns = r
}

// port is where a listener is reached on every network of this machine, 0
// where it is bound to one address.
func port(a net.Addr) uint16 {
	t, ok := a.(*net.TCPAddr)
	if !ok || !t.IP.IsUnspecified() {
		return 0
	}
	return uint16(t.Port)
}

func (s *server) runMDNS(ctx context.Context) {
	if s.mdns == nil {
		return
	}
	if err := s.mdns.Run(ctx); err != nil {
		s.log.Warn("this machine's name on the network has ended; its addresses work", "error", err)
	}
}

// local is this machine's name on the network, "" = none.
func (s *server) local() string {
	if s.mdns == nil {
		return ""
	}
	return s.mdns.Host()
}

// alsoKnown tells the console of a name that this machine got.
func (s *server) alsoKnown(host string) string {
	_, boards := split(s.broker.Addr())
	_, browsers := split(s.web.Addr())
	var b strings.Builder
	line(&b, "On this network also", host+"   port "+boards+", and http://"+net.JoinHostPort(host, browsers))
	return b.String()
}
