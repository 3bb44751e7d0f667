package dashboard

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"labbroker/internal/series"
)

// failure is an error that the browser is told.
type failure struct {
	status int
	text   string
	retry  int // seconds for Retry-After, 0 = none
}

func (f *failure) Error() string { return f.text }

func fail(status int, format string, a ...any) error {
	return &failure{status: status, text: fmt.Sprintf(format, a...)}
}

// told turns any error into what the browser may know; inner says that it was
// none of these, so that it belongs into the log.
func told(err error) (f *failure, inner bool) {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &f):
		return f, false
	case errors.Is(err, series.ErrNotFound):
		return &failure{status: http.StatusNotFound, text: "There is no such series."}, false
	case errors.Is(err, series.ErrClosed):
		return &failure{status: http.StatusServiceUnavailable, text: "The server is stopping."}, false
	case errors.As(err, &large):
		return &failure{status: http.StatusRequestEntityTooLarge, text: "The request is too large."}, false
	}
	return &failure{status: http.StatusInternalServerError, text: "The server could not do that; its log says why."}, true
}

// sendJSON writes v as the whole response.
func sendJSON(w http.ResponseWriter, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, err = w.Write(append(b, '\n'))
	return err
}
