package dashboard

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// Server timeouts. Responses have deadlines of their own (response.go), since
// a stream and a large export may take hours.
const (
	headerTime   = 10 * time.Second
	idleTime     = 2 * time.Minute
	shutdownTime = 2 * time.Second
)

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Run runs the live hub, what is computed of runs, and exports until ctx ends;
// then all streams end at once and unfinished exports are given up. Streams,
// figures in lists and exports wait until it runs. Once only.
func (s *Server) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.Hub.Run(ctx, s.Reader, (*source)(s)) })
	group.Go(func() error { return s.bench.Run(ctx) })
	group.Go(func() error { <-ctx.Done(); s.die(); return nil })
	group.Go(func() error { return s.exports.Run(ctx) })
	group.Go(func() error { return s.term.run(ctx) })
	group.Go(func() error { s.assets.Pack(ctx); return nil })
	return group.Wait()
}

// Serve runs the hub and answers requests on l until ctx ends, then ends
// streams at once and other requests within 2 s. It closes l, and returns nil
// when it ended for ctx. WebSocket connections at /mqtt are their handler's.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.o.Log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 2) // one of each goroutine
	go func() { failed <- s.Run(ctx) }()
	go func() { failed <- server.Serve(l) }()
	var err error
	waiting := 2
	select {
	case <-ctx.Done():
	case err = <-failed:
		waiting--
	}
	stop()
	// The streams end with the hub; Shutdown waits for what else is under way.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	if server.Shutdown(last) != nil {
		err = errors.Join(err, server.Close())
	}
	for range waiting {
		if e := <-failed; !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
	}
	return err
}

func (s *Server) now() time.Time { return s.o.Now() }
