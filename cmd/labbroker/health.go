package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// healthCmd asks a running server's /healthz: the container's health check,
// which has no curl.
type healthCmd struct {
	URL string `default:"http://127.0.0.1:8080/healthz" help:"What to ask."`
}

func (h *healthCmd) run(ctx context.Context, _ console) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.URL, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answers %s", resp.Status)
	}
	return nil
}
