// Package dashboard is labbroker's HTTP side: all addresses, who may use them,
// and what answers them. The rooms below it know neither addresses nor rules:
//
//   - assets: the files that pages are made of
//   - bench: what runs and plots tell, worked out once
//   - chart: the options of the charts
//   - download: files that are made in the background
//   - pass: who is let in without a password, by cookie or code
//   - standing: how a session stands, in a word and step by step
//
// It decides who may see what over HTTP and writes JSON and CSV; what it shows
// it is given: series from a store's Reader, people from account, connections
// from presence, mistakes from notice, news from live. Templates and scripts
// come as file systems from package web, through cmd.
//
// Reading order: options.go, routes.go (all addresses and who may use them in
// one table), auth.go, then one file for each thing shown.
package dashboard

import (
	"context"
	"errors"
	"hash/maphash"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"labbroker/dashboard/assets"
	"labbroker/dashboard/bench"
	"labbroker/dashboard/download"
	"labbroker/dashboard/pass"
	"labbroker/internal/account"
	"labbroker/internal/class"
	"labbroker/internal/desk"
	"labbroker/internal/ingest"
	labs "labbroker/internal/lab"
	"labbroker/internal/live"
	"labbroker/internal/notice"
	"labbroker/internal/presence"
	"labbroker/internal/series"
	"labbroker/sensor"
)

// Accounts says who somebody is; account.Book.
type Accounts interface {
	// Check verifies user and password and claims nothing; it may take 31 ms.
	// The name is the spelling of the claim, or session.Instructor.
	Check(user, password string) (name string, err error)
	Names() []string
	Find(name string) (spelling string, ok bool)
	NewKey(session string) (key string, err error)
	RevokeKey(session string) error
	HasKey(session string) bool
	KeySession(key string) (session string, ok bool)
	Secret() []byte
	// Stamp changes with the password of a session or of the instructor.
	Stamp(name string) string

	// Create makes a session with a generated password under the name wished for
	// or a free one near it.
	Create(wish string) (name, password string, err error)
	// Bind makes sure that a session of this name exists.
	Bind(name string) (spelling string, err error)
	// Readable is a generated password; a chosen one is only hashed.
	Readable(name string) (password string, ok bool)
	SetPassword(name, password string) error
	Renew(name string) (password string, err error)
	// Enrol makes all accounts of a list or none.
	Enrol(list []account.Enrolment) error
	HasPassword(name string) bool
	// Renamed is the name that a session has which was called name before;
	// GivenUp are all such names.
	Renamed(name string) (to string, ok bool)
	GivenUp() map[string]string
	Archive(name string, on bool) error
	Archived(name string) bool

	// Mode is the access mode: "claim", "roster" or "open". SetMode fails where
	// the start named it (ModeFixed).
	Mode() string
	ModeFixed() bool
	SetMode(mode string) error

	// LinkOpen says whether UseLink would take the instructor's one-time link;
	// UseLink uses it up.
	LinkOpen(token string) bool
	UseLink(token string) bool
	SetInstructor(password string) error
	HasInstructor() bool
}

// Class is the class's settings and people; class.Book.
type Class interface {
	Settings() class.Settings
	SetSettings(class.Settings) error
	// People is a copy; SetPeople takes all or nothing.
	People() []class.Person
	SetPeople([]class.Person) error
	Join(class.Person) error
	Of(session string) []class.Person
	Sections() []string
	Rename(old, name string) error
	Drop(session string) error
}

// Presence says what goes on right now; presence.Registry.
type Presence interface {
	Refusals() []presence.Refusal
	Sessions() []presence.Summary
	Brief(session string) (presence.State, bool)
	RefusedAs(session string) (presence.Refusal, bool)
	Changed(session string) uint64
	TopicsSince(session string, version uint64) ([]presence.Topic, uint64)
}

// Notices are the sessions' mistakes, newest first; notice.Book.
type Notices interface {
	List(session string) []notice.Notice
	Count(session string) int
	Each(session string, f func(k notice.Kind, began, last time.Time))
}

