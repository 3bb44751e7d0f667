package dashboard

import "time"

// instant is a time as the API shows it: UTC, with milliseconds, always as long.
type instant struct{ time.Time }

// MarshalJSON implements json.Marshaler.
func (t instant) MarshalJSON() ([]byte, error) {
	return t.UTC().AppendFormat(nil, `"2006-01-02T15:04:05.000Z"`), nil
}

// milli is t to the millisecond below, as rows have it.
func milli(t time.Time) instant { return instant{t.UTC().Truncate(time.Millisecond)} }

// moment is t, nil for the zero time.
func moment(t time.Time) *instant {
	if t.IsZero() {
		return nil
	}
	m := milli(t)
	return &m
}
