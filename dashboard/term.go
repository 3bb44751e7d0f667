package dashboard

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
)

// ErrCancelled is why the context of Options.Empty ends when the instructor
// stops it; any other end is the server's.
var ErrCancelled = errors.New("the instructor stopped it")

// emptyWords are to be typed where the class has no name.
const emptyWords = "start empty"

// term is the end of a term: the class is emptied, in the background.
type term struct {
	s     *Server
	start chan context.Context // capacity 1: never more than one is under way

	mu    sync.Mutex // guards below
	saved string     // id of the class's archive that was downloaded last; "" = none
	now   emptyJSON
	stop  context.CancelCauseFunc
}

// emptyJSON is how far the emptying is.
type emptyJSON struct {
	State   string `json:"state"` // "none", "working", "done", "cancelled" or "failed"
	Done    int    `json:"done"`  // sessions removed
	Of      int    `json:"of"`
	Error   string `json:"error"`
	Confirm string `json:"confirm"` // what is to be typed: the class's name
	Saved   bool   `json:"saved"`   // the whole class was downloaded since the start of the server
}

func newTerm(s *Server) *term {
	return &term{s: s, start: make(chan context.Context, 1), now: emptyJSON{State: "none"}}
}

// saw notes that an archive of the class was downloaded.
func (t *term) saw(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.saved = id
}

// run empties the class when it is asked to, until ctx ends.
func (t *term) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case job := <-t.start:
			stop := context.AfterFunc(ctx, func() { t.end(ctx.Err()) })
			t.work(job)
			stop()
		}
	}
}

func (t *term) end(cause error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stop != nil {
		t.stop(cause)
	}
}

func (t *term) work(ctx context.Context) {
	err := t.s.o.Empty(ctx, func(done, of int) {
		t.mu.Lock()
		t.now.Done, t.now.Of = done, of
		t.mu.Unlock()
	})
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err == nil:
		t.now.State, t.saved = "done", ""
	case errors.Is(context.Cause(ctx), ErrCancelled):
		t.now.State = "cancelled"
	default:
		t.now.State, t.now.Error = "failed", "The server could not remove everything; its log says why. Try again."
		t.s.o.Log.Error("the class was not emptied", "err", err)
	}
	t.stop(nil)
	t.stop = nil
}

func (t *term) json() emptyJSON {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := t.now
	out.Saved = t.saved != ""
	if out.Confirm = strings.TrimSpace(t.s.Class.Settings().Name); out.Confirm == "" {
		out.Confirm = emptyWords
	}
	return out
}

// Forget drops what the pages remember of a session that was removed by
// Options.Empty.
func (s *Server) Forget(name string) {
	s.forget(name)
	s.dropClass(name)
}

func (s *Server) getEmpty(w http.ResponseWriter, _ *http.Request, _ call) error {
	return sendJSON(w, http.StatusOK, s.term.json())
}

// postEmpty begins to empty the class: its name must be typed, and the whole
// class must have been downloaded, unless somebody says that it need not be.
func (s *Server) postEmpty(w http.ResponseWriter, r *http.Request, _ call) error {
	if s.o.Empty == nil {
		return fail(http.StatusNotImplemented, "The class cannot be emptied on this server.")
	}
	var in struct {
		Confirm string
		Unsaved bool
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	now := s.term.json()
	switch {
	case !strings.EqualFold(strings.TrimSpace(in.Confirm), now.Confirm):
		return fail(http.StatusBadRequest, "Type %s to start empty.", now.Confirm)
	case !now.Saved && !in.Unsaved:
		return fail(http.StatusConflict, "Download the whole class first, or say that you need no copy.")
	}
	t := s.term
	t.mu.Lock()
	if t.stop != nil {
		t.mu.Unlock()
		return fail(http.StatusConflict, "The class is being emptied already.")
	}
	ctx, stop := context.WithCancelCause(context.Background())
	t.stop, t.now = stop, emptyJSON{State: "working"}
	t.start <- ctx // has room: one is under way at most
	t.mu.Unlock()
	return sendJSON(w, http.StatusAccepted, t.json())
}

// deleteEmpty stops the emptying. What is removed stays removed.
func (s *Server) deleteEmpty(w http.ResponseWriter, _ *http.Request, _ call) error {
	s.term.end(ErrCancelled)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
