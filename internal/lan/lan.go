// Package lan finds the addresses under which boards and browsers on the
// local network reach this machine.
package lan

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Addresses returns this machine's IPv4 addresses as others on the network
// see them: the one of the default route's interface first, loopback and
// link-local never. It asks the system each time, since a laptop moves; an
// empty result means that there is no network.
func Addresses() []netip.Addr {
	var found []netip.Addr
	first := defaultRoute()
	if first.IsValid() {
		found = append(found, first)
	}
	for _, i := range Interfaces() {
		for _, p := range i.Prefixes {
			if !slices.Contains(found, p.Addr()) {
				found = append(found, p.Addr())
			}
		}
	}
	return found
}

// Interface is one that is connected to a network where boards may be.
type Interface struct {
	net.Interface
	Prefixes []netip.Prefix // its IPv4 addresses, usable ones, with their networks
}

// Interfaces returns those with a usable IPv4 address, as they are now.
func Interfaces() []Interface {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var found []Interface
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 || virtual(i.Name) {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue
		}
		one := Interface{Interface: i}
		for _, a := range addrs {
			p, err := netip.ParsePrefix(a.String())
			if err == nil && usable(p.Addr().Unmap()) {
				one.Prefixes = append(one.Prefixes, netip.PrefixFrom(p.Addr().Unmap(), p.Bits()))
			}
		}
		if len(one.Prefixes) > 0 {
			found = append(found, one)
		}
	}
	return found
}

// defaultRoute asks the kernel which address it would send from. Connecting a
// UDP socket sends nothing; the target is a documentation address (RFC 5737).
func defaultRoute() netip.Addr {
	c, err := net.Dial("udp4", "192.0.2.1:9")
	if err != nil {
		return netip.Addr{}
	}
	defer c.Close()
	a, err := netip.ParseAddrPort(c.LocalAddr().String())
	if err != nil || !usable(a.Addr()) {
		return netip.Addr{}
	}
	return a.Addr()
}

func usable(a netip.Addr) bool {
	return a.Is4() && !a.IsLoopback() && !a.IsLinkLocalUnicast() && !a.IsUnspecified()
}

// virtual names the bridges that container engines make: no board is there.
func virtual(name string) bool {
	for _, p := range []string{"docker", "br-", "veth", "virbr", "cni", "podman"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// Own says whether a is an address of this machine, loopback among them: who
// comes from it is no other machine. It asks the system each time.
func Own(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if a.IsLoopback() {
		return true
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	return slices.ContainsFunc(addrs, func(x net.Addr) bool {
		p, err := netip.ParsePrefix(x.String())
		return err == nil && p.Addr().Unmap().WithZone("") == a
	})
}
