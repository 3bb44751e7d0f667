package dashboard

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"

	"labbroker/internal/qr"
	"labbroker/internal/starter"
)

// startJSON is what a session's page needs to begin with.
type startJSON struct {
	Session string `json:"session"`
	// Password is "" where only its hash is known; Readable tells that from a
	// class in which nobody needs one.
	Password string     `json:"password"`
	Readable bool       `json:"readable"`
	Access   string     `json:"access"`
	WiFi     bool       `json:"wifi"` // the class's WiFi stands in the code
	Hosts    []string   `json:"hosts"`
	Port     int        `json:"port"`
	Page     string     `json:"page"` // address of this session's page, for other devices
	QR       string     `json:"qr"`   // of it, SVG
	Files    []fileJSON `json:"files"`
	You      You        `json:"you"`
}

type fileJSON struct {
	Kind  string `json:"kind"`
	Title string `json:"title"`
	Name  string `json:"name"`
	Text  string `json:"text"`
}

func (s *Server) getStart(w http.ResponseWriter, r *http.Request, c call) error {
	set := s.Class.Settings()
	hosts, port := s.boardHosts(r)
	out := startJSON{
		Session: c.name, Access: s.Accounts.Mode(), WiFi: set.WiFi != "", Hosts: hosts, Port: port,
		Page: s.base(r) + "/s/" + url.PathEscape(c.name), You: You{c.session, c.instructor},
	}
	out.Password, out.Readable = s.Accounts.Readable(c.name)
	out.QR = string(qr.SVG(out.Page))
	files, err := starter.Files(starter.Settings{
		Hosts: hosts, Port: port, Modules: s.base(r) + "/mip/", Session: c.name, Password: out.Password,
		WiFi: set.WiFi, WiFiPassword: set.WiFiPassword,
	})
	if err != nil {
		return err
	}
	for _, f := range files {
		out.Files = append(out.Files, fileJSON(f))
	}
	return sendJSON(w, http.StatusOK, out)
}

// boardHosts are the broker's names for a board, in the order in which it
// tries them: the one that stays when the address changes, then the address.
// Of several addresses the one under which the browser came is the likely one.
func (s *Server) boardHosts(r *http.Request) (hosts []string, port int) {
	a := s.o.Addresses()
	asked, _, _ := net.SplitHostPort(s.askedHost(r))
	var numeric string
	port = 1883
	for i, hp := range a.MQTT {
		host, p, err := net.SplitHostPort(hp)
		if err != nil {
			continue
		}
		if i == 0 || host == asked {
			numeric = host
			if n, err := strconv.Atoi(p); err == nil {
				port = n
			}
		}
	}
	if numeric == "" { // no network: then boards are where this browser is
		numeric = asked
	}
	if a.Local != "" {
		hosts = append(hosts, a.Local)
	}
	return append(hosts, numeric), port
}

// base is this server's address for other devices: the one under which the
// browser came, unless that leads to the same machine only.
func (s *Server) base(r *http.Request) string {
	asked := s.askedHost(r)
	host, _, _ := net.SplitHostPort(asked)
	ip, err := netip.ParseAddr(host)
	if list := s.o.Addresses().HTTP; len(list) > 0 && (host == "localhost" || err == nil && ip.IsLoopback()) {
		return list[0]
	}
	return "http://" + asked
}
