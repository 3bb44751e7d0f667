package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"labbroker/broker"
	"labbroker/dashboard"
	"labbroker/examples"
	"labbroker/hooks"
	"labbroker/hooks/policy"
	"labbroker/internal/account"
	"labbroker/internal/class"
	"labbroker/internal/desk"
	"labbroker/internal/ingest"
	"labbroker/internal/journal"
	"labbroker/internal/lab"
	"labbroker/internal/lan"
	"labbroker/internal/live"
	"labbroker/internal/mdns"
	"labbroker/internal/notice"
	"labbroker/internal/presence"
	"labbroker/internal/runs"
	"labbroker/internal/series/sqlite"
	"labbroker/web"
)

// run runs the class server until ctx ends. Mistakes in the settings, ports in
// use and foreign folders are found before anything is opened or changed.
func (c *serveCmd) run(ctx context.Context, con console) error {
	if err := c.validate(); err != nil {
		return err
	}
	if err := c.free(); err != nil {
		return err
	}
	if err := sqlite.Check(c.Data); err != nil {
		return err
	}
	if err := account.Check(accountsPath(c.Data)); err != nil {
		return err
	}
	if err := class.Check(classPath(c.Data)); err != nil {
		return err
	}
	if err := lab.Check(labsPath(c.Data)); err != nil {
		return err
	}
	if err := desk.Check(deskPath(c.Data)); err != nil {
		return err
	}
	s, err := c.open(c.logger(con))
	if err != nil {
		return err
	}
	return s.serve(ctx, con)
}

// server is what serve has opened, in the order of opening.
type server struct {
	c   *serveCmd
	log *slog.Logger

	hub      *live.Hub
	store    *sqlite.Store
	accounts *account.Book
	class    *class.Book
	labs     atomic.Pointer[lab.Book]
	desk     *desk.Book
	policy   atomic.Pointer[policy.Policy]
	presence *presence.Registry
	notices  *notice.Book
	recorder atomic.Pointer[runs.Recorder]
	pipeline *ingest.Pipeline
	journal  *journal.Journal
	gate     *hooks.Gate
	broker   *broker.Server
	pages    *dashboard.Server
	web      net.Listener
	mdns     *mdns.Responder // nil = none
	named    chan string     // capacity 4: names that this machine got on the network

	link      string // token of the instructor's link that was made now, "" = there is a password
	arrivals  *arrivals
	pausing   sync.Mutex    // one pause at a time, so that gate and desk agree
	again     chan struct{} // capacity 1: everybody has to log in anew
	simulator string        // of the boards of --simulate, made anew at each start
}