// Units corrects units; ingest.Pipeline.
type Units interface {
	// SetUnit says which unit a column is sent in; "" = find out again.
	SetUnit(ctx context.Context, session, series, column, unit string) (series.Column, error)
}

// Deps are what the dashboard cannot do without.
type Deps struct {
	Reader   series.Reader
	Accounts Accounts
	Class    Class
	Presence Presence
	Notices  Notices
	Hub      *live.Hub
}

// Addresses are host:port of this machine as boards (MQTT) and URLs as
// browsers (HTTP) on the network reach it, the best first.
type Addresses struct {
	MQTT []string
	HTTP []string
	// Local is this machine's name on the network (labbroker.local), which
	// stays when the address changes; "" = none.
	Local string
}

// Recording says whether readings are kept.
type Recording struct {
	State    string  `json:"state"` // "on", "low" or "off"
	Text     string  `json:"text"`  // a sentence; "" when on
	Free     uint64  `json:"free"`  // bytes on the disk
	DaysLeft float64 `json:"days_left,omitempty"`
	Dropped  int64   `json:"dropped,omitempty"` // rows not kept since start
}

// Options are optional; the zero value serves the API without pages.
type Options struct {
	Version   string
	Simulated bool // the server runs simulated boards

	// Addresses is asked whenever addresses are shown; nil = none.
	Addresses func() Addresses
	// Recording is asked for the store's state; nil = on.
	Recording func() Recording
	// Clock is a warning about the server's clock, "" = none; nil = none.
	Clock func() string
	// Alone is a sentence for the instructor while no other machine has come, ""
	// = one has; nil = never said. Arrived is told the address that each request
	// came from; it must not block. nil = nobody asks.
	Alone   func() string
	Arrived func(remote string)
	// Units corrects units; nil = units cannot be set.
	Units Units
	// Delete removes a session with all it has (connections, account, series,
	// notices, retained messages); nil = sessions cannot be removed.
	Delete func(ctx context.Context, session string) error
	// Rename gives a session, in its spelling, another name with all it has. Its
	// errors are account's, or series.ErrTaken; nil = sessions keep their names.
	Rename func(ctx context.Context, from, to string) error
	// Talk publishes and listens for who sits before a page; nil = pages
	// cannot.
	Talk Talk

	// Control acts on connections; nil = nothing can be done to them.
	Control Control

	// Runs and Plots are what the store keeps beside rows; nil = nothing.
	Runs  series.Runs
	Plots series.Plots
	// Controls are what sessions pin to their topics; nil = none are kept.
	Controls series.Controls
	// Exports is the folder of exports made in the background, the
	// dashboard's own: it is emptied at the start. "" = the system's folder
	// for temporary files.
	Exports string

	// Packets begins to watch a session's packets; its error may be
	// packets.ErrBusy. nil = packets are not shown.
	Packets func(session string) (PacketWatch, error)
	// Rows says how a message's numbers stand in the session's series;
	// ingest.Pipeline.Rows. nil = as their payload says alone.
	Rows func(m ingest.Message, r *sensor.Reading, rows, columns int) []ingest.PreviewRow
	// Labs are the class's labs; nil = there are none.
	Labs *labs.Book
	// Desk keeps what the instructor says and has seen; nil = until the end of
	// the process. Delete, Rename and Empty see to it.
	Desk *desk.Book
	// Empty removes all sessions, people and labs, for good; see Term. nil = the
	// class cannot be emptied.
	Empty func(ctx context.Context, progress func(done, of int)) error

	// Templates has layout.html and page_*.html, at its root or below
	// templates/; nil = no pages. Static is served below /static/.
	Templates fs.FS
	Static    fs.FS
	// Boards has the modules that boards install from /mip/; nil = none.
	Boards fs.FS
	// MQTT serves /mqtt (WebSocket); nil = not found.
	MQTT http.Handler
	// Metrics is served at /metrics, and gets the dashboard's own figures;
	// nil = a registry of its own.
	Metrics *prometheus.Registry

	Now func() time.Time // nil = time.Now
	Log *slog.Logger     // nil = discard
}

