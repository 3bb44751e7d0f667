package mdns

import (
	"errors"
	"net"
	"net/netip"

	"golang.org/x/net/ipv4"

	"labbroker/internal/lan"
)

// maxPacket is the largest that is read; questions are far shorter.
const maxPacket = 9000

// maxBad is how many reads in a row may fail before the socket counts as lost.
const maxBad = 100

// udp is the real wire: one socket for all interfaces.
type udp struct {
	conn *ipv4.PacketConn
	buf  [maxPacket]byte
}

var _ wire = (*udp)(nil)

func openUDP() (*udp, error) {
	// A group's address makes Go share the port, and listen on all of this
	// machine's addresses.
	c, err := net.ListenUDP("udp4", group)
	if err != nil {
		return nil, err
	}
	u := &udp{conn: ipv4.NewPacketConn(c)}
	// Windows has no control messages: there the sender's address tells the
	// interface. What else fails, fails with the first packet.
	_ = u.conn.SetControlMessage(ipv4.FlagInterface, true)
	_ = u.conn.SetMulticastLoopback(true) // other programs of this machine ask too
	_ = u.conn.SetMulticastTTL(255)
	_ = u.conn.SetTTL(255)
	return u, nil
}

func (u *udp) follow(interfaces []lan.Interface) {
	for _, i := range interfaces {
		// An error says that it is joined already, or that it cannot speak
		// multicast: then nothing comes from there.
		_ = u.conn.JoinGroup(&i.Interface, group)
	}
}

func (u *udp) read() (packet, error) {
	for bad := 0; ; bad++ {
		n, control, from, err := u.conn.ReadFrom(u.buf[:])
		a, ok := from.(*net.UDPAddr)
		if err != nil || !ok {
			if errors.Is(err, net.ErrClosed) || bad > maxBad {
				return packet{}, err
			}
			continue // a datagram too long, or Windows telling of a port that nobody has
		}
		p := packet{b: append([]byte(nil), u.buf[:n]...)}
		p.from = netip.AddrPortFrom(a.AddrPort().Addr().Unmap(), a.AddrPort().Port())
		if control != nil {
			p.index = control.IfIndex
		}
		return p, nil
	}
}

func (u *udp) send(b []byte, via lan.Interface, to netip.AddrPort) error {
	if to.IsValid() {
		_, err := u.conn.WriteTo(b, nil, net.UDPAddrFromAddrPort(to))
		return err
	}
	if err := u.conn.SetMulticastInterface(&via.Interface); err != nil {
		return err
	}
	_, err := u.conn.WriteTo(b, nil, group)
	return err
}

func (u *udp) close() error { return u.conn.Close() }