// open makes all parts, from the store outwards, and binds the ports. On an
// error everything opened is closed again.
func (c *serveCmd) open(log *slog.Logger) (_ *server, err error) {
	s := &server{c: c, log: log, hub: live.New(), arrivals: newArrivals(lan.Own), again: make(chan struct{}, 1), named: make(chan string, 4)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()

	if c.Simulate > 0 {
		s.simulator = account.NewPassword()
	}
	s.store, err = sqlite.Open(c.Data, sqlite.Options{Log: log, Committed: s.committed, Off: !c.Record})
	if err != nil {
		return nil, err
	}
	if err := s.openAccounts(); err != nil {
		return nil, err
	}
	// With a roster nobody joins unless the instructor says so.
	s.class, err = class.Open(classPath(c.Data), class.Settings{Joining: s.accounts.Mode() != account.ModeRoster})
	if err != nil {
		return nil, err
	}
	if s.desk, err = desk.Open(deskPath(c.Data), desk.Options{Log: log}); err != nil {
		return nil, err
	}
	if err := errors.Join(s.finishRenames(), s.enlist()); err != nil {
		return nil, err
	}
	s.presence = presence.New(time.Now)
	s.notices = notice.NewBook(notice.Options{
		New:      s.tell,
		Changed:  func(name string) { s.hub.Mark(name, live.MarkNotices) },
		Happened: s.happened,
	})
	if err := s.openLabs(); err != nil {
		return nil, err
	}
	s.pipeline = ingest.New(s.store, s.store, s.notices, s.presence, ingest.Options{Log: log, Bench: s.openBench(), Mark: s.store.Mark})

	tap := s.record
	if !c.Record {
		tap = nil // nobody would keep what is decoded
	}
	s.gate = hooks.New(s.accounts, s.policy.Load, attendance{s.presence, s.labs.Load()}, s.notices, hooks.Options{
		Log: log, Arrived: s.arrivals.note, Tap: tap, Settle: s.settle, Publish: s.publish,
		SessionRate: c.SessionRate, SessionBurst: c.SessionBurst,
		ConnectRate: c.ConnectRate, SessionClients: c.SessionClients,
	})
	s.broker, err = broker.New(s.gate, broker.Options{
		Addr: c.MQTTAddr, Log: log, ReceiveBuffer: receiveBuffer(c.SessionRate),
		State: filepath.Join(c.Data, "broker"), Power: c.Durability == "power", Progress: restoring(log),
		MaxClients: c.MaxClients, MaxPacket: c.MaxPacket, TopicLevels: c.TopicLevels, TopicLength: c.TopicLength,
		MaxSubscriptions: c.MaxSubscriptions, MaxRetained: c.MaxRetained, MaxQueued: noLimit(c.MaxQueued),
	})
	if err != nil {
		return nil, err
	}
	s.leaveNames()
	s.pauseAgain()
	if err := s.broker.Listen(); err != nil {
		return nil, err
	}
	if s.web, err = net.Listen("tcp", c.HTTPAddr); err != nil {
		return nil, err
	}
	modules, err := fs.Sub(examples.MicroPython, "micropython")
	if err != nil {
		return nil, err
	}
	metrics := prometheus.NewRegistry()
	s.pages, err = dashboard.New(dashboard.Deps{
		Reader: s.store, Accounts: s.accounts, Class: s.class, Presence: s.presence, Notices: s.notices, Hub: s.hub,
	}, dashboard.Options{
		Version: version(), Simulated: c.Simulate > 0,
		Alone: s.alone, Arrived: s.arrivals.note,
		Addresses: s.addresses, Recording: s.recording, Clock: s.pipeline.ClockWarning,
		Units: s.pipeline, Delete: s.deleteSession, Rename: s.renameSession, Talk: talk{s}, Control: (*control)(s),
		Runs: s.store, Plots: s.store, Controls: s.store, Exports: filepath.Join(c.Data, "exports"),
		Templates: web.Templates, Static: web.Static, MQTT: s.broker.WebSocket(),
		Metrics: metrics, Log: log,
		Boards: modules, Labs: s.labs.Load(), Desk: s.desk, Empty: s.empty, Packets: s.watchPackets, Rows: s.pipeline.Rows,
	})
	if err != nil {
		return nil, err
	}
	if err := s.openJournal(); err != nil {
		return nil, err
	}
	if err := s.measure(metrics); err != nil {
		return nil, err
	}
	if err := s.finishEmptying(); err != nil {
		return nil, err
	}
	s.openMDNS()
	return s, nil
}

// openAccounts opens the accounts and the policy that follows them, and makes
// a link to set the instructor's password when there is none.
func (s *server) openAccounts() error {
	var err error
	s.accounts, err = account.Open(accountsPath(s.c.Data), account.Options{
		Mode: s.c.Access, Roster: s.c.roster, Instructor: s.c.InstructorPassword, Simulator: s.simulator, Log: s.log,
		OnChange: s.changePolicy,
		OnMode:   s.changeMode,
		OnReset: func(name string) {
			if s.broker != nil { // else nobody is connected yet
				s.broker.Disconnect(name)
			}
			s.hub.End(name)
		},
	})
	if err != nil {
		return err
	}
	s.policy.Store(policy.New(modes[s.accounts.Mode()], s.accounts.Names()))
	if s.accounts.HasInstructor() {
		return nil
	}
	s.link, err = s.accounts.NewLink()
	return err
}

var modes = map[string]policy.Mode{
	account.ModeClaim: policy.Claim, account.ModeRoster: policy.Roster, account.ModeOpen: policy.Open,
}

// changeMode makes the policy of another access mode; calls come one at a time
// with changePolicy's. It is of a new kin, so the broker asks about all anew.
// Who got in without a password, with open access, does not stay.
func (s *server) changeMode(mode string) {
	if p := s.policy.Load(); p != nil && p.Mode() == policy.Open {
		select {
		case s.again <- struct{}{}:
		default:
		}
	}
	s.policy.Store(policy.New(modes[mode], s.accounts.Names()))
	s.log.Info("who may connect has changed", "access", mode)
}

// changePolicy follows the accounts, one call at a time.
func (s *server) changePolicy(added, removed []string) {
	if p := s.policy.Load(); p != nil { // else openAccounts makes it
		s.policy.Store(p.Without(removed...).With(added...))
	}
	if s.pipeline != nil {
		for _, name := range added {
			s.pipeline.Anew(name)
		}
	}
}

// tell sends a notice to its session's boards as text. The broker queues its
// own messages, so no finder of a mistake ever waits here.
func (s *server) tell(name string, n notice.Notice) {
	topic := name + "/errors"
	if err := s.publish(topic, []byte(n.Text), 0, false); err != nil {
		s.log.Warn("a notice was not sent", "topic", topic, "error", err)
	}
}

// record hands a message to the history. What will be acknowledged stands in
// the journal until the history has it.
func (s *server) record(m ingest.Message) (ticket uint64) {
	if m.QoS > 0 {
		e := journal.Entry{
			Session: m.Session, Topic: m.Topic, Client: m.Client, Payload: m.Payload,
			QoS: m.QoS, Retain: m.Retain, Page: m.Page, At: m.At,
		}
		ticket = s.journal.Write(&e)
		m.Journal = e.Number
	}
	s.pipeline.Accept(m)
	s.heard(&m)
	return ticket
}

// settle waits until a message is in the journal.
func (s *server) settle(ticket uint64) error { return s.journal.Settle(ticket) }

// openJournal gives the history what it had not committed when an earlier
// process ended.
func (s *server) openJournal() error {
	n := 0
	var err error
	s.journal, err = journal.Open(filepath.Join(s.c.Data, "journal"), s.store.Marks(),
		journal.Options{Log: s.log, Power: s.c.Durability == "power"}, func(e journal.Entry) error {
			n++
			s.pipeline.Accept(ingest.Message{
				Session: s.present(e.Session), Topic: e.Topic, Client: e.Client, Payload: e.Payload,
				QoS: e.QoS, Retain: e.Retain, Page: e.Page, At: e.At, Journal: e.Number,
			})
			return nil
		})
	if err != nil {
		return err
	}
	if n > 0 {
		s.log.Info("readings that were acknowledged before the last end are in the history now", "messages", n)
	}
	return nil
}

// publish is the broker's own word; the hooks have it before there is a broker.
func (s *server) publish(topic string, payload []byte, qos byte, retain bool) error {
	return s.broker.Publish(topic, payload, qos, retain)
}

func (s *server) recording() dashboard.Recording {
	st := s.store.Status()
	return dashboard.Recording{State: st.State, Text: st.Text, Free: st.Free, DaysLeft: st.DaysLeft, Dropped: st.Dropped}
}

// close closes what was opened, in reverse.
func (s *server) close() error {
	var errs []error
	if s.web != nil {
		if err := s.web.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if s.broker != nil {
		errs = append(errs, s.broker.Close())
	}
	if b := s.labs.Load(); b != nil {
		errs = append(errs, b.Close())
	}
	if s.desk != nil {
		errs = append(errs, s.desk.Close())
	}
	if s.accounts != nil {
		errs = append(errs, s.accounts.Close())
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if s.journal != nil {
		errs = append(errs, s.journal.Close())
	}
	return errors.Join(errs...)
}

// free says in one sentence when an address cannot be listened on, or when
// both are the same. It opens nothing for good: the data folder is looked at
// before the ports are taken.
func (c *serveCmd) free() error {
	boards, err := listen("--mqtt-addr", c.MQTTAddr)
	if err != nil {
		return err
	}
	browsers, err := listen("--http-addr", c.HTTPAddr)
	if err != nil {
		return errors.Join(err, boards.Close())
	}
	return errors.Join(boards.Close(), browsers.Close())
}

func listen(flag, addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err == nil {
		return l, nil
	}
	if strings.Contains(err.Error(), "in use") || strings.Contains(err.Error(), "Only one usage") {
		return nil, fmt.Errorf("%s %s is in use: is labbroker or another broker running already?", flag, addr)
	}
	var sys *os.SyscallError
	if errors.As(err, &sys) {
		err = sys.Err
	}
	return nil, fmt.Errorf("%s %s: %w", flag, addr, err)
}

// restoring tells how far the broker's state is read, where that takes long
// enough to be wondered at.
func restoring(log *slog.Logger) func(done, total int64) {
	began, told := time.Now(), time.Now()
	return func(done, total int64) {
		now := time.Now()
		if now.Sub(began) < time.Second || now.Sub(told) < time.Second || total == 0 {
			return
		}
		told = now
		log.Info("reading what waits for absent clients", "percent", 100*done/total)
	}
}

// noLimit is a queue's limit as the broker has it, where 0 is its default. What
// all that waits may take of the memory bounds it still.
func noLimit(n int) int {
	if n == 0 {
		return 1 << 30
	}
	return n
}

// receiveBuffer keeps what a slowed sender has under way small, so that what
// is shown is not old: with what the broker itself looks at, 64 KiB.
func receiveBuffer(rate float64) int {
	if rate == 0 {
		return 0
	}
	return 16 << 10
}
