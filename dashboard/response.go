package dashboard

import (
	"net/http"
	"strconv"
	"time"

	"labbroker/internal/roster"
)

const (
	// maxBody is the largest request body but a class list's: nothing else takes
	// more than a name and a password.
	maxBody = 16 << 10
	// bodyTime is how long a body may take to come.
	bodyTime = 10 * time.Second
	// writeTime is how long the browser may take for what was written; each
	// write starts it anew, so a long export may take as long as it moves.
	writeTime = 30 * time.Second
)

// response knows whether something was written, and gives up on a browser that
// takes nothing.
type response struct {
	http.ResponseWriter
	control  *http.ResponseController
	wrote    bool
	patience time.Duration // how long the browser may take for one write
	armed    time.Time
}

func newResponse(w http.ResponseWriter) *response {
	return &response{ResponseWriter: w, control: http.NewResponseController(w), patience: writeTime}
}

// Unwrap is for http.ResponseController.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (w *response) WriteHeader(status int) {
	w.arm()
	w.wrote = true
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *response) Write(b []byte) (int, error) {
	w.arm()
	w.wrote = true
	return w.ResponseWriter.Write(b)
}

// arm moves the deadline, at most once a second. A writer without deadlines
// (in a test) does without.
func (w *response) arm() {
	now := time.Now()
	if now.Sub(w.armed) > time.Second {
		w.armed = now
		_ = w.control.SetWriteDeadline(now.Add(w.patience))
	}
}

func (w *response) limitBody(r *http.Request) {
	most := int64(maxBody)
	if r.URL.Path == rosterList {
		most = roster.MaxBytes + 1 // the reader says what is wrong with more
	}
	r.Body = http.MaxBytesReader(w.ResponseWriter, r.Body, most)
	_ = w.control.SetReadDeadline(time.Now().Add(bodyTime)) // as in arm
}

// policy is the browser's: nothing from outside, no inline script, no frames.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// secure sets the headers that every response has.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	// Not no-referrer: a browser would send a form with "Origin: null", and over
	// plain http nothing else says that it comes from a page of ours.
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

func itoa(n int) string { return strconv.Itoa(n) }