// Server is the dashboard. It is an http.Handler whose streams need Run;
// Serve does both on a listener.
type Server struct {
	Deps
	o       Options
	handler http.Handler
	cross   *http.CrossOriginProtection
	guard   *account.Guard
	pages   map[string]*template.Template
	assets  *assets.Files
	modules map[string][]string // by page
	figures figures
	seed    maphash.Seed
	bench   *bench.Bench
	exports *download.Queue
	passes  *pass.Passes
	listing sync.RWMutex // one change of the class list at a time; those who join share a turn
	said    saidBook
	checks  chan struct{} // capacity maxChecks: a place for each that is made
	// life ends with Run, so that nobody waits on.
	life context.Context
	die  context.CancelFunc

	unread  *unread
	aliases *aliases
	term    *term
}

// New checks that everything is there, parses the templates and registers the
// metrics.
func New(d Deps, o Options) (*Server, error) {
	if d.Reader == nil || d.Accounts == nil || d.Class == nil || d.Presence == nil || d.Notices == nil || d.Hub == nil {
		return nil, errors.New("dashboard: Reader, Accounts, Class, Presence, Notices and Hub are needed")
	}
	o.fill()
	s := &Server{Deps: d, o: o, cross: http.NewCrossOriginProtection(), seed: maphash.MakeSeed()}
	s.checks = make(chan struct{}, maxChecks)
	s.life, s.die = context.WithCancel(context.Background())
	s.guard = account.NewGuard(o.Now)
	s.bench = bench.New(bench.Options{Reader: d.Reader, Runs: o.Runs, Plots: o.Plots, Mark: d.Hub.Mark, Now: o.Now, Log: o.Log})
	s.passes = pass.New(d.Accounts, o.Now)
	s.term = newTerm(s)
	s.unread, s.aliases = newUnread(o.Desk, o.Now), newAliases(d.Accounts.Secret)
	var err error
	free := func() uint64 { return o.Recording().Free }
	if s.exports, err = download.New(download.Options{Dir: o.Exports, Free: free, Now: o.Now, Log: o.Log}); err != nil {
		return nil, err
	}
	if s.pages, err = parsePages(o.Templates); err != nil {
		return nil, err
	}
	if s.assets, err = assets.Read(o.Static); err != nil {
		return nil, err
	}
	s.modules = map[string][]string{}
	for _, page := range pageNames {
		s.modules[page] = s.assets.Modules("js/" + page + ".js")
	}
	if s.figures, err = s.newFigures(o.Metrics); err != nil {
		return nil, err
	}
	s.handler = s.mux()
	return s, nil
}

func (o *Options) fill() {
	if o.Addresses == nil {
		o.Addresses = func() Addresses { return Addresses{} }
	}
	if o.Recording == nil {
		o.Recording = func() Recording { return Recording{State: "on"} }
	}
	if o.Clock == nil {
		o.Clock = func() string { return "" }
	}
	if o.Control == nil {
		o.Control = noControl{}
	}
	if o.Alone == nil {
		o.Alone = func() string { return "" }
	}
	if o.Arrived == nil {
		o.Arrived = func(string) {}
	}
	if o.Rows == nil {
		o.Rows = ingest.New(nil, nil, nil, nil, ingest.Options{}).Rows
	}
	if o.Runs == nil {
		o.Runs = absent{}
	}
	if o.Plots == nil {
		o.Plots = absent{}
	}
	if o.Controls == nil {
		o.Controls = absent{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Desk == nil {
		o.Desk, _ = desk.Open("", desk.Options{Log: o.Log, Now: o.Now}) // reads no file
	}
	if o.Metrics == nil {
		o.Metrics = prometheus.NewRegistry()
	}
}
