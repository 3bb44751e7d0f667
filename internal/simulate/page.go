package simulate

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"labbroker/internal/board"
)

// page looks at one session as a browser does, through the live stream, and
// measures how old a reading is when it arrives there: the stream gives the
// time that the board sent, on the same clock.
type page struct {
	url, user, password string
	latency             *board.Latencies // of all pages
	ready               func() bool      // the session exists

	mu    sync.Mutex // guards all below
	rows  int64      // that arrived, with device time or without
	wrong string     // why the stream did not come, or ended
}

// watch follows the stream until ctx ends, and comes back when it breaks.
func (p *page) watch(ctx context.Context) {
	for ctx.Err() == nil {
		wait := time.Second
		if !p.ready() {
			wait /= 10
		} else if err := p.follow(ctx); err != nil && ctx.Err() == nil {
			p.mu.Lock()
			p.wrong = err.Error()
			p.mu.Unlock()
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}

func (p *page) follow(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url, nil)
	if err != nil {
		return err
	}
	req.SetBasicAuth(p.user, p.password)
	req.Header.Set("Accept", "text/event-stream")
	client, hangUp := newClient()
	defer hangUp()
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return refusal(res)
	}
	r := bufio.NewReaderSize(res.Body, 64<<10)
	event := ""
	for {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return err
		}
		now := time.Now()
		line = bytes.TrimRight(line, "\r\n")
		if name, ok := bytes.CutPrefix(line, []byte("event: ")); ok {
			event = string(name)
		}
		if data, ok := bytes.CutPrefix(line, []byte("data: ")); ok && event == "rows" {
			if err := p.take(data, now); err != nil {
				return fmt.Errorf("rows in the stream: %w", err)
			}
		}
	}
}

// take counts the rows of one event.
func (p *page) take(data []byte, now time.Time) error {
	var rows struct {
		Series []struct {
			Name   string
			Rows   []json.RawMessage
			Device []*time.Time
		}
	}
	if err := json.Unmarshal(data, &rows); err != nil {
		return err
	}
	n := int64(0)
	for _, s := range rows.Series {
		n += int64(len(s.Rows))
		for _, sent := range s.Device {
			if sent != nil {
				p.latency.Add(now.Sub(*sent))
			}
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rows += n
	return nil
}

// missing says why nothing was measured.
func (p *page) missing() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.wrong != "":
		return p.wrong
	case p.rows > 0:
		return "the rows came without the boards' time"
	}
	return "no rows came"
}

// newClient has connections of its own; hangUp ends them.
func newClient() (client *http.Client, hangUp func()) {
	t := &http.Transport{MaxIdleConnsPerHost: deleters}
	return &http.Client{Transport: t}, t.CloseIdleConnections
}

// refusal is the error that an answer of the API carries.
func refusal(res *http.Response) error {
	var body struct{ Error string }
	text, err := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	if err != nil {
		return err
	}
	if json.Unmarshal(text, &body) != nil || body.Error == "" {
		return errors.New(res.Status)
	}
	return fmt.Errorf("%s: %s", res.Status, body.Error)
}
