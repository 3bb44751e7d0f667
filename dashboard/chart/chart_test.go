package chart

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"labbroker/internal/series"
	"labbroker/sensor"
)

var update = flag.Bool("update", false, "write the golden files anew")

const hostile = `</script><script>alert(1)</script><img src=x onerror=alert(1)>"'__f__alert(1)__f__`

var (
	volts = series.Column{Name: "voltage", Quantity: sensor.Voltage, Unit: "V", Sent: "V"}
	amps  = series.Column{Name: "current", Quantity: sensor.Current, Unit: "mA", Sent: "A", Factor: 1000, Guessed: true}
)

func TestChartOptions(t *testing.T) {
	t.Parallel()
	power := series.Column{Name: "power", Quantity: sensor.Power, Unit: "mW", Sent: "mW"}
	for _, tc := range []struct {
		name    string
		columns []series.Column
		dark    bool
	}{
		{"voltage_current", []series.Column{volts, amps}, false},
		{"voltage_current_power_dark", []series.Column{amps, power, volts}, true},
		{"others", []series.Column{
			{Name: "t_in", Quantity: sensor.Temperature, Unit: "°C"}, {Name: "t_out", Quantity: sensor.Temperature, Unit: "°C"},
			{Name: "n"}, {Name: "m"}, {Name: "uptime", Quantity: sensor.Time, Unit: "s"},
			{Name: "shunt", Quantity: sensor.ShuntVoltage, Unit: "mV"},
		}, false},
		{"hostile", []series.Column{{Name: hostile}}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			out, err := Of(tc.columns, tc.dark)
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(out, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			file := filepath.Join("testdata", tc.name+".json")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got %s, want %s (-update writes %s)", got, want, file)
			}
		})
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	q := func(quantity sensor.Quantity, unit string) series.Column {
		return series.Column{Quantity: quantity, Unit: unit}
	}
	for _, tc := range []struct {
		name    string
		columns []series.Column
		want    [][]int
	}{
		{"power, current, voltage", []series.Column{q("power", "mW"), q("current", "mA"), q("voltage", "V")}, [][]int{{2}, {1}, {0}}},
		{"three channels", []series.Column{volts, amps, volts, amps, volts, amps}, [][]int{{0, 2, 4}, {1, 3, 5}}},
		{"humidity and percent share a unit", []series.Column{q("humidity", "%"), q("percent", "%")}, [][]int{{0, 1}}},
		{"no units", []series.Column{q("", ""), q("", "")}, [][]int{{0}, {1}}},
		{"only time", []series.Column{q("time", "s")}, [][]int{{0}}},
		{"time beside", []series.Column{q("time", "s"), q("voltage", "V")}, [][]int{{1}}},
		{"nothing", nil, [][]int{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := groups(tc.columns); !slices.EqualFunc(got, tc.want, slices.Equal) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestXY(t *testing.T) {
	t.Parallel()
	out, err := xyCharts([]series.Column{volts, amps, volts, amps}, false)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, c := range out {
		ids = append(ids, c.ID)
	}
	if got, want := strings.Join(ids, " "), "iv pv pr iv2 pv2 pr2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	pr := out[2]
	if pr.X.Computed != "resistance" || pr.X.Factor != 1000 || pr.Y.Computed != "power" || pr.Y.Factor != 1 || *pr.X.V != 0 || *pr.X.I != 1 {
		t.Errorf("got %+v against %+v, want V/I in Ohm and V*I in mW", pr.Y, pr.X)
	}
	if out, _ := xyCharts([]series.Column{volts}, false); len(out) != 0 {
		t.Errorf("got %d views without a current, want none", len(out))
	}
}

// TestContrast is 4.5:1 for every colour on the dark page's panels.
func TestContrast(t *testing.T) {
	t.Parallel()
	for _, panel := range []string{"#0f1214", "#161a1d"} {
		for _, q := range []sensor.Quantity{sensor.Voltage, sensor.Current, sensor.Power, sensor.Resistance, sensor.Unknown} {
			a, b := luminance(t, styles(q).dark), luminance(t, panel)
			if got := (a + 0.05) / (b + 0.05); got < 4.5 {
				t.Errorf("got contrast %.1f for %q on %s, want 4.5", got, q, panel)
			}
		}
	}
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(colour[1:], 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	part := func(shift uint) float64 {
		c := float64(n>>shift&255) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}
