// Package simulate is a class without hardware: boards that connect to the
// broker's port like real ones, each with the INA219's registers under
// periph's driver and a solar cell in changing light, and the measure of how
// well the broker keeps up.
package simulate

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"labbroker/internal/board"
	"labbroker/internal/session"
)

// MaxBoards is the most one run has.
const MaxBoards = 10_000

// Errors of Run's options.
var (
	ErrBoards = errors.New("from 1 to 10,000 boards can be simulated")
	ErrPrefix = errors.New("the names of simulated sessions begin with sim-")
	ErrHTTP   = errors.New("the pages' address is like http://host:8080")
)

// Options of Run; Broker is needed.
type Options struct {
	Broker   string        // host, host:port, tcp://host:port or ws://host:port/mqtt
	HTTP     string        // base URL of the pages; "" = http://<broker's host>:8080
	Boards   int           // 0 = 1
	Rate     float64       // messages a second and board; 0 = 10
	Sweep    bool          // loads go from short to open circuit, again and again
	Duration time.Duration // after all have connected; 0 = until ctx ends
	Keep     bool          // leave the sessions and their data
	Prefix   string        // of the sessions' names, sim-...; "" = "sim-", or sim-xyz- where those names are taken
	Password string        // of the sessions, in roster access the instructor's; "" = a random one
	Seed     uint64        // of light and loads

	Log      *slog.Logger   // nil = silent
	Progress func(Progress) // called each second, never concurrently; nil = quiet
	Cleanup  time.Duration  // longest time for removing the sessions; 0 = 10 s, and 10 ms for each board
}

// Run simulates until Duration has passed or ctx ends; both are a good end,
// with a report. It then waits up to 2 s for late acknowledgements, and
// removes the sessions. It returns an error when the options make no sense,
// when nothing answers at the broker's address, or when the broker refuses
// the boards.
func Run(ctx context.Context, o Options) (Report, error) {
	o, err := o.complete()
	if err != nil {
		return Report{}, err
	}
	if o, err = o.introduce(ctx); err != nil {
		return Report{}, err
	}
	c := newClass(o)
	return c.run(ctx)
}

func (o Options) complete() (Options, error) {
	address, err := board.ParseAddress(o.Broker)
	if err != nil {
		return o, err
	}
	if o.Boards == 0 {
		o.Boards = 1
	}
	if o.Boards < 1 || o.Boards > MaxBoards {
		return o, fmt.Errorf("%d boards: %w", o.Boards, ErrBoards)
	}
	if o.Rate == 0 {
		o.Rate = board.DefaultRate
	}
	if o.Prefix != "" && !session.Simulated(o.Prefix) {
		return o, fmt.Errorf("prefix %q: %w", o.Prefix, ErrPrefix)
	}
	if o.HTTP == "" {
		o.HTTP = address.Pages()
	}
	if u, err := url.Parse(o.HTTP); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return o, fmt.Errorf("%q: %w", o.HTTP, ErrHTTP)
	}
	o.HTTP = strings.TrimRight(o.HTTP, "/")
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	if o.Cleanup == 0 {
		o.Cleanup = 10*time.Second + time.Duration(o.Boards)*10*time.Millisecond
	}
	return o, nil
}

// introduce finds out whether boards get in, and under which names: those of
// an earlier run that was not cleaned up have a password that nobody knows.
func (o Options) introduce(ctx context.Context) (Options, error) {
	free := o.Prefix == "" && o.Password == ""
	if o.Prefix == "" {
		o.Prefix = session.SimPrefix
	}
	if o.Password == "" {
		o.Password = rand.Text()
	}
	if err := session.Check(o.session(o.Boards - 1)); err != nil {
		return o, fmt.Errorf("session %q: %w", o.session(o.Boards-1), err)
	}
	err := board.Try(ctx, o.board(0))
	var refused *board.Refused
	if free && errors.As(err, &refused) && refused.Code == 4 {
		taken := o.session(0)
		o.Prefix = session.SimPrefix + strings.ToLower(rand.Text()[:3]) + "-"
		if err = board.Try(ctx, o.board(0)); err == nil {
			o.Log.Info("The names of simulated boards are taken; these have others.", "taken", taken, "first", o.session(0))
		}
	}
	if errors.As(err, &refused) {
		return o, fmt.Errorf("no board gets in: %w; where a roster rules, simulated boards need the instructor's password", err)
	}
	if errors.Is(err, board.ErrRate) {
		return o, err
	}
	if err != nil {
		return o, fmt.Errorf("no broker answers at %s: %w", o.Broker, err)
	}
	return o, nil
}

// session is the name of board i, counted from 0.
func (o Options) session(i int) string { return fmt.Sprintf("%s%03d", o.Prefix, i+1) }
