package broker

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

// startTime is how long a WebSocket waits for Run, since the page may be up
// before the broker.
const startTime = time.Second

func (s *Server) serveWebSocket(w http.ResponseWriter, r *http.Request) {
	select {
	case <-s.door.ready:
	case <-time.After(startTime):
		http.Error(w, "the broker is not running", http.StatusServiceUnavailable)
		return
	}
	below := &hijack{ResponseWriter: w}
	ws, err := websocket.Accept(below, r, &websocket.AcceptOptions{
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
	inner := &socket{Conn: websocket.NetConn(context.Background(), ws, websocket.MessageBinary), ws: ws, below: below.conn}
	s.door.serve(inner, "websocket", remote(r.RemoteAddr))
}

// socket is a WebSocket as a net.Conn whose Close does not wait for the other
// side's farewell as long as the library does.
type socket struct {
	net.Conn
	ws    *websocket.Conn
	below net.Conn
}

func (s *socket) Close() error {
	t := time.AfterFunc(lingerTime, func() { _ = s.below.Close() })
	defer t.Stop()
	return s.ws.Close(websocket.StatusNormalClosure, "")
}

// hijack remembers the connection that the library takes over.
type hijack struct {
	http.ResponseWriter
	conn net.Conn
}

func (h *hijack) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	h.conn = c
	return c, rw, err
}
