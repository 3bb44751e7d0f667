package dashboard

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"labbroker/internal/session"
)

// Talk publishes and listens for who sits before a page: a session, or the
// instructor (session.Instructor), by the rules that their boards meet.
type Talk interface {
	// Publish says a message. It may wait a second for the session's rate. Its
	// errors are *Denial and others.
	Publish(ctx context.Context, who string, m PageMessage) (Publication, error)
	// Check says what would become of a message, and does nothing.
	Check(ctx context.Context, who string, m PageMessage) (*Check, error)
	// Listen hears what comes on some filters; what is retained comes first.
	// told are sentences about filters that are refused, or on which nothing
	// will come. Its error is a *Denial where no filter is left.
	Listen(who string, filters []string) (l Listening, told []string, err error)
}

// Listening hears messages until it is closed. Its queue is bounded.
type Listening interface {
	Filters() []string // those that were granted
	// Next waits for messages; dropped is how many there was no room for. An
	// error is the end: of ctx, of the server, or of the session's sign-in.
	Next(ctx context.Context) (list []PageHeard, dropped int64, err error)
	Close()
}

// PageHeard is a message that a page hears.
type PageHeard struct {
	PageMessage      // the payload may be cut
	Size        int  // bytes of the whole payload
	Kept        bool // it was there before: the topic's retained message
	At          time.Time
}

// PageMessage is what a page publishes.
type PageMessage struct {
	Topic   string // whole, with the prefix
	Payload []byte
	QoS     byte
	Retain  bool
}

// Denial is why a page may not do something.
type Denial struct {
	Text  string        // the sentence that a board would be told
	Form  bool          // the topic or message is wrong for everybody, not only for who asks
	Wait  time.Duration // it came too fast; try again then
	Large bool          // more bytes than a message may have
}

func (r *Denial) Error() string { return r.Text }

// failure is the answer to a request.
func (r *Denial) failure() error {
	f := &failure{status: http.StatusForbidden, text: r.Text}
	switch {
	case r.Wait > 0:
		f.status, f.retry = http.StatusTooManyRequests, int((r.Wait+time.Second-1)/time.Second)
	case r.Large:
		f.status = http.StatusRequestEntityTooLarge
	case r.Form:
		f.status = http.StatusUnprocessableEntity
	}
	return f
}

// Publication is a message that was published.
type Publication interface {
	// Receivers are the clients that it went to, as they are now.
	Receivers() []Receiver
	// Hints are sentences that its publisher should know.
	Hints() []string
	// Wait returns when another receiver acknowledges, when none is left to
	// wait for, or when ctx ends.
	Wait(ctx context.Context)
	// Forget follows it no further.
	Forget()
}

// Receiver is a client that a message went to. State is "sent", "stuck",
// "dropped", "missed", "queued", "waiting", "acknowledged" or "lost".
type Receiver struct {
	Session string
	Client  string
	QoS     byte
	State   string
	After   time.Duration // until its acknowledgement
}

// talkRoutes are what a page says and hears.
func (s *Server) talkRoutes() []route {
	const one = "/api/sessions/{session}"
	return []route{
		{"POST", one + "/publish", owner, s.postPublish},
		{"GET", one + "/publish/{publish}", owner, s.getPublish},
		{"GET", one + "/listen", owner, s.getListen},
		{"POST", one + "/check", owner, s.postCheck},
	}
}

// errNoTalk answers where nothing carries messages.
var errNoTalk = fail(http.StatusNotImplemented, "This server's pages cannot publish.")

// speaker is in whose name a request speaks.
func (c *call) speaker() string {
	if c.instructor {
		return session.Instructor
	}
	return c.name
}

// messageIn is a message in a request: the payload as text, or as base64.
type messageIn struct {
	Topic   string `json:"topic"`
	Payload string `json:"payload"`
	Base64  string `json:"base64"`
	QoS     int    `json:"qos"`
	Retain  bool   `json:"retain"`
}

func (in *messageIn) message() (m PageMessage, err error) {
	m = PageMessage{Topic: in.Topic, Payload: []byte(in.Payload), QoS: byte(in.QoS), Retain: in.Retain}
	if in.QoS < 0 || in.QoS > 2 {
		return m, fail(http.StatusUnprocessableEntity, "QoS is 0, 1 or 2.")
	}
	if in.Base64 == "" {
		return m, nil
	}
	if in.Payload != "" {
		return m, fail(http.StatusUnprocessableEntity, "Send payload or base64, not both.")
	}
	if m.Payload, err = base64.StdEncoding.DecodeString(in.Base64); err != nil {
		return m, fail(http.StatusUnprocessableEntity, "base64 does not hold base64.")
	}
	return m, nil
}

