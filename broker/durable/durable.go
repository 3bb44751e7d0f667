// Package durable keeps what the broker must not forget: clients with a
// session of their own, what they subscribed to, what waits for them, which
// QoS 2 identifiers are open, and the retained messages.
package durable

import (
	"log/slog"
	"time"

	"labbroker/internal/wal"
)

// Handle is a stored client. It is never 0, and means the same client after
// a restart.
type Handle uint32

// ClientInfo is what is stored about a client itself.
type ClientInfo struct {
	Key     string    // "home/clientid"
	Session string    // whose it is, "" = nobody's yet
	Left    time.Time // when it went, to the millisecond; zero = connected
}

// Dest is one stored client that a message goes to. Seq orders the messages of
// a client and is never used twice for it.
type Dest struct {
	To     Handle
	Seq    uint64
	QoS    byte
	Retain bool
}

// Message is a PUBLISH with all that has to be kept of it, in one record.
type Message struct {
	Topic   string
	Payload []byte
	QoS     byte
	Keep    bool   // becomes the topic's retained message; an empty payload clears it
	From    Handle // of FromID
	FromID  uint16 // packet identifier of a received QoS 2 PUBLISH, kept until Release; 0 = none
	To      []Dest
}

// Client is a stored client as found at the start.
type Client struct {
	Handle Handle
	ClientInfo
	Next     uint64 // above every Seq that was ever used
	Subs     []Sub
	Queue    []Queued // by Seq
	Received []uint16 // packet identifiers of QoS 2 that wait for their PUBREL
}

// Sub is a granted subscription.
type Sub struct {
	Filter string
	QoS    byte
}

// Queued is a message that a client has not acknowledged to the end. Of a
// released one (its PUBREC has come) only Seq and QoS are known. Clients share
// a Payload: it must not be changed.
type Queued struct {
	Seq              uint64
	QoS              byte
	Retain, Released bool
	Topic            string
	Payload          []byte
}

// Retained is a topic's retained message.
type Retained struct {
	Topic   string
	QoS     byte
	Payload []byte
}

// Restored is what was found at the start.
type Restored struct {
	Clients  []Client
	Retained []Retained
}

// Options of a store. The zero value works.
type Options struct {
	FS          wal.FS                  // nil = the real one
	Log         *slog.Logger            // nil = silent
	Power       bool                    // Commit waits for the disk, not only for the operating system
	SegmentSize int64                   // bytes, 0 = 4 MiB
	Progress    func(done, total int64) // bytes read by Open, called now and then; may be nil
}

// Store is the open store. All methods may be called from any goroutine.
type Store struct{}

// Open reads the folder dir, which it makes if there is none; nobody else may
// have it open, which the caller sees to.
func Open(dir string, o Options) (*Store, *Restored, error) { return &Store{}, &Restored{}, nil }

// NewClient stores a client and names it.
func (s *Store) NewClient(c ClientInfo) Handle { return 1 }

// SetClient replaces what is stored about a client itself.
func (s *Store) SetClient(h Handle, c ClientInfo) {}

// DropClient forgets a client with all it has.
func (s *Store) DropClient(h Handle) {}

// Subscribe stores a granted subscription, in place of one to the same filter.
func (s *Store) Subscribe(h Handle, filter string, qos byte) {}

// Unsubscribe forgets a subscription.
func (s *Store) Unsubscribe(h Handle, filter string) {}

// Publish stores a message for all its destinations in one record. The error
// says that the disk has taken nothing for so long that no more fits into
// memory: then nothing of m is stored. m and what it points to are free when
// Publish returns.
func (s *Store) Publish(m *Message) error { return nil }

// Release forgets a received QoS 2 identifier: its PUBREL came.
func (s *Store) Release(h Handle, id uint16) {}

// Pubrec notes that a subscriber has the message: what was published is no
// longer needed, that Seq waits for its PUBCOMP is.
func (s *Store) Pubrec(h Handle, seq uint64) {}

// Done forgets a queued message: acknowledged to the end, or dropped.
func (s *Store) Done(h Handle, seq uint64) {}

// DoneRange forgets all queued messages with from <= Seq <= to.
func (s *Store) DoneRange(h Handle, from, to uint64) {}

// Commit returns when everything that was called before is written (Power:
// and synced to the disk). While the disk refuses, it returns why; what was
// refused is kept in memory and tried again with the next Commit.
func (s *Store) Commit() error { return nil }

// Close writes and syncs what there is, and ends the store.
func (s *Store) Close() error { return nil }
