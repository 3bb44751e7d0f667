package dashboard

import (
	"fmt"
	"net/http"
	"time"

	"labbroker/dashboard/download"
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

func (s *Server) archiveJSON(j *download.Job, a *archive) archiveJSON {
	out := archiveJSON{exportJSON: s.exportJSON(j, "zip", "/api/archives"), Kind: "class", Saved: j.State().Saved}
	if a.lab != nil {
		out.Kind, out.Lab = "lab", a.lab.ID
	}
	return out
}

// getArchives lists the archives that are made or kept, so that a page that is
// opened anew finds them.
func (s *Server) getArchives(w http.ResponseWriter, _ *http.Request, _ call) error {
	out := []archiveJSON{}
	for _, j := range s.exports.Jobs() {
		if a, ok := j.Work.(*archive); ok {
			out = append(out, s.archiveJSON(j, a))
		}
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
	o, a, err := s.orderArchive(r.Context(), of, in.Span == "all")
	if err != nil {
		return err
	}
	j, err := s.exports.Add(o)
	if err != nil {
		return s.exportRefused(err, o.Size)
	}
	return sendJSON(w, http.StatusAccepted, s.archiveJSON(j, a))
}

// archive is the archive in the request's path.
func (s *Server) archive(r *http.Request) (*download.Job, *archive, error) {
	if j := s.exports.Find(session.Instructor, r.PathValue("export")); j != nil {
		if a, ok := j.Work.(*archive); ok {
			return j, a, nil
		}
	}
	return nil, nil, fail(http.StatusNotFound, "There is no such archive: files are kept for %d hours.", int(archiveLife.Hours()))
}

func (s *Server) getArchive(w http.ResponseWriter, r *http.Request, _ call) error {
	j, a, err := s.archive(r)
	if err != nil {
		return err
	}
	return sendJSON(w, http.StatusOK, s.archiveJSON(j, a))
}

// deleteArchive cancels an archive, or removes its file.
func (s *Server) deleteArchive(w http.ResponseWriter, r *http.Request, _ call) error {
	j, _, err := s.archive(r)
	if err != nil {
		return err
	}
	j.End()
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// getArchiveFile sends a finished archive, and notes when its last byte was
// taken.
func (s *Server) getArchiveFile(w http.ResponseWriter, r *http.Request, _ call) error {
	j, a, err := s.archive(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", attachment(j.Name))
	c := &counted{ResponseWriter: w}
	if err := sendFile(c, r, j, "archive"); err != nil {
		return err
	}
	if c.whole(j.State().Size) {
		if a.lab == nil { // before pages are told of saved, which ask again then
			s.term.saw(j.ID)
		}
		j.Fetched()
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
