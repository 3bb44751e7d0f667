package main

import (
	"bytes"
	"context"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestArrivals(t *testing.T) {
	t.Parallel()
	const check = "Look at the firewall."
	own := func(a netip.Addr) bool { return a.Unmap() == netip.MustParseAddr("192.168.1.5") || a.IsLoopback() }
	for _, tt := range []struct {
		name   string
		comes  []string // one each 40 s
		want   []string // parts of what is said, in their order
		silent string   // what is not said
	}{
		{"nobody", nil, []string{"No other machine has connected so far. " + check}, "The first"},
		{"only itself", []string{"127.0.0.1:1", "192.168.1.5:2", "[::ffff:192.168.1.5]:3", "nonsense"}, []string{check}, "The first"},
		{"one at once", []string{"192.168.1.23:4", "192.168.1.24:5"}, []string{"has connected: 192.168.1.23."}, check},
		{"one late", []string{"127.0.0.1:1", "[::1]:1", "[fe80::7%wlan0]:9"}, []string{check, "has connected: fe80::7%wlan0."}, "127.0.0.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newArrivals(own)
				var out bytes.Buffer
				ctx, stop := context.WithTimeout(t.Context(), time.Hour)
				defer stop()
				done := make(chan struct{})
				go func() {
					defer close(done)
					a.watch(ctx, &out, check)
				}()
				for _, remote := range tt.comes {
					<-time.After(40 * time.Second)
					a.note(remote)
				}
				<-done
				rest := out.String()
				for _, want := range tt.want {
					_, after, ok := strings.Cut(rest, want)
					if !ok {
						t.Errorf("got %q, want %q in it, in this order", out.String(), want)
					}
					rest = after
				}
				if strings.Contains(out.String(), tt.silent) || strings.Count(out.String(), check) > 1 {
					t.Errorf("got %q, want nothing of %q, and nothing twice", out.String(), tt.silent)
				}
			})
		})
	}
}
