package export

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// dataFormats are all but the notebook.
func dataFormats() []string { return []string{"csv", "json", "xlsx", "mat", "npz", "pkl"} }

// TestReaders opens every format with its own reader and compares all of it.
func TestReaders(t *testing.T) {
	t.Parallel()
	nan, inf := math.NaN(), math.Inf(1)
	rows := []sample{
		{0, 100, []float64{5.012, 81.3}},
		{0.5, nan, []float64{nan, 1e-9}},
		{62, 162.5, []float64{inf, -inf}},
		at(63, -1.5),
		at(64),
	}
	undeclared := voltAmp()
	undeclared[0].Title, undeclared[1].Title = "", ""
	const start = 1795388400.123
	times := []any{start, start + .5, start + 62, start + 63, start + 64}
	devices := []any{start + 100, nil, start + 162.5, nil, nil}
	elapsed := []any{0., .5, 62., 63., 64.}
	tests := []struct {
		name, headings string
		columns        []Column
		want           map[string]string // headings by format
	}{
		{"name and unit", "", undeclared, map[string]string{
			"csv":  "time|elapsed_s|voltage_V|current_mA|device_time",
			"json": "time|elapsed_s|voltage_V|current_mA|device_time",
			"xlsx": "time (UTC)|elapsed_s|voltage_V|current_mA|device_time (UTC)",
			"mat":  "time_unix_s|elapsed_s|voltage_V|current_mA|device_time_unix_s",
			"npz":  "time|elapsed_s|voltage_V|current_mA|device_time",
			"pkl":  "time_unix_s|elapsed_s|voltage_V|current_mA",
		}},
		{"the course's", Course, voltAmp(), map[string]string{
			"csv":  "time|elapsed_s|Voltage  [V]|Current [mA]|device_time",
			"json": "time|elapsed_s|Voltage  [V]|Current [mA]|device_time",
			"xlsx": "time (UTC)|elapsed_s|Voltage  [V]|Current [mA]|device_time (UTC)",
			"mat":  "time_unix_s|elapsed_s|Voltage_V|Current_mA|device_time_unix_s",
			"npz":  "time|elapsed_s|Voltage  [V]|Current [mA]|device_time",
			"pkl":  "Voltage  [V]|Current [mA]",
		}},
	}
	var files [][2]string
	for _, tt := range tests {
		for _, format := range dataFormats() {
			files = append(files, [2]string{format, file(t, format, Options{Headings: tt.headings}, tableOf("mcu/ina219", tt.columns, rows...))})
		}
	}
	all := open(t, files...)
	for _, tt := range tests {
		for _, format := range dataFormats() {
			tables := all[0]
			all = all[1:]
			if len(tables) != 1 {
				t.Fatalf("%s %s: got %d tables, want 1", tt.name, format, len(tables))
			}
			got := tables[0]
			if h := strings.Join(got.headings(), "|"); h != tt.want[format] {
				t.Errorf("%s %s: got %s, want %s", tt.name, format, h, tt.want[format])
				continue
			}
			first := []any{5.012, nil, nil, -1.5, nil}
			second := []any{81.3, 1e-9, nil, nil, nil}
			if keepsInfinity(format) {
				first[2], second[2] = "inf", "-inf"
			}
			for _, c := range got.columns {
				want := []any(nil)
				switch {
				case strings.HasPrefix(c.name, "time"):
					want = times
				case c.name == "elapsed_s":
					want = elapsed
				case strings.HasPrefix(c.name, "device"):
					want = devices
				case strings.HasPrefix(strings.ToLower(c.name), "voltage"):
					want = first
				default:
					want = second
				}
				if !same(c.values, want) {
					t.Errorf("%s %s %s: got %v, want %v", tt.name, format, c.name, c.values, want)
				}
			}
		}
	}
}

