package live

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"labbroker/internal/series"
)

func TestAppendNumber(t *testing.T) {
	t.Parallel()
	amps := 0.0813
	for _, tc := range []struct {
		name  string
		v     float64
		clean bool
		want  string
	}{
		{"zero", 0, false, "0"},
		{"as sent", 5.012, false, "5.012"},
		{"factor noise", amps * 1000, true, "81.3"},
		{"noise of thirds", 183.99999999999997, true, "184"},
		{"as sent though it looks like noise", 183.99999999999997, false, "183.99999999999997"},
		{"many digits as sent", 1732316400.123456, false, "1732316400.123456"},
		{"negative", -0.1 - 0.2, true, "-0.3"},
		{"tiny", 1e-9, false, "1e-09"},
		{"huge", 1e300, true, "1e+300"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := string(AppendNumber(nil, tc.v, tc.clean))
			if got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
			var back float64
			if err := json.Unmarshal([]byte(got), &back); err != nil {
				t.Errorf("got %s, which is no JSON: %v", got, err)
			}
		})
	}
}

func TestClockAppend(t *testing.T) {
	t.Parallel()
	var clock Clock
	for _, at := range []time.Time{
		time.Date(2026, 11, 22, 23, 0, 0, 123_999_999, time.UTC),
		time.Date(2026, 11, 22, 23, 0, 0, 124_000_000, time.UTC),
		time.Date(2026, 11, 22, 23, 0, 1, 0, time.UTC),
		time.Date(1969, 12, 31, 23, 59, 59, 5_000_000, time.UTC),
		time.Unix(0, 0).UTC(),
	} {
		want := at.Format("2006-01-02T15:04:05.000Z")
		if got := string(clock.Append(nil, at.UnixNano())); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestAppendRowShowsGapsAsNull(t *testing.T) {
	t.Parallel()
	var clock Clock
	row := series.Row{Seq: 7, Values: []float64{math.NaN(), math.Inf(1), 2}}
	columns := make([]series.Column, 4)
	want := `[7,"1970-01-01T00:00:00.000Z",null,null,2,null]`
	if got := string(clock.AppendRow(nil, &row, 0, columns, true)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestHostileSeriesNameIsData(t *testing.T) {
	t.Parallel()
	name := "</script>\n\ndata: x\r\u2028\"'"
	parts := []part{{&series.Info{Name: name}, []series.Row{{Seq: 1, Device: 5, Restart: true}}}}
	text := string(appendRows(nil, parts, 1, true))
	list := events(text)
	if len(list) != 1 {
		t.Fatalf("got %d events, want 1: %q", len(list), text)
	}
	var data struct {
		Series []struct {
			Name     string
			Device   []string
			Restarts []int
		}
	}
	if err := json.Unmarshal([]byte(list[0].data), &data); err != nil || data.Series[0].Name != name {
		t.Errorf("got %q, %v, want name %q", list[0].data, err, name)
	}
	if s := data.Series[0]; len(s.Device) != 1 || len(s.Restarts) != 1 || s.Restarts[0] != 1 {
		t.Errorf("got device %v and restarts %v, want one each", s.Device, s.Restarts)
	}
}
