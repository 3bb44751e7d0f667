package dashboard

import (
	"fmt"
	"net/http"

	"labbroker/internal/live"
)

// wallRoutes are the class's: what it shows of all, and what the instructor does
// to one.
func (s *Server) wallRoutes() []route {
	const one = "/api/sessions/{session}"
	return []route{
		{"GET", "/api/projector/stream", instructor, s.getProjectorStream},
		{"GET", "/api/class/messages", instructor, s.getAllMessages},
		{"POST", "/api/class/messages", instructor, s.postMessage},
		{"GET", one + "/messages", reader, s.getMessages},
		{"POST", one + "/disconnect", teacher, s.postDisconnect},
		{"PUT", one + "/pause", teacher, s.putPause},
		{"POST", one + "/password", teacher, s.postPassword},
		{"DELETE", one + "/data", teacher, s.deleteData},
		{"POST", one + "/seen", teacher, s.postSeen},
	}
}

// What the instructor does to one session from its tile or its page.

func (s *Server) postDisconnect(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct{ Addr string }
	if err := readJSON(r, &in); err != nil {
		return err
	}
	if !s.o.Control.Dismiss(c.name, in.Addr) {
		return fail(http.StatusNotFound, "This client is not connected any more.")
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) putPause(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct{ Paused bool }
	if err := readJSON(r, &in); err != nil {
		return err
	}
	s.o.Control.Pause(c.name, in.Paused)
	s.Hub.Mark(c.name, live.MarkState)
	return sendJSON(w, http.StatusOK, map[string]bool{"paused": s.o.Control.Paused(c.name)})
}

// postPassword gives a session a new password. The old one fails from now on,
// and who was in by it is out.
func (s *Server) postPassword(w http.ResponseWriter, _ *http.Request, c call) error {
	password, err := s.Accounts.Renew(c.name)
	if err != nil {
		return fmt.Errorf("renew the password of %s: %w", c.name, err)
	}
	return sendJSON(w, http.StatusOK, map[string]string{"session": c.name, "password": password})
}

// deleteData clears a session: what it sent and what was made of it goes, the
// account and who is connected stay.
func (s *Server) deleteData(w http.ResponseWriter, r *http.Request, c call) error {
	if err := s.o.Control.Clear(r.Context(), c.name); err != nil {
		return fmt.Errorf("clear session %s: %w", c.name, err)
	}
	s.forget(c.name)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// forget ends the streams of a session and drops what was computed of its data.
func (s *Server) forget(name string) {
	s.Hub.Drop(name)
	s.bench.Drop(name)
	s.exports.Drop(name)
	s.said.drop(name)
}

// dropClass forgets what the class knows of a session that was removed.
func (s *Server) dropClass(name string) {
	s.unread.drop(name)
	s.aliases.drop(name)
}

// moveClass takes what the class knows of a session to its new name. Its alias
// follows from the name, so it gets another one.
func (s *Server) moveClass(from, to string) {
	s.unread.move(from, to)
	s.aliases.drop(from)
}
