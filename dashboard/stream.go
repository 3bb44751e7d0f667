package dashboard

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"labbroker/internal/live"
)

// frameTime is how long a browser may take for one frame.
const frameTime = 10 * time.Second

func (s *Server) getStream(w http.ResponseWriter, r *http.Request, c call) error {
	after := int64(-1)
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("after")
	}
	if text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return fail(http.StatusBadRequest, "after is the number of a row, as in the stream's ids.")
		}
		after = n
	}
	if c.instructor && r.Method == http.MethodGet {
		defer s.unread.look(c.name, s.Notices)()
	}
	return s.stream(w, r, func(write func([]byte) error) error {
		return s.Hub.Stream(r.Context(), c.name, after, write)
	})
}

func (s *Server) getWallStream(w http.ResponseWriter, r *http.Request, _ call) error {
	return s.stream(w, r, func(write func([]byte) error) error { return s.Hub.Wall(r.Context(), live.ViewClass, write) })
}

// stream sends events until run returns. That a stream ends is nothing to
// report: the browser comes back by itself.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, run func(write func([]byte) error) error) error {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would hold the events back
	if r.Method == http.MethodHead {
		return nil
	}
	control := http.NewResponseController(w)
	if x, ok := w.(*response); ok {
		x.patience = frameTime
	}
	wrote := false
	err := run(func(b []byte) error {
		wrote = true
		if _, err := w.Write(b); err != nil {
			return fmt.Errorf("%w: %w", errLeft, err)
		}
		if err := control.Flush(); err != nil {
			return fmt.Errorf("%w: %w", errLeft, err)
		}
		return nil
	})
	switch {
	case r.Context().Err() != nil, errors.Is(err, errLeft):
		return nil
	case !wrote && errors.Is(err, live.ErrEnded):
		return fail(http.StatusServiceUnavailable, "The server is stopping.")
	case errors.Is(err, live.ErrCut), errors.Is(err, live.ErrEnded), errors.Is(err, live.ErrGone):
		return nil
	}
	return err
}

// errLeft: the browser no longer reads.
var errLeft = errors.New("the browser left")
