package dashboard

import (
	"context"
	"net"
	"net/http"
)

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }

// Run runs the live hub until ctx ends; then all streams end at once.
func (s *Server) Run(ctx context.Context) error { <-ctx.Done(); return nil }

// Serve runs the hub and answers requests on l until ctx ends, then ends
// streams at once and other requests within 2 s. It closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error { <-ctx.Done(); return l.Close() }
