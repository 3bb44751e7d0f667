package dashboard

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"

	"labbroker/internal/notice"
	"labbroker/internal/session"
)

// Page is what the templates are filled with. layout.html defines "layout",
// which calls "title" and "content" of one page_<Page>.html; all else the
// page's script asks the API for.
type Page struct {
	Static  string   // where static files are served, without a closing slash
	Modules []string // below Static: what the page's script imports
	Version string
	Page    string // one of pageNames
	Session string // the name in a session page's address, as it was typed
	Known   bool   // that session exists, or the one-time link is open
	Problem string // why the form that was sent without script, or the name in the address, was refused
	Lost    string // the address that was asked for, where there is nothing
	Info    Info   // what GET /api/info says
}

// parsePages parses every page once, at start.
func parsePages(templates fs.FS) (map[string]*template.Template, error) {
	if templates == nil {
		return nil, nil
	}
	if _, err := fs.Stat(templates, "layout.html"); err != nil {
		if templates, err = fs.Sub(templates, "templates"); err != nil {
			return nil, fmt.Errorf("find the templates: %w", err)
		}
	}
	pages := map[string]*template.Template{}
	for _, name := range pageNames {
		t, err := template.ParseFS(templates, "layout.html", "page_"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("parse page %s: %w", name, err)
		}
		pages[name] = t
	}
	return pages, nil
}

// pageNames are the pages that there are.
var pageNames = []string{"index", "session", "wall", "link", "setup", "join", "labs", "roster", "slips", "projector", "wire"}

// render sends a page. Version, Static, Modules and Info are filled in here.
func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, p Page) error {
	t := s.pages[p.Page]
	if t == nil {
		return fail(http.StatusNotFound, "This server was built without pages.")
	}
	p.Static, p.Modules = "/static/"+s.assets.Edition(), s.modules[p.Page]
	p.Version, p.Info = s.o.Version, s.info(r)
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "layout", p); err != nil {
		return fmt.Errorf("fill page %s: %w", p.Page, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err := w.Write(b.Bytes())
	return err
}

func (s *Server) getIndex(w http.ResponseWriter, r *http.Request, _ call) error {
	return s.render(w, r, http.StatusOK, Page{Page: "index"})
}

// getSessionPage serves the shell to anybody: what it shows it asks the API
// for, which asks for sign-in.
func (s *Server) getSessionPage(w http.ResponseWriter, r *http.Request, _ call) error {
	name := r.PathValue("session")
	if err := session.Check(name); err != nil {
		problem := fmt.Sprintf("Nobody can have the name %s: %v.", notice.Quote(name), err)
		return s.render(w, r, http.StatusNotFound, Page{Page: "index", Problem: problem})
	}
	if to, was := s.Accounts.Renamed(name); was {
		http.Redirect(w, r, "/s/"+to, http.StatusFound)
		return nil
	}
	_, known := s.find(name)
	return s.render(w, r, http.StatusOK, Page{Page: "session", Session: name, Known: known})
}

func (s *Server) getWallPage(w http.ResponseWriter, r *http.Request, _ call) error {
	if r.URL.Query().Has("projector") {
		return s.render(w, r, http.StatusOK, Page{Page: "projector"})
	}
	return s.render(w, r, http.StatusOK, Page{Page: "wall"})
}

func (s *Server) getStatic(w http.ResponseWriter, r *http.Request, _ call) error {
	if !s.assets.Serve(w, r, r.PathValue("path")) {
		return fail(http.StatusNotFound, "There is nothing at this address.")
	}
	return nil
}
