package dashboard

import (
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// mipFiles are the modules that boards install: mip.install("http://.../mip/").
var mipFiles = []string{"mqttclient.py", "ina219.py", "plotclient.py"}

func (s *Server) mipRoutes() []route {
	return []route{
		{"GET", "/mip/{$}", anyone, s.getMipPackage},
		{"GET", "/mip/package.json", anyone, s.getMipPackage},
		{"GET", "/mip/{file}", anyone, s.getMipFile},
	}
}

// getMipPackage lists the modules as MicroPython's installer wants it. Older
// firmware knows whole addresses only.
func (s *Server) getMipPackage(w http.ResponseWriter, r *http.Request, _ call) error {
	base := url.URL{Scheme: "http", Host: s.askedHost(r), Path: "/mip/"}
	var list struct {
		URLs    [][2]string `json:"urls"`
		Version string      `json:"version"`
	}
	list.Version = s.o.Version
	for _, name := range mipFiles {
		list.URLs = append(list.URLs, [2]string{name, base.JoinPath(name).String()})
	}
	return sendJSON(w, http.StatusOK, list)
}

func (s *Server) getMipFile(w http.ResponseWriter, r *http.Request, _ call) error {
	name := r.PathValue("file")
	if s.o.Boards == nil {
		return fail(http.StatusNotFound, "This server was built without modules for boards.")
	}
	text, err := fs.ReadFile(s.o.Boards, name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return fail(http.StatusNotFound, "There is no such module: mip.install(\"http://%s/mip/\") has all of them.", s.askedHost(r))
	} else if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/x-python; charset=utf-8")
	_, err = w.Write(text)
	return err
}

// askedHost is host:port under which the request came. MicroPython's requests
// leave the port out of Host, so it comes from the listener's addresses.
func (s *Server) askedHost(r *http.Request) string {
	host, port := r.Host, ""
	if h, p, err := net.SplitHostPort(r.Host); err == nil {
		host, port = h, p
	}
	if !plainHost(host) {
		host = "127.0.0.1"
	}
	if port == "" {
		port = "80"
		if a := s.o.Addresses().HTTP; len(a) > 0 {
			if u, err := url.Parse(a[0]); err == nil && u.Port() != "" {
				port = u.Port()
			}
		}
	}
	return net.JoinHostPort(host, port)
}

// plainHost says whether a request's word for this machine may stand in code:
// a name or an address.
func plainHost(host string) bool {
	if net.ParseIP(host) != nil {
		return true
	}
	if host == "" || len(host) > 253 {
		return false
	}
	return !strings.ContainsFunc(host, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_')
	})
}
