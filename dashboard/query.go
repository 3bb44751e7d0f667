package dashboard

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"labbroker/internal/series"
)

// maxPoints bounds the query parameter points.
const maxPoints = 1_000_000

// parseQuery reads the parameters that /rows and /rows.csv share.
func parseQuery(v url.Values) (name string, q series.Query, err error) {
	if name = v.Get("series"); name == "" {
		return "", q, fail(http.StatusBadRequest, "Name the series: ?series=NAME.")
	}
	q, err = parseRange(v)
	return name, q, err
}

// parseRange reads which rows of a series or run are asked for.
func parseRange(v url.Values) (q series.Query, err error) {
	if q.From, err = parseTime(v, "from"); err != nil {
		return q, err
	}
	if q.To, err = parseTime(v, "to"); err != nil {
		return q, err
	}
	if !q.To.IsZero() {
		// Times are shown cut to the millisecond: the row that they were
		// copied from belongs to the range.
		q.To = q.To.Truncate(time.Millisecond).Add(time.Millisecond)
	}
	if !q.From.IsZero() && !q.To.IsZero() && q.To.Before(q.From) {
		return q, fail(http.StatusBadRequest, "to is before from.")
	}
	points, err := parseNumber(v, "points", 1, maxPoints)
	if err != nil {
		return q, err
	}
	limit, err := parseNumber(v, "limit", 1, 1<<31-1)
	if err != nil {
		return q, err
	}
	if q.After, err = parseNumber(v, "after", 0, 1<<63-1); err != nil {
		return q, err
	}
	q.Points, q.Limit = int(points), int(limit)
	switch clock := series.Clock(v.Get("clock")); clock {
	case "", series.Arrival, series.Device:
		q.Clock = clock
	default:
		return q, fail(http.StatusBadRequest, "clock is arrival or device.")
	}
	return q, nil
}

// The times that nanoseconds since 1970 can count.
var (
	earliest = time.Date(1678, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC)
)

// parseTime reads RFC 3339. A + that became a space on its way is one again.
func parseTime(v url.Values, key string) (time.Time, error) {
	text := v.Get(key)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, strings.ReplaceAll(text, " ", "+"))
	if err != nil || t.Before(earliest) || t.After(latest) {
		return time.Time{}, fail(http.StatusBadRequest, "%s is a time such as 2026-11-22T23:00:00Z.", key)
	}
	return t, nil
}

// parseNumber reads a whole number; 0 where there is none.
func parseNumber(v url.Values, key string, least, most int64) (int64, error) {
	text := v.Get(key)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most {
		return 0, fail(http.StatusBadRequest, "%s is a whole number from %d to %d.", key, least, most)
	}
	return n, nil
}
