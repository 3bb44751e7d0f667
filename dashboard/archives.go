package dashboard

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"time"

	labs "labbroker/internal/lab"
	"labbroker/internal/session"
)

// archiveJSON is a zip that is made in the background.
type archiveJSON struct {
	exportJSON
	Kind  string `json:"kind"`  // "lab" or "class"
	Lab   int64  `json:"lab"`   // 0 = the whole class
	Saved bool   `json:"saved"` // it was downloaded to the end
}

func (s *Server) archiveJSON(j *job) archiveJSON {
	out := archiveJSON{exportJSON: s.exports.json(j), Kind: j.order.kind, Lab: j.order.lab}
	s.exports.mu.Lock()
	out.Saved = !j.saved.IsZero()
	s.exports.mu.Unlock()
	return out
}

// getArchives lists the archives that are made or kept, so that a page that is
// opened anew finds them.
func (s *Server) getArchives(w http.ResponseWriter, _ *http.Request, _ call) error {
	s.exports.mu.Lock()
	var jobs []*job
	for _, j := range s.exports.jobs {
		if j.order.make != nil {
			jobs = append(jobs, j)
		}
	}
	s.exports.mu.Unlock()
	slices.SortFunc(jobs, func(a, b *job) int { return b.began.Compare(a.began) })
	out := []archiveJSON{}
	for _, j := range jobs {
		out = append(out, s.archiveJSON(j))
	}
	return sendJSON(w, http.StatusOK, out)
}

func (s *Server) postArchive(w http.ResponseWriter, r *http.Request, _ call) error {
	var in struct {
		Kind string
		Lab  int64
		Span string
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	var of *labs.Lab
	switch {
	case in.Kind == "class" && in.Lab == 0:
	case in.Kind == "lab" && (in.Span == "" || in.Span == "lab" || in.Span == "all"):
		if s.o.Labs == nil {
			return errNoLabs
		}
		l, _, err := s.o.Labs.Lab(in.Lab)
		if err != nil {
			return labError(err)
		}
		of = &l
	default:
		return fail(http.StatusBadRequest, `kind is "class", or "lab" with the lab's number and a span "lab" or "all".`)
	}
	o, err := s.orderArchive(r.Context(), of, in.Span == "all")
	if err != nil {
		return err
	}
	j, err := s.exports.add(o)
	if err != nil {
		return err
	}
	return sendJSON(w, http.StatusAccepted, s.archiveJSON(j))
}

func (s *Server) findArchive(r *http.Request) (*job, error) {
	j, err := s.exports.find(session.Instructor, r.PathValue("export"))
	if err == nil && j.order.make == nil {
		return nil, fail(http.StatusNotFound, "There is no such archive.")
	}
	return j, err
}

func (s *Server) getArchive(w http.ResponseWriter, r *http.Request, _ call) error {
	j, err := s.findArchive(r)
	if err != nil {
		return err
	}
	return sendJSON(w, http.StatusOK, s.archiveJSON(j))
}

// deleteArchive cancels an archive, or removes its file.
func (s *Server) deleteArchive(w http.ResponseWriter, r *http.Request, _ call) error {
	j, err := s.findArchive(r)
	if err != nil {
		return err
	}
	s.exports.end(j)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// getArchiveFile sends a finished archive, and notes when its last byte was
// taken.
func (s *Server) getArchiveFile(w http.ResponseWriter, r *http.Request, _ call) error {
	j, err := s.findArchive(r)
	if err != nil {
		return err
	}
	s.exports.mu.Lock()
	state, path, ended, size := j.state, j.path, j.ended, j.size
	s.exports.mu.Unlock()
	if state != "ready" {
		return fail(http.StatusConflict, "This archive is not ready: it is %s.", state)
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return fail(http.StatusNotFound, "This archive was removed. Make it again.")
	}
	if err != nil {
		return err
	}
	defer f.Close() // it was only read
	w.Header().Set("Content-Type", j.order.format.ContentType)
	w.Header().Set("Content-Disposition", attachment(j.order.name))
	c := &counted{ResponseWriter: w}
	http.ServeContent(c, r, "", ended, f)
	if c.whole(size) {
		if j.order.kind == "class" { // before pages are told of saved, which ask again then
			s.term.saw(j.id)
		}
		s.exports.mu.Lock()
		j.saved = s.now()
		s.exports.mu.Unlock()
	}
	return nil
}

// counted counts a body's bytes.
type counted struct {
	http.ResponseWriter
	n int64
}

// Write implements http.ResponseWriter.
func (c *counted) Write(b []byte) (int, error) {
	n, err := c.ResponseWriter.Write(b)
	c.n += int64(n)
	return n, err
}

// whole says whether a file of that size was sent to its last byte. A browser
// may ask for the rest of one only.
func (c *counted) whole(size int64) bool {
	if c.n == 0 {
		return false
	}
	var first, last, of int64
	if n, _ := fmt.Sscanf(c.Header().Get("Content-Range"), "bytes %d-%d/%d", &first, &last, &of); n == 3 {
		return last == size-1 && c.n == last-first+1
	}
	return c.n == size
}

// archiveLife is how long a finished archive is kept: a class's is downloaded
// over a slow network, and looked into, before the class is emptied.
const archiveLife = 2 * time.Hour
