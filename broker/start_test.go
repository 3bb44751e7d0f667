package broker_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"labbroker/broker"
)

// TestWebSocketBeforeRun is told to come later.
func TestWebSocketBeforeRun(t *testing.T) {
	t.Parallel()
	s, err := broker.New(nil, broker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	s.WebSocket().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/mqtt", nil))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("got %d, want %d", w.Code, http.StatusServiceUnavailable)
	}
}
