package main

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"labbroker/internal/qr"
)

// greeting is what the person at the console needs to know at the start.
func (s *server) greeting() string {
	var b strings.Builder
	fmt.Fprintf(&b, "labbroker %s is running. Ctrl-C ends it.\n\n%s", version(), s.whereabouts())
	if s.c.Simulate > 0 {
		line(&b, "Simulated boards", s.base()+"/s/sim-001   sign in as instructor")
	}
	line(&b, "Readings are in", s.c.Data)
	if s.link != "" {
		fmt.Fprintf(&b, "\n  First, set the instructor's password. This link works once, for 24 hours\n"+
			"  (labbroker instructor-link prints another one):\n\n  %s\n", linkAddress(s.base(), s.link))
	}
	b.WriteByte('\n')
	return b.String()
}

// whereabouts are the addresses for boards and browsers, as they are now.
func (s *server) whereabouts() string {
	var b strings.Builder
	a := s.addresses()
	if len(a.MQTT) == 0 {
		line(&b, "No network", "boards cannot reach this machine: join the classroom's WiFi")
		line(&b, "On this machine", s.base())
		return b.String()
	}
	label := "Boards connect to"
	for _, m := range a.MQTT {
		if host, port, err := net.SplitHostPort(m); err == nil {
			line(&b, label, host+"   port "+port)
			label = "or"
		}
	}
	switch s.accounts.Mode() {
	case "claim":
		line(&b, "", "user = your name, password = of your choice, topics begin with your name/")
	case "roster":
		line(&b, "", "user and password as the instructor gave them, topics begin with your name/")
	case "open":
		line(&b, "", "open access: no password, topics begin with your name/")
	}
	line(&b, "Browsers open", a.HTTP[0])
	line(&b, "Instructor", a.HTTP[0]+"/wall   user instructor")
	if code := qrCode(a.HTTP[0]); code != "" {
		b.WriteByte('\n')
		b.WriteString(code)
		b.WriteByte('\n')
	}
	return b.String()
}

// base is the pages' address: for the network, or where there is none, for
// this machine.
func (s *server) base() string {
	if a := s.addresses(); len(a.HTTP) > 0 {
		return a.HTTP[0]
	}
	return "http://" + loopback(s.web.Addr())
}

// qrCode is an address for phones, indented; "" where no phone can open it.
func qrCode(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && ip.IsLoopback() {
		return ""
	}
	code := strings.TrimRight(qr.Terminal(address), "\n")
	if code == "" {
		return ""
	}
	return "  " + strings.ReplaceAll(code, "\n", "\n  ") + "\n"
}

func line(b *strings.Builder, label, text string) {
	fmt.Fprintf(b, "  %-19s %s\n", label, text)
}
