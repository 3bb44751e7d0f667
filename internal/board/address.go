package board

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/coder/websocket"
)

// ErrBroker: the broker's address makes no sense.
var ErrBroker = errors.New("a broker's address is host:port, tcp://host:port or ws://host:port/mqtt")

// Address is where a broker listens.
type Address struct {
	scheme string // "tcp", "ws" or "wss"
	host   string // host:port
	path   string // of a WebSocket
}

// ParseAddress understands "host", "host:port", "tcp://", "mqtt://", "ws://"
// and "wss://"; a missing port is 1883, 80 or 443. Its error is ErrBroker.
func ParseAddress(s string) (Address, error) {
	text := s
	if !strings.Contains(text, "://") {
		text = "tcp://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return Address{}, fmt.Errorf("%q: %w", s, ErrBroker)
	}
	a := Address{scheme: u.Scheme}
	port := "1883"
	switch u.Scheme {
	case "tcp", "mqtt":
		a.scheme = "tcp"
		if u.Path != "" && u.Path != "/" {
			return Address{}, fmt.Errorf("%q: %w", s, ErrBroker)
		}
	case "ws", "wss":
		port = "80"
		if u.Scheme == "wss" {
			port = "443"
		}
		if a.path = u.Path; a.path == "" || a.path == "/" {
			a.path = "/mqtt"
		}
	default:
		return Address{}, fmt.Errorf("%q: %w", s, ErrBroker)
	}
	if p := u.Port(); p != "" {
		port = p
	}
	a.host = net.JoinHostPort(u.Hostname(), port)
	return a, nil
}

// Pages guesses the base URL of the pages beside the broker.
func (a Address) Pages() string {
	switch a.scheme {
	case "ws":
		return "http://" + a.host
	case "wss":
		return "https://" + a.host
	}
	host, _, _ := net.SplitHostPort(a.host)
	return "http://" + net.JoinHostPort(host, "8080")
}

// String is host:port for TCP and the URL for a WebSocket.
func (a Address) String() string {
	if a.scheme == "tcp" {
		return a.host
	}
	return a.scheme + "://" + a.host + a.path
}

// dial opens the byte stream. ctx bounds the dialling only.
func (a Address) dial(ctx context.Context) (net.Conn, error) {
	if a.scheme == "tcp" {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", a.host)
	}
	// A transport of its own: HTTP/1.1, and nothing is kept for others.
	transport := &http.Transport{DisableKeepAlives: true}
	ws, _, err := websocket.Dial(ctx, a.String(), &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: transport}, Subprotocols: []string{"mqtt"},
	})
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(-1)
	return websocket.NetConn(context.Background(), ws, websocket.MessageBinary), nil
}
