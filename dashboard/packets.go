package dashboard

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"labbroker/internal/packets"
	"labbroker/internal/session"
)

const (
	// packetsPause is the least time between two events of packets.
	packetsPause = 100 * time.Millisecond
	// packetsBeat is the longest time between two events: silence is a loss.
	packetsBeat = 2 * time.Second
)

// PacketWatch is somebody who watches a session's packets; broker.Watch. It
// holds what was not taken, bounded, and counts the rest.
type PacketWatch interface {
	// Ready has a value when there is something to take.
	Ready() <-chan struct{}
	// Take returns what passed since, oldest first, and how many packets behind
	// those found no room. It does not block.
	Take() (list []packets.Seen, left int)
	Close()
}

// packetRoutes are what shows a session's packets.
func (s *Server) packetRoutes() []route {
	return []route{
		{"GET", "/api/sessions/{session}/packets", owner, s.getPackets},
		{"GET", "/api/packets", instructor, s.getOwnPackets},
		{"GET", "/packets", anyone, s.getPacketsPage},
	}
}

func (s *Server) getPacketsPage(w http.ResponseWriter, r *http.Request, _ call) error {
	return s.render(w, r, http.StatusOK, Page{Page: "wire"})
}

// getOwnPackets sends those of the clients that are logged in as instructor, who
// is no session.
func (s *Server) getOwnPackets(w http.ResponseWriter, r *http.Request, c call) error {
	c.name = session.Instructor
	return s.getPackets(w, r, c)
}

// readings is whose series the topics are of that a watcher sees as numbers: the
// session's own, for the instructor all there are.
func (s *Server) readings(name string) func(level string) (string, bool) {
	if name == session.Instructor {
		return func(level string) (string, bool) {
			spelling, ok := s.find(level)
			return spelling, ok && spelling == level // topics tell capitals apart
		}
	}
	return func(level string) (string, bool) { return name, level == name }
}

// getPackets sends a session's packets as they pass. The browser that is slow
// is told how many it does not get; one that takes nothing is cut.
func (s *Server) getPackets(w http.ResponseWriter, r *http.Request, c call) error {
	if s.o.Packets == nil {
		return fail(http.StatusNotImplemented, "This server does not show packets.")
	}
	watch, err := s.o.Packets(c.name)
	if errors.Is(err, packets.ErrBusy) {
		f := &failure{status: http.StatusServiceUnavailable, retry: 5}
		f.text = "As many watch packets already as may: 8 of a session, 64 in all. Close Packets in another tab."
		return f
	} else if err != nil {
		return err
	}
	defer watch.Close()
	return s.stream(w, r, func(write func([]byte) error) error { return s.tellPackets(r, c, watch, write) })
}

// tellPackets runs until the browser, the server or the visitor's right to see
// them ends.
func (s *Server) tellPackets(r *http.Request, c call, watch PacketWatch, write func([]byte) error) error {
	var b bytes.Buffer
	send := func(event string, data any) error {
		b.Reset()
		text, err := json.Marshal(data)
		if err != nil {
			return fmt.Errorf("encode packets: %w", err)
		}
		fmt.Fprintf(&b, "event: %s\ndata: %s\n\n", event, text)
		return write(b.Bytes())
	}
	if err := send("hello", map[string]any{"session": c.name, "now": milli(s.now())}); err != nil {
		return err
	}
	stamp := s.Accounts.Stamp(c.session)
	beat := time.NewTicker(packetsBeat)
	defer beat.Stop()
	pause := time.NewTimer(0)
	defer pause.Stop()
	ready, list := watch.Ready(), packetList{session: s.readings(c.name), rows: s.o.Rows}
	for {
		select {
		case <-r.Context().Done():
			return nil
		case <-s.life.Done():
			return nil
		case <-beat.C:
			if _, there := s.find(c.name); !there && c.name != session.Instructor || s.Accounts.Stamp(c.session) != stamp {
				return nil // signed out by a new password, or removed
			}
			if err := send("beat", struct{}{}); err != nil {
				return err
			}
		case <-pause.C:
			ready = watch.Ready()
		case <-ready:
			seen, left := watch.Take()
			if err := send("packets", list.json(seen, left)); err != nil {
				return err
			}
			ready = nil
			pause.Reset(packetsPause)
		}
	}
}
