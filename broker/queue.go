package broker

// message is what may be shared by the queues of many clients; nobody changes
// it any more.
type message struct {
	topic   string
	payload []byte
	qos     byte
	retain  bool
	said    chan struct{} // closed when its turn comes, in place of a message (own.go)
}

// weight is about what a waiting message costs in memory, its entry included.
func (m *message) weight() int64 { return int64(len(m.topic) + len(m.payload) + 96) }

// States of an entry, in the order of its life.
const (
	written  byte = iota // waits for its record to be durable
	ready                // may be sent
	sent                 // was sent, to this connection or an earlier one
	released             // QoS 2: PUBREC came, only its identifier is in use
	done                 // acknowledged, or dropped
)

// entry is one message at QoS 1 or 2 on its way to one client.
type entry struct {
	msg    *message // nil where nobody will need it again
	qos    byte
	retain bool
	state  byte
}

// queue is a client's messages at QoS 1 and 2 in the order in which they were
// published: [head, next) are in flight, [next, tail) wait. Each has a number
// that never comes again, from which its packet identifier follows, so that
// the identifier is known, and durable, before the message is sent, and those
// in use are one stretch. It is not safe for concurrent use.
type queue struct {
	ring             []entry // its length is a power of two
	head, next, tail uint64
}

// minRing is how many entries a queue has room for at least.
const minRing = 16

// packetID is the identifier of a number; 0 does not exist in MQTT.
func packetID(seq uint64) uint16 { return uint16(seq%65535) + 1 }

func (q *queue) at(seq uint64) *entry { return &q.ring[seq&uint64(len(q.ring)-1)] }

// flying is how many are in flight, waiting how many are not.
func (q *queue) flying() int  { return int(q.next - q.head) }
func (q *queue) waiting() int { return int(q.tail - q.next) }
func (q *queue) len() int     { return int(q.tail - q.head) }

// push adds an entry and returns its number.
func (q *queue) push(e entry) uint64 {
	if q.len() == len(q.ring) {
		q.resize(max(minRing, 2*len(q.ring)))
	}
	seq := q.tail
	q.tail++
	*q.at(seq) = e
	return seq
}

func (q *queue) resize(n int) {
	old := *q
	q.ring = make([]entry, n)
	for s := old.head; s < old.tail; s++ {
		*q.at(s) = *old.at(s)
	}
}

// find returns the number in flight with that packet identifier.
func (q *queue) find(id uint16) (seq uint64, ok bool) {
	if id == 0 || q.head == q.next {
		return 0, false
	}
	seq = q.head + (uint64(id)-1+65535-q.head%65535)%65535
	return seq, seq < q.next
}

// trim forgets what is done at the front, and gives back a large ring that is
// empty.
func (q *queue) trim() {
	for q.head < q.tail && q.at(q.head).state == done {
		*q.at(q.head) = entry{}
		q.head++
	}
	q.next = max(q.next, q.head)
	if q.head == q.tail && len(q.ring) > 4*minRing {
		q.ring = nil
	}
}
