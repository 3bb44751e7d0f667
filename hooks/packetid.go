package hooks

import (
	"sync"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// exchanges gives the packet ids that a client chooses others for mochi, which
// keeps them in one map with its own: there a SUBSCRIBE with the id of a
// message that waits is refused, and a PUBLISH deletes that message. umqtt and
// mochi both count from 1, so that is the rule, not the exception. mochi's
// side of a client's ids comes from the top instead.
type exchanges struct {
	mu    sync.Mutex        // guards what follows
	sent  uint16            // the client's id of the packet being handled
	inner uint16            // and mochi's
	open  map[uint16]uint16 // QoS 2 messages from PUBLISH to PUBCOMP: the client's id -> mochi's
}

// read changes the id of a packet that begins or goes on with an exchange of
// the client's. Id 0 stays, so that mochi closes the connection for it.
func (x *exchanges) read(cl *mqtt.Client, pk *packets.Packet) {
	begins := pk.FixedHeader.Type == packets.Subscribe || pk.FixedHeader.Type == packets.Unsubscribe ||
		pk.FixedHeader.Type == packets.Publish && pk.FixedHeader.Qos > 0
	if pk.PacketID == 0 || !begins && pk.FixedHeader.Type != packets.Pubrel {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	twice := pk.FixedHeader.Type == packets.Pubrel || pk.FixedHeader.Type == packets.Publish && pk.FixedHeader.Qos == 2
	inner, known := x.open[pk.PacketID]
	if !twice || !known {
		inner = x.free(cl)
	}
	if twice && !known && begins {
		if x.open == nil {
			x.open = map[uint16]uint16{}
		}
		x.open[pk.PacketID] = inner
	}
	x.sent, x.inner = pk.PacketID, inner
	pk.PacketID = inner
}

// free finds an id that neither side uses.
func (x *exchanges) free(cl *mqtt.Client) uint16 {
	for id := uint16(65535); id > 0; id-- {
		if _, used := cl.State.Inflight.Get(id); !used && !x.uses(id) {
			return id
		}
	}
	return 65535
}

func (x *exchanges) uses(inner uint16) bool {
	for _, id := range x.open {
		if id == inner {
			return true
		}
	}
	return false
}

// written changes the id of an acknowledgement back.
func (x *exchanges) written(pk *packets.Packet) {
	switch pk.FixedHeader.Type {
	case packets.Puback, packets.Pubrec, packets.Pubcomp, packets.Suback, packets.Unsuback:
	default:
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if pk.PacketID == x.inner && x.inner != 0 {
		pk.PacketID = x.sent
	} else {
		for sent, inner := range x.open { // resent after a reconnect
			if inner == pk.PacketID {
				pk.PacketID = sent
				break
			}
		}
	}
	if pk.FixedHeader.Type == packets.Pubcomp {
		delete(x.open, pk.PacketID)
	}
}

// idle says whether no QoS 2 message is on its way.
func (x *exchanges) idle() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.open) == 0
}

// stored keeps the exchanges of absent clients whose session mochi keeps. Its
// zero value is ready.
type stored struct {
	mu sync.Mutex // guards m
	m  map[string]*exchanges
}

// take returns the exchanges of a client that arrives, new ones if it has a
// clean session.
func (s *stored) take(id string, clean bool) *exchanges {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.m[id]
	if x == nil || clean {
		x = &exchanges{}
		delete(s.m, id)
	}
	if !clean {
		if s.m == nil {
			s.m = map[string]*exchanges{}
		}
		s.m[id] = x
	}
	return x
}

// leave forgets the exchanges of a client that is gone and left nothing open.
func (s *stored) leave(id string, x *exchanges) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m[id] == x && x.idle() {
		delete(s.m, id)
	}
}
