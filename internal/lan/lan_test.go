package lan

import (
	"net"
	"net/netip"
	"testing"
)

func TestAddressesAreOurs(t *testing.T) {
	t.Parallel()
	for _, a := range Addresses() {
		if !usable(a) {
			t.Errorf("got %v, want only addresses a board can reach", a)
		}
		// What is shown must be an address one can listen on.
		l, err := net.Listen("tcp", netip.AddrPortFrom(a, 0).String())
		if err != nil {
			t.Errorf("listen on %v: %v", a, err)
			continue
		}
		l.Close()
	}
}

func TestUsable(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]bool{
		"192.168.1.5": true, "10.0.0.1": true,
		"127.0.0.1": false, "169.254.3.4": false, "0.0.0.0": false, "fe80::1": false,
	} {
		if got := usable(netip.MustParseAddr(addr)); got != want {
			t.Errorf("usable(%s): got %v, want %v", addr, got, want)
		}
	}
}

func TestOwn(t *testing.T) {
	t.Parallel()
	for _, a := range Addresses() {
		if !Own(a) {
			t.Errorf("Own(%v): got false, want true", a)
		}
	}
	for addr, want := range map[string]bool{
		"127.0.0.1": true, "127.4.4.4": true, "::1": true, "::ffff:127.0.0.1": true, "192.0.2.7": false, "2001:db8::9": false,
	} {
		if got := Own(netip.MustParseAddr(addr)); got != want {
			t.Errorf("Own(%s): got %v, want %v", addr, got, want)
		}
	}
}
