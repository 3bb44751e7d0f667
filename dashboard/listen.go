package dashboard

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
	"unicode/utf8"
)

const (
	// messagePace is the shortest time between two events of messages: what
	// comes faster comes together, for a browser can show no more.
	messagePace = 100 * time.Millisecond
	// messageSilence is the longest time between two events: a page takes a
	// silent stream for lost.
	messageSilence = 2 * time.Second
	// maxShown is how many bytes of a payload a page is shown.
	maxShown = 1 << 10
)

type heardJSON struct {
	Topic  string  `json:"topic"`
	Text   string  `json:"text"` // hex where binary
	Size   int     `json:"size"`
	Cut    bool    `json:"cut"` // text is not all of it
	Binary bool    `json:"binary"`
	QoS    byte    `json:"qos"`
	Retain bool    `json:"retain"` // as it was published
	Kept   bool    `json:"kept"`   // retained, from before
	Time   instant `json:"time"`
}

// getListen is the live log of what comes on some filters.
func (s *Server) getListen(w http.ResponseWriter, r *http.Request, c call) error {
	if s.o.Talk == nil {
		return errNoTalk
	}
	filters := r.URL.Query()["filter"]
	if len(filters) == 0 {
		filters = []string{c.name + "/#"}
	}
	if r.Method == http.MethodHead {
		return s.stream(w, r, nil)
	}
	l, told, err := s.o.Talk.Listen(c.speaker(), filters)
	var denial *Denial
	if errors.As(err, &denial) && denial.Wait == 0 {
		// A browser's EventSource does not show the body of a refusal.
		return s.stream(w, r, func(write func([]byte) error) error {
			return sendEvent(write, "refused", map[string]string{"error": denial.Text})
		})
	}
	if err != nil {
		return refused(err)
	}
	defer l.Close()
	return s.stream(w, r, func(write func([]byte) error) error {
		if err := sendEvent(write, "hello", map[string]any{"filters": l.Filters(), "hints": append([]string{}, told...)}); err != nil {
			return err
		}
		return s.tell(r.Context(), l, write)
	})
}

// tell sends what l hears until the browser leaves or the server stops.
func (s *Server) tell(ctx context.Context, l Listening, write func([]byte) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	pace := time.NewTimer(messagePace)
	defer pace.Stop()
	for {
		wait, done := context.WithTimeout(ctx, messageSilence)
		list, dropped, err := l.Next(wait)
		done()
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, context.DeadlineExceeded):
			err = sendEvent(write, "still", struct{}{})
		case err != nil:
			return nil // the session's sign-in ended, or the server does
		default:
			err = sendEvent(write, "messages", heardEvent(list, dropped))
		}
		if err != nil {
			return err
		}
		pace.Reset(messagePace)
		select {
		case <-pace.C:
		case <-ctx.Done():
			return nil
		}
	}
}

type heardList struct {
	Messages []heardJSON `json:"messages"`
	Dropped  int64       `json:"dropped,omitempty"`
}

func heardEvent(list []PageHeard, dropped int64) heardList {
	out := heardList{Messages: make([]heardJSON, len(list)), Dropped: dropped}
	for i := range list {
		m := &list[i]
		text, binary, cut := shownText(m.Payload, m.Size)
		out.Messages[i] = heardJSON{m.Topic, text, m.Size, cut, binary, m.QoS, m.Retain, m.Kept, milli(m.At)}
	}
	return out
}

// shownText is the beginning of a payload of size bytes as text, in hex where
// it is not UTF-8 or has zero bytes in it.
func shownText(b []byte, size int) (text string, binary, cut bool) {
	head := b[:min(len(b), maxShown)]
	if cut = len(head) < size; cut {
		// A character may be cut in two.
		for n := 1; n < utf8.UTFMax && n <= len(head); n++ {
			if at := len(head) - n; utf8.RuneStart(head[at]) {
				if !utf8.FullRune(head[at:]) {
					head = head[:at]
				}
				break
			}
		}
	}
	if utf8.Valid(head) && bytes.IndexByte(head, 0) < 0 {
		return string(head), false, cut
	}
	head = b[:min(len(b), maxShown/2)]
	return hex.EncodeToString(head), true, len(head) < size
}

// sendEvent writes one event of a stream.
func sendEvent(write func([]byte) error, name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	return write(fmt.Appendf(nil, "event: %s\ndata: %s\n\n", name, b))
}
