package dashboard

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"labbroker/internal/export"
)

// handler answers one route. Its error goes to the browser as far as it may
// know it; after the first written byte it breaks the connection off.
type handler func(w http.ResponseWriter, r *http.Request, c call) error

// route is one address. GET answers HEAD as well.
type route struct {
	method string
	path   string
	needs  needs
	handle handler
}

// routes is the whole HTTP side: every address, and who may use it.
func (s *Server) routes() []route {
	const one = "/api/sessions/{session}"
	return slices.Concat([]route{
		{"GET", "/api/info", anyone, s.getInfo},
		{"POST", "/api/signin", anyone, s.postSignIn},
		{"POST", "/api/signout", anyone, s.postSignOut},
		{"GET", "/api/openapi.yaml", anyone, s.getOpenAPI},
		{"GET", "/api/sessions", instructor, s.getSessions},
		{"GET", "/api/wall/stream", instructor, s.getWallStream},
		{"GET", one, reader, s.getSession},
		{"DELETE", one, owner, s.deleteSession},
		{"GET", one + "/series", reader, s.getSeries},
		{"GET", one + "/rows", reader, s.getRows},
		{"GET", one + "/rows.csv", reader, s.getCSV},
		{"GET", one + "/charts", reader, s.getCharts},
		{"GET", one + "/notices", reader, s.getNotices},
		{"GET", one + "/topics", reader, s.getTopics},
		{"GET", one + "/stream", reader, s.getStream},
		{"PUT", one + "/units", owner, s.putUnits},
		{"GET", one + "/runs", reader, s.getRuns},
		{"POST", one + "/runs", owner, s.postRun},
		{"PUT", one + "/runs/{run}", owner, s.putRun},
		{"DELETE", one + "/runs/{run}", owner, s.deleteRun},
		{"GET", one + "/runs/{run}/rows", classmate, s.getRunRows},
		{"GET", one + "/runs/{run}/iv", classmate, s.getRunIV},
		{"GET", "/api/shared", member, s.getShared},
		{"GET", one + "/plots", reader, s.getPlots},
		{"GET", one + "/plots/{file...}", reader, s.getPlot},
		{"DELETE", one + "/plots/{file...}", owner, s.deletePlot},
		{"GET", one + "/export.{format}", reader, s.getExport},
		{"GET", one + "/exports", reader, s.getFormats},
		{"POST", one + "/exports", owner, s.postExport},
		{"GET", one + "/exports/{export}", owner, s.getExportState},
		{"DELETE", one + "/exports/{export}", owner, s.deleteExport},
		{"GET", one + "/exports/{export}/file", owner, s.getExportFile},
		{"POST", one + "/key", owner, s.postKey},
		{"DELETE", one + "/key", owner, s.deleteKey},
		{"GET", "/{$}", anyone, s.getIndex},
		{"GET", "/s/{session}", anyone, s.getSessionPage},
		{"GET", "/wall", anyone, s.getWallPage},
		{"GET", "/static/{path...}", anyone, s.getStatic},
		{"GET", "/healthz", anyone, s.getHealth},
		{"GET", "/metrics", anyone, s.getMetrics},
		{"GET", "/mqtt", anyone, s.getMQTT},
	},
		s.mipRoutes(),
		s.joinRoutes(),
		s.talkRoutes(),
		s.controlRoutes(),
		s.wallRoutes(),
		s.linkRoutes(),
		s.setupRoutes(),
		s.packetRoutes(),
		s.passwordRoutes(),
		s.labRoutes(),
		s.rosterRoutes(),
	)
}

func (s *Server) mux() *http.ServeMux {
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		if path, ok := strings.CutSuffix(r.path, "{format}"); ok { // no pattern has a part of a name
			for _, f := range export.Formats() {
				mux.Handle(r.method+" "+path+f.Name, s.wrap(r.needs, r.handle))
			}
			continue
		}
		mux.Handle(r.method+" "+r.path, s.wrap(r.needs, r.handle))
	}
	mux.Handle("/", s.wrap(anyone, s.nothing(mux)))
	return mux
}

// nothing answers what no route knows, and known addresses' other methods.
func (s *Server) nothing(mux *http.ServeMux) handler {
	methods := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
	return func(w http.ResponseWriter, r *http.Request, _ call) error {
		var allowed []string
		for _, m := range methods {
			probe := &http.Request{Method: m, URL: r.URL, Host: r.Host}
			if _, pattern := mux.Handler(probe); pattern != "/" && pattern != "" {
				allowed = append(allowed, m)
			}
		}
		if len(allowed) == 0 {
			w.Header().Add("Vary", "Accept")
			if s.pages != nil && strings.Contains(r.Header.Get("Accept"), "text/html") && !strings.HasPrefix(r.URL.Path, "/api/") {
				return s.render(w, r, http.StatusNotFound, Page{Page: "index", Lost: r.URL.Path})
			}
			return fail(http.StatusNotFound, "There is nothing at this address.")
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return fail(http.StatusMethodNotAllowed, "This address takes %s, not %s.", strings.Join(allowed, ", "), r.Method)
	}
}

// wrap applies to every route: headers, the cross-origin rule, sign-in,
// deadlines, errors.
func (s *Server) wrap(n needs, handle handler) http.Handler {
	return http.HandlerFunc(func(hw http.ResponseWriter, r *http.Request) {
		w := newResponse(hw)
		secure(w.Header())
		err := s.answer(w, r, n, handle)
		if err == nil || r.Context().Err() != nil {
			return
		}
		f, inner := told(err)
		if inner {
			s.o.Log.Error("request failed", "method", r.Method, "path", r.URL.Path, "err", err)
		}
		if w.wrote {
			panic(http.ErrAbortHandler) // a part must not look like the whole
		}
		s.refuse(w, f)
	})
}

func (s *Server) answer(w *response, r *http.Request, n needs, handle handler) error {
	s.o.Arrived(r.RemoteAddr)
	if err := s.cross.Check(r); err != nil {
		return fail(http.StatusForbidden, "This request comes from a page of another site.")
	}
	if r.ContentLength != 0 {
		w.limitBody(r)
	}
	c, err := s.admit(w, r, n)
	if err != nil {
		return err
	}
	return handle(w, r, c)
}

func (s *Server) refuse(w *response, f *failure) {
	if f.retry > 0 {
		w.Header().Set("Retry-After", itoa(f.retry))
	}
	h := w.Header()
	h.Del("Content-Disposition")
	h.Del("ETag")
	h.Set("Cache-Control", "no-store")
	err := sendJSON(w, f.status, map[string]string{"error": f.text})
	if err != nil && !errors.Is(err, http.ErrHandlerTimeout) {
		s.o.Log.Debug("refusal not sent", "err", err)
	}
}
