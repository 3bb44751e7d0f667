package dashboard

import (
	"strings"
	"testing"
	"time"

	"labbroker/internal/live"
	"labbroker/internal/series"
	"labbroker/sensor"
)

func TestMainFirst(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	row := func(name string, old time.Duration, quantities ...sensor.Quantity) live.Latest {
		info := &series.Info{Name: name}
		for _, q := range quantities {
			info.Columns = append(info.Columns, series.Column{Quantity: q})
		}
		return live.Latest{Info: info, Row: series.Row{Time: at.Add(-old).UnixNano()}}
	}
	for _, tt := range []struct {
		name   string
		latest []live.Latest
		want   string
	}{
		{"none", nil, ""},
		{"one", []live.Latest{row("a", 0)}, "a"},
		{"a sweep that ended", []live.Latest{row("IV", time.Minute, sensor.Voltage), row("mcu", 0, sensor.Voltage)}, "mcu IV"},
		{"two chips take no turns", []live.Latest{row("a", time.Second, sensor.Voltage), row("b", 0, sensor.Voltage)}, "a b"},
		{"a thermometer beside", []live.Latest{row("air", 0, sensor.Temperature), row("mcu", time.Second, sensor.Current)}, "mcu air"},
		{"nothing known", []live.Latest{row("old", time.Hour), row("x", 0), row("y", 0)}, "x old y"},
	} {
		var got []string
		for _, l := range mainFirst(tt.latest) {
			got = append(got, l.Info.Name)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: got %v, want %s", tt.name, got, tt.want)
		}
	}
}
