package board

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Refused is a CONNACK with a return code other than 0.
type Refused struct{ Code byte }

func (r *Refused) Error() string {
	switch r.Code {
	case 1:
		return "the broker refuses the connection: it does not speak MQTT 3.1.1 (code 1)"
	case 2:
		return "the broker refuses the connection: client id not accepted (code 2)"
	case 3:
		return "the broker refuses the connection for now: it is full (code 3)"
	case 4:
		return "the broker refuses the connection: wrong user name or password (code 4)"
	case 5:
		return "the broker refuses the connection: this name is not allowed (code 5)"
	}
	return fmt.Sprintf("the broker refuses the connection (code %d)", r.Code)
}

// forGood: trying again as before changes nothing.
func (r *Refused) forGood() bool { return r.Code != 3 }

const (
	keepalive   = 30 * time.Second
	dialTimeout = 20 * time.Second // a class's passwords take seconds when all connect at once
	window      = 64               // messages that wait for their acknowledgement
	healthEvery = keepalive / 3
)

var (
	errSilent = errors.New("the broker says nothing any more")
	errWindow = errors.New("too many messages wait for their acknowledgement")
)

// link is one connection to a broker. Its owner publishes, a goroutine of its
// own reads until the connection ends.
type link struct {
	conn  net.Conn
	tally *Tally
	hear  func(topic string, payload []byte)

	ended chan struct{} // closed when the reader has ended; err is set then
	err   error
	acked chan struct{} // holds one when something was acknowledged lately
	began time.Time
	seen  atomic.Int64 // when the last packet came from the broker, in ns since began

	mu      sync.Mutex // guards all below, and writing
	out     []byte
	wrote   time.Time
	id      uint16
	flights [window]flight // by packet id
	waiting int            // flights that are not empty
}

type flight struct {
	id   uint16 // 0 = empty
	sent time.Time
}

// dial connects and logs in. Errors: *Refused, or of the network.
func dial(ctx context.Context, a Address, l login, tally *Tally, hear func(string, []byte)) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := a.dial(ctx)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	r := bufio.NewReaderSize(conn, 512)
	if err := shakeHands(conn, r, l); err != nil || !stop() {
		conn.Close()
		return nil, errors.Join(err, ctx.Err())
	}
	k := &link{conn: conn, tally: tally, hear: hear, ended: make(chan struct{}), acked: make(chan struct{}, 1), began: time.Now()}
	go k.read(r)
	return k, nil
}

func shakeHands(conn net.Conn, r *bufio.Reader, l login) error {
	if _, err := conn.Write(appendConnect(nil, l)); err != nil {
		return err
	}
	first, body, err := readPacket(r, nil)
	switch {
	case err != nil:
		return fmt.Errorf("the broker closed the connection instead of answering CONNECT: %w", err)
	case first != connack || len(body) != 2:
		return errors.New("what answers there is no MQTT broker")
	case body[1] != 0:
		return &Refused{Code: body[1]}
	}
	return nil
}

// read handles what the broker sends until the connection ends.
func (k *link) read(r *bufio.Reader) {
	defer close(k.ended)
	buffer := make([]byte, 0, 512)
	for {
		first, body, err := readPacket(r, buffer)
		if err != nil {
			k.err = fmt.Errorf("connection lost: %w", err)
			return
		}
		now := time.Now()
		k.seen.Store(int64(now.Sub(k.began)))
		switch first & 0xf0 {
		case puback:
			if len(body) == 2 {
				k.acknowledge(binary.BigEndian.Uint16(body), now)
			}
		case publish:
			m, id, err := parsePublish(first, body)
			if err != nil {
				k.err = err
				k.conn.Close()
				return
			}
			if id != 0 {
				k.mu.Lock()
				k.out = append(k.out[:0], puback, 2, byte(id>>8), byte(id))
				k.flush()
				k.mu.Unlock()
			}
			k.hear(m.topic, m.payload)
		}
	}
}

func (k *link) acknowledge(id uint16, now time.Time) {
	k.mu.Lock()
	f := &k.flights[id%window]
	known, sent := id != 0 && f.id == id, f.sent
	if known {
		f.id = 0
		k.waiting--
	}
	k.mu.Unlock()
	if !known {
		return
	}
	k.tally.Acknowledged.Add(1)
	k.tally.Latency.Add(now.Sub(sent))
	select {
	case k.acked <- struct{}{}:
	default:
	}
}

// publish sends m at QoS 1 without waiting for the acknowledgement. It
// returns errWindow when too many are waiting for theirs.
func (k *link) publish(m message) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.id++; k.id == 0 {
		k.id = 1
	}
	f := &k.flights[k.id%window]
	if f.id != 0 {
		k.id-- // the same slot again, until it is free
		return errWindow
	}
	k.out = appendPublish(k.out[:0], m, k.id)
	*f = flight{id: k.id, sent: time.Now()}
	k.waiting++
	k.tally.Published.Add(1)
	return k.flush()
}

// tell sends m at QoS 0.
func (k *link) tell(m message) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.out = appendPublish(k.out[:0], m, 0)
	return k.flush()
}

// listen asks for the messages of a topic.
func (k *link) listen(topic string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.out = appendSubscribe(k.out[:0], topic, 1)
	return k.flush()
}

// flush writes out; mu is held. A failed write ends the reader as well.
func (k *link) flush() error {
	k.wrote = time.Now()
	_, err := k.conn.Write(k.out)
	if err != nil {
		k.conn.Close()
	}
	return err
}

// health pings when nothing was sent lately and gives up a silent broker.
func (k *link) health() error {
	if time.Since(k.began)-time.Duration(k.seen.Load()) > keepalive*3/2 {
		k.conn.Close()
		return errSilent
	}
	k.conn.SetWriteDeadline(time.Now().Add(keepalive))
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Since(k.wrote) < healthEvery {
		return nil
	}
	k.out = append(k.out[:0], pingreq, 0)
	return k.flush()
}

// drain waits until all is acknowledged, the link ends, or ctx does.
func (k *link) drain(ctx context.Context) {
	for {
		k.mu.Lock()
		waiting := k.waiting
		k.mu.Unlock()
		if waiting == 0 {
			return
		}
		select {
		case <-k.acked:
		case <-k.ended:
			return
		case <-ctx.Done():
			return
		}
	}
}

// close says good-bye, with last before it, and waits up to 1 s for the broker
// to close.
func (k *link) close(last ...message) {
	for _, m := range last {
		if k.tell(m) != nil {
			break
		}
	}
	k.mu.Lock()
	k.out = append(k.out[:0], disconnect, 0)
	k.flush()
	k.mu.Unlock()
	// The broker closes; closing first could overtake the last words.
	patience := time.NewTimer(time.Second)
	select {
	case <-k.ended:
	case <-patience.C:
	}
	patience.Stop()
	k.conn.Close()
	<-k.ended
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tally.Lost.Add(int64(k.waiting))
}