// postPublish says a message for the session, or for the instructor.
func (s *Server) postPublish(w http.ResponseWriter, r *http.Request, c call) error {
	if s.o.Talk == nil {
		return errNoTalk
	}
	var in messageIn
	if err := readJSON(r, &in); err != nil {
		return err
	}
	m, err := in.message()
	if err != nil {
		return err
	}
	p, err := s.o.Talk.Publish(r.Context(), c.speaker(), m)
	if err != nil {
		return refused(err)
	}
	id := s.said.keep(c.name, p)
	return sendJSON(w, http.StatusOK, publishedJSON(id, p, &c))
}

func refused(err error) error {
	var r *Denial
	if errors.As(err, &r) {
		return r.failure()
	}
	return err
}

// maxWait is how long a request may wait for an acknowledgement.
const maxWait = 10 * time.Second

// getPublish says what became of a message; with wait=SECONDS it answers when
// that changes.
func (s *Server) getPublish(w http.ResponseWriter, r *http.Request, c call) error {
	seconds, err := parseNumber(r.URL.Query(), "wait", 0, int64(maxWait/time.Second))
	if err != nil {
		return err
	}
	id := r.PathValue("publish")
	p := s.said.get(c.name, id)
	if p == nil {
		return fail(http.StatusNotFound, "This message is not followed any more.")
	}
	if seconds > 0 {
		ctx, cancel := context.WithTimeout(r.Context(), time.Duration(seconds)*time.Second)
		stop := context.AfterFunc(s.life, cancel)
		p.Wait(ctx)
		stop()
		cancel()
	}
	return sendJSON(w, http.StatusOK, publishedJSON(id, p, &c))
}

type receiverJSON struct {
	Session string  `json:"session"`
	Client  string  `json:"client"`
	QoS     byte    `json:"qos"`
	State   string  `json:"state"`
	After   float64 `json:"after_ms,omitempty"`
}

type publicationJSON struct {
	ID        string         `json:"id"`
	Receivers []receiverJSON `json:"receivers"`
	Hints     []string       `json:"hints"`
}

// publishedJSON names clients of other sessions to the instructor only.
func publishedJSON(id string, p Publication, c *call) publicationJSON {
	out := publicationJSON{ID: id, Receivers: []receiverJSON{}, Hints: append([]string{}, p.Hints()...)}
	for _, r := range p.Receivers() {
		one := receiverJSON{r.Session, r.Client, r.QoS, r.State, float64(r.After.Microseconds()) / 1000}
		if !c.instructor && r.Session != c.name {
			one.Session, one.Client = "", ""
		}
		out.Receivers = append(out.Receivers, one)
	}
	return out
}

// How many published messages are followed, of a session and in all; the
// oldest go.
const (
	maxSaidOf = 32
	maxSaid   = 1000
)

// saidBook remembers what pages published, for those who ask what became of
// it. The zero value is ready.
type saidBook struct {
	mu   sync.Mutex // guards list
	list []saidOne  // oldest first
}

type saidOne struct {
	name, id string
	p        Publication
}

// keep remembers a message under a new id.
func (b *saidBook) keep(name string, p Publication) (id string) {
	id = rand.Text()
	b.mu.Lock()
	defer b.mu.Unlock()
	oldest, n := -1, 0
	for i := range b.list {
		if b.list[i].name == name {
			if n++; oldest < 0 {
				oldest = i
			}
		}
	}
	if n < maxSaidOf {
		oldest = -1
		if len(b.list) >= maxSaid {
			oldest = 0
		}
	}
	if oldest >= 0 {
		b.list[oldest].p.Forget()
		b.list = slices.Delete(b.list, oldest, oldest+1)
	}
	b.list = append(b.list, saidOne{name, id, p})
	return id
}

func (b *saidBook) get(name, id string) Publication {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.list {
		if b.list[i].name == name && b.list[i].id == id {
			return b.list[i].p
		}
	}
	return nil
}

// drop forgets a session's.
func (b *saidBook) drop(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list = slices.DeleteFunc(b.list, func(x saidOne) bool {
		if x.name == name {
			x.p.Forget()
		}
		return x.name == name
	})
}
