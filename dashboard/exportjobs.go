package dashboard

import (
	"errors"
	"net/http"
	"os"
	"strings"

	"labbroker/internal/export"
)

// exportJSON is an export made in the background.
type exportJSON struct {
	ID     string `json:"id"`
	State  string `json:"state"` // "working", "ready", "failed" or "cancelled"
	Done   int64  `json:"done"`  // rows, about
	Of     int64  `json:"of"`    // rows, about
	Error  string `json:"error"` // a sentence when it failed
	File   string `json:"file"`  // the name to save it under
	Size   int64  `json:"size"`  // bytes, when ready
	URL    string `json:"url"`   // from this server's root, when ready
	Format string `json:"format"`
}

func (x *exports) json(j *job) exportJSON {
	x.mu.Lock()
	defer x.mu.Unlock()
	out := exportJSON{
		ID: j.id, State: j.state, Done: j.progress(), Of: j.order.of, Error: j.text,
		File: j.order.name, Size: j.size, Format: j.order.format.Name,
	}
	if j.state == "ready" {
		out.Done = out.Of
		out.URL = "/api/sessions/" + j.order.session + "/exports/" + j.id + "/file"
		if j.order.make != nil {
			out.URL = "/api/archives/" + j.id + "/file"
		}
	}
	return out
}

// postExport begins an export.
func (s *Server) postExport(w http.ResponseWriter, r *http.Request, c call) error {
	var a asking
	if err := readJSON(r, &a); err != nil {
		return err
	}
	o, err := s.order(r.Context(), c, a)
	if err != nil {
		return err
	}
	o.options.URL = dataURL(r, c.name, a)
	j, err := s.exports.add(o)
	if err != nil {
		return err
	}
	return sendJSON(w, http.StatusAccepted, s.exports.json(j))
}

func (s *Server) getExportState(w http.ResponseWriter, r *http.Request, c call) error {
	j, err := s.exports.find(c.name, r.PathValue("export"))
	if err != nil {
		return err
	}
	return sendJSON(w, http.StatusOK, s.exports.json(j))
}

// deleteExport cancels an export, or removes its file.
func (s *Server) deleteExport(w http.ResponseWriter, r *http.Request, c call) error {
	j, err := s.exports.find(c.name, r.PathValue("export"))
	if err != nil {
		return err
	}
	s.exports.end(j)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// getExportFile sends a finished export; a part of it can be asked for.
func (s *Server) getExportFile(w http.ResponseWriter, r *http.Request, c call) error {
	j, err := s.exports.find(c.name, r.PathValue("export"))
	if err != nil {
		return err
	}
	s.exports.mu.Lock()
	state, path, ended := j.state, j.path, j.ended
	s.exports.mu.Unlock()
	if state != "ready" {
		return fail(http.StatusConflict, "This export is not ready: it is %s.", state)
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return fail(http.StatusNotFound, "This export was removed. Make it again.")
	}
	if err != nil {
		return err
	}
	defer f.Close() // it was only read
	w.Header().Set("Content-Type", j.order.format.ContentType)
	w.Header().Set("Content-Disposition", `attachment; filename="`+j.order.name+`"`)
	http.ServeContent(w, r, "", ended, f)
	return nil
}

// formatJSON is one way out, with the code that loads it.
type formatJSON struct {
	Name  string        `json:"name"`
	Title string        `json:"title"`
	File  string        `json:"file"` // the name to save it under
	URL   string        `json:"url"`  // with the key of the request, else the word KEY
	Lines []export.Line `json:"lines"`
}

// getFormats lists the formats, for the series or run that is asked for.
func (s *Server) getFormats(w http.ResponseWriter, r *http.Request, c call) error {
	a, err := askedExport(r.URL)
	if err != nil {
		return err
	}
	a.Format = "csv"
	o, err := s.order(r.Context(), c, a)
	if err != nil {
		return err
	}
	stem := strings.TrimSuffix(o.name, o.format.Extension)
	out := []formatJSON{}
	for _, f := range export.Formats() {
		if f, err = export.FormatOf(f.Name, len(o.tables)); err != nil {
			return err
		}
		x := formatJSON{
			Name: f.Name, Title: f.Title, File: stem + f.Extension, URL: exportURL(r, c.name, a, f.Name), Lines: []export.Line{},
		}
		x.Lines = append(x.Lines, export.Loader(f.Name, x.URL, len(o.tables) > 1)...)
		out = append(out, x)
	}
	return sendJSON(w, http.StatusOK, out)
}
