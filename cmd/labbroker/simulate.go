package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"labbroker/internal/simulate"
)

// simulateCmd lets boards without hardware speak to a broker anywhere.
type simulateCmd struct {
	Broker   string        `default:"127.0.0.1:1883" placeholder:"HOST[:PORT]" help:"The broker. Default ${default}."`
	HTTP     string        `name:"http" placeholder:"URL" help:"The broker's pages, to measure how soon a browser sees a reading. Default: port 8080 of the broker's host."`
	Boards   int           `default:"3" placeholder:"N" help:"How many boards. Default ${default}."`
	Rate     float64       `default:"10" placeholder:"R" help:"Readings per second and board. Default ${default}."`
	Sweep    bool          `help:"Sweep the load from short to open circuit, again and again: I-V curves."`
	Duration time.Duration `placeholder:"TIME" help:"How long, like 30s or 2m. Default: until Ctrl-C."`
	Password string        `placeholder:"PASSWORD" help:"Password of the simulated sessions; where a roster rules, the instructor's."`
	Keep     bool          `help:"Leave the simulated sessions and their readings."`
}

func (s *simulateCmd) run(ctx context.Context, c console) error {
	report, err := simulate.Run(ctx, simulate.Options{
		Broker: s.Broker, HTTP: s.HTTP, Boards: s.Boards, Rate: s.Rate, Sweep: s.Sweep,
		Duration: s.Duration, Password: s.Password, Keep: s.Keep,
		Log:      slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Progress: func(p simulate.Progress) { fmt.Fprintln(c.out, p) },
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.out, report)
	return err
}