// TestAbout reads what JSON, NumPy and MATLAB files say about their tables.
func TestAbout(t *testing.T) {
	t.Parallel()
	table := tableOf("IV", append(voltAmp(), Column{Name: "temp", Unit: "°C"}, Column{Name: "日本Ω"}), at(0, 1, 2))
	table.Run = "IV 3"
	o := Options{Analysis: map[string]any{"IV 3": analysis()}}
	all := open(t, [2]string{"json", file(t, "json", o, table)}, [2]string{"npz", file(t, "npz", o, table)}, [2]string{"mat", file(t, "mat", o, table)})
	for i, format := range []string{"json", "npz", "mat"} {
		info := all[i][0].info
		for key, want := range map[string]string{"session": "ada", "run": "IV 3", "start": "2026-11-22T23:00:00.123Z"} {
			if info[key] != want {
				t.Errorf("%s: got %s %v, want %s", format, key, info[key], want)
			}
		}
		a, _ := info["analysis"].(map[string]any)
		voc, _ := a["voc"].(map[string]any)
		if voc["value"] != 0.5727 || voc["unit"] != "V" {
			t.Errorf("%s: got analysis %v, want voc of 0.5727 V", format, info["analysis"])
		}
	}
	a := all[2][0].info["analysis"].(map[string]any)
	if got := fmt.Sprint(a["power"]); got != "map[x:[0 0.3 0.5] y:[0 0.2 0]]" {
		t.Errorf("got the power curve %s, want two columns", got)
	}
	if got := fmt.Sprint(all[2][0].info["headings"]); got != "[time_unix_s elapsed_s voltage_V current_mA temp_°C 日本Ω]" {
		t.Errorf("got headings %s", got)
	}
}

// analysis is like an I-V analysis in JSON.
func analysis() map[string]any {
	figure := func(v, u float64, unit string) any {
		return map[string]any{"value": v, "uncertainty": u, "unit": unit}
	}
	return map[string]any{
		"kind": "solar", "show": []string{"voc", "isc", "ff", "vmpp", "impp"},
		"voc": figure(0.5727, 0.0002, "V"), "ff": figure(0.71, 0.002, ""), "vmpp": figure(0.45, 0.01, "V"), "impp": figure(0.69, 0.001, "A"),
		"isc":        map[string]any{"value": nil, "uncertainty": nil, "unit": "A", "missing": "not measured: begin the sweep at 0 V"},
		"resistance": map[string]any{"value": nil, "uncertainty": nil, "unit": "ohm", "missing": "not a resistor"},
		"fit":        map[string]any{"rs": figure(0.03, 0.001, "ohm"), "iterations": 7, "follows": true, "curve": []any{}},
		"power":      []map[string]float64{{"x": 0, "y": 0}, {"x": .3, "y": .2}, {"x": .5, "y": 0}},
		"notes":      []string{"Rows at 0.3 V were left out.", "=cmd|'/c calc'!A1"},
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	raw, err := marshalAnalysis([]Table{{Name: "IV"}, {Name: "other"}}, map[string]any{"IV": analysis(), "other": nil, "unheard of": 1})
	if err != nil || len(raw) != 1 {
		t.Fatalf("got %d, %v, want one analysis", len(raw), err)
	}
	var got []string
	for _, f := range figuresOf(raw["IV"]) {
		line := f.key + "=" + f.text
		if f.number != nil {
			line += fmt.Sprint(*f.number)
		}
		got = append(got, line+f.unit)
	}
	want := []string{"ff=0.71", "fit.follows=yes", "fit.iterations=7", "fit.rs=0.03ohm", "impp=0.69A", "isc=not measured: begin the sweep at 0 VA",
		"kind=solar", "notes=Rows at 0.3 V were left out.", "notes==cmd|'/c calc'!A1", "vmpp=0.45V", "voc=0.5727V"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestLocalTime has Excel's dates on a clock that is set back in between.
func TestLocalTime(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	table := tableOf("x", nil, at(0))
	moments := []time.Time{time.Date(2026, 10, 25, 0, 59, 59, 999e6, time.UTC), time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC), time.Date(1890, 1, 1, 0, 0, 0, 0, time.UTC)}
	table.Rows = rowsAt(moments...)
	got := open(t, [2]string{"xlsx", file(t, "xlsx", Options{Location: zone}, table)})[0][0]
	want := []any{float64(time.Date(2026, 10, 25, 2, 59, 59, 999e6, time.UTC).UnixMilli()) / 1e3, float64(time.Date(2026, 10, 25, 2, 0, 0, 0, time.UTC).Unix()), "1890-01-01T00:53:28+00:53"}
	if values := got.column(t, "time (Europe/Berlin)"); !same(values, want) {
		t.Errorf("got %v, want %v", values, want)
	}
	fixed := Options{Location: time.FixedZone("Local", 5400)}
	got = open(t, [2]string{"xlsx", file(t, "xlsx", fixed, table)})[0][0]
	if name := got.headings()[0]; !strings.Contains(name, "UTC+01:30") {
		t.Errorf("got heading %s, want the offset of the zone without name", name)
	}
}
