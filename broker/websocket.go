package broker

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

func (s *Server) serveWebSocket(w http.ResponseWriter, r *http.Request) {
	select {
	case <-s.door.ready:
	default:
		http.Error(w, "the broker is not running", http.StatusServiceUnavailable)
		return
	}
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols:       []string{"mqtt"},
		InsecureSkipVerify: true, // see WebSocket: the origin decides nothing
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		s.log.Debug("WebSocket not accepted", "remote", r.RemoteAddr, "error", err)
		return
	}
	if ws.Subprotocol() != "mqtt" {
		_ = ws.Close(websocket.StatusPolicyViolation, "ask for the subprotocol mqtt")
		return
	}
	if !s.door.hold() {
		_ = ws.CloseNow()
		return
	}
	defer s.door.work.Done()
	inner := &socket{Conn: websocket.NetConn(context.Background(), ws, websocket.MessageBinary), ws: ws}
	s.door.serve(inner, "websocket", remote(r.RemoteAddr))
}

// socket is a WebSocket as a net.Conn whose Close does not wait long for the
// other side's farewell.
type socket struct {
	net.Conn
	ws *websocket.Conn
}

func (s *socket) Close() error {
	t := time.AfterFunc(lingerTime, func() { _ = s.ws.CloseNow() })
	defer t.Stop()
	return s.ws.Close(websocket.StatusNormalClosure, "")
}

// remote is an address as the HTTP server knows it.
type remote string

func (r remote) Network() string { return "tcp" }
func (r remote) String() string  { return string(r) }
