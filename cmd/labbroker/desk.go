package main

import "path/filepath"

// deskPath is where the instructor's decisions and words stand.
func deskPath(data string) string { return filepath.Join(data, "desk.json") }

// pause lets nothing pass that a session publishes, or lets it pass again, and
// notes it. Where that cannot be written it holds for now, and is written when
// it can be.
func (s *server) pause(name string, on bool) {
	s.pausing.Lock()
	defer s.pausing.Unlock()
	s.gate.Pause(name, on)
	if err := s.desk.Pause(name, on); err != nil {
		s.log.Error("a pause is not written; it is tried again", "session", name, "paused", on, "err", err)
	}
}

// pauseAgain pauses who was paused when an earlier server ended, before anybody
// can connect.
func (s *server) pauseAgain() {
	for _, name := range s.desk.Paused() {
		s.gate.Pause(name, true)
	}
}

// clearDesk forgets all that was decided and said.
func (s *server) clearDesk() error {
	s.pausing.Lock()
	defer s.pausing.Unlock()
	for _, name := range s.desk.Paused() { // simulated sessions stay
		s.gate.Pause(name, false)
	}
	return s.desk.Clear()
}
