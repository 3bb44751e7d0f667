package sensor

import (
	"strings"
	"time"
)

// clockKind says what the numbers under a clock's key count. Minutes and hours
// are left to the chart: nobody stamps readings with them.
func clockKind(n *name) ClockKind {
	switch n.unit.Symbol {
	case "s":
		return ClockSeconds
	case "ms":
		return ClockMillis
	case "us":
		return ClockMicros
	case "":
	default:
		return ClockNone
	}
	switch strings.ToLower(n.key) {
	case "ms", "millis":
		return ClockMillis
	case "uptime", "sec", "secs", "seconds":
		return ClockSeconds
	}
	return ClockCount
}

// dates with and without a zone, as ESP32 code and Tasmota write them.
var zoned = []string{time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05 -0700"}
var local = []string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006/01/02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"}

// dateOf reads a date; ClockNone where text is none.
func dateOf(text []byte) Clock {
	if len(text) < 16 || len(text) > 40 || text[4] != '-' && text[4] != '/' || text[0]-'0' > 9 {
		return Clock{}
	}
	s := string(text)
	for _, layout := range zoned {
		if t, err := time.Parse(layout, s); err == nil && sane(t) {
			return Clock{Kind: ClockDate, Unix: t.UnixNano()}
		}
	}
	for _, layout := range local {
		if t, err := time.Parse(layout, s); err == nil && sane(t) {
			return Clock{Kind: ClockLocal, Unix: t.UnixNano()}
		}
	}
	return Clock{}
}

// sane keeps dates within what nanoseconds can say.
func sane(t time.Time) bool { return t.Year() >= 1970 && t.Year() < 2200 }
