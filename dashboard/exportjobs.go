package dashboard

import (
	"errors"
	"net/http"
	"os"
	"strings"

	"labbroker/dashboard/download"
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

func (s *Server) exportJSON(j *download.Job, format, at string) exportJSON {
	now := j.State()
	out := exportJSON{
		ID: j.ID, State: now.State, Done: now.Done, Of: j.Of, Error: now.Text, File: j.Name, Size: now.Size, Format: format,
	}
	if now.State == download.Ready {
		out.URL = at + "/" + j.ID + "/file"
	}
	return out
}

func (s *Server) orderJSON(j *download.Job, o *order) exportJSON {
	return s.exportJSON(j, o.format.Name, "/api/sessions/"+o.session+"/exports")
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
	j, err := s.exports.Add(download.Order{Owner: o.session, Name: o.name, Type: o.format.ContentType, Of: o.of, Size: o.size, Work: o})
	if err != nil {
		return s.exportRefused(err, o.size)
	}
	return sendJSON(w, http.StatusAccepted, s.orderJSON(j, o))
}

// export is the session's export in the request's path.
func (s *Server) export(r *http.Request, c call) (*download.Job, *order, error) {
	if j := s.exports.Find(c.name, r.PathValue("export")); j != nil {
		if o, ok := j.Work.(*order); ok {
			return j, o, nil
		}
	}
	return nil, nil, fail(http.StatusNotFound, "There is no such export: files are kept for %d minutes.", int(download.Life.Minutes()))
}

func (s *Server) getExportState(w http.ResponseWriter, r *http.Request, c call) error {
	j, o, err := s.export(r, c)
	if err != nil {
		return err
	}
	return sendJSON(w, http.StatusOK, s.orderJSON(j, o))
}

// deleteExport cancels an export, or removes its file.
func (s *Server) deleteExport(w http.ResponseWriter, r *http.Request, c call) error {
	j, _, err := s.export(r, c)
	if err != nil {
		return err
	}
	j.End()
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// getExportFile sends a finished export; a part of it can be asked for.
func (s *Server) getExportFile(w http.ResponseWriter, r *http.Request, c call) error {
	j, _, err := s.export(r, c)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+j.Name+`"`)
	return sendFile(w, r, j, "export")
}

// sendFile sends a finished file, or a part of it. what is its word in sentences.
func sendFile(w http.ResponseWriter, r *http.Request, j *download.Job, what string) error {
	if state := j.State().State; state != download.Ready {
		return fail(http.StatusConflict, "This %s is not ready: it is %s.", what, state)
	}
	f, made, err := j.Open()
	if errors.Is(err, os.ErrNotExist) {
		return fail(http.StatusNotFound, "This %s was removed. Make it again.", what)
	}
	if err != nil {
		return err
	}
	defer f.Close() // it was only read
	w.Header().Set("Content-Type", j.Type)
	http.ServeContent(w, r, "", made, f)
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
