package main

import (
	"context"
	"path/filepath"

	"labbroker/internal/ingest"
	"labbroker/internal/lab"
	"labbroker/internal/notice"
	"labbroker/internal/presence"
	"labbroker/internal/series"
)

// labsPath is where the labs of a data folder stand.
func labsPath(data string) string { return filepath.Join(data, "labs.jsonl") }

// openLabs opens the labs, before rows come.
func (s *server) openLabs() error {
	book, err := lab.Open(context.Background(), labsPath(s.c.Data), s.store, lab.Options{
		Log: s.log, Here: s.here, Out: s.accounts.Archived,
		Judge: func(ctx context.Context, r series.Run) (lab.Verdict, error) { return s.pages.JudgeSweep(ctx, r) },
	})
	if err != nil {
		return err
	}
	s.labs.Store(book)
	return nil
}

// here lists the sessions whose boards are connected.
func (s *server) here() []string {
	var names []string
	for _, x := range s.presence.Sessions() {
		if x.Clients > 0 {
			names = append(names, x.Session)
		}
	}
	return names
}

// attendance is the presence that the gate tells, and the labs beside it.
type attendance struct {
	*presence.Registry
	labs *lab.Book
}

// Connected notes a connection.
func (a attendance) Connected(c presence.Client) (key uint64) {
	key = a.Registry.Connected(c)
	if c.Session != "" {
		a.labs.Connected(c.Session, c.ID)
	}
	return key
}

// Bound notes the session of a client that had none.
func (a attendance) Bound(key uint64, session string) {
	a.Registry.Bound(key, session)
	a.labs.Connected(session, "")
}

// kept tells the labs of plots.
func (s *server) kept(p series.Plot, page bool) {
	if b := s.labs.Load(); b != nil {
		b.Kept(p, page)
	}
}

// happened tells the labs of a mistake.
func (s *server) happened(name string, k notice.Kind) {
	if b := s.labs.Load(); b != nil { // else no board is here yet
		b.Problem(name, uint32(k))
	}
}

// heard tells the labs of a message that was accepted.
func (s *server) heard(m *ingest.Message) {
	if !m.Page {
		s.labs.Load().Message(m.Session, m.Topic, m.Client, m.QoS, m.At)
	}
}
