package sensor

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestSeriesOfTopics(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, topic, payload, series, column string
		sibling                              bool
	}{
		{"siblings", "lab/chip/voltage", "4.1", "lab/chip", "voltage", true},
		{"siblings with units", "lab/chip/Power_mW", "4.1", "lab/chip", "Power", true},
		{"siblings at the top", "current", "4.1", Root, "current", true},
		{"the session's own topic", "", "4.1", Root, "value", false},
		{"chip in the level", "n/sensor/ina226_shunt_voltage/state", "0.01", "n/sensor/ina226", "shunt_voltage", true},
		{"part in the level", "n/battery_voltage", "4.1", "n/battery", "voltage", true},
		{"part behind", "n/voltage1", "4.1", "n", "voltage1", true},
		{"several words", "n/Bus Voltage", "4.1", "n", "Bus Voltage", true},
		{"unknown", "n/counter", "4", "n/counter", "value", false},
		{"unknown below state", "n/counter/state", "4", "n/counter", "value", false},
		{"no sibling", "n/temperature", "21.5", "n/temperature", "temperature", false},
		{"average", "n/voltage/mean", "4.1", "n", "voltage_mean", true},
		{"deviation", "n/voltage/std", "0.1", "n/voltage/std", "std", false},
		{"an object", "n/current", `{"v":1,"i":2}`, "n/current", "v", false},
		{"an object of state", "n/chip/state", `{"v":1}`, "n/chip/state", "v", false},
		{"binary", "n/plot/bin", "\x40\x80\x00\x00", "n/plot", "c1", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := Decode(c.topic, []byte(c.payload))
			if len(r.Groups) != 1 {
				t.Fatalf("got %d groups, want 1", len(r.Groups))
			}
			if got := r.Groups[0].Fields[0].Name; r.Series != c.series || got != c.column || r.Sibling != c.sibling {
				t.Errorf("got series %q, column %q, sibling %v, want %q, %q, %v", r.Series, got, r.Sibling, c.series, c.column, c.sibling)
			}
		})
	}
}

func TestSeriesNameIsBounded(t *testing.T) {
	t.Parallel()
	a, b := SeriesName(strings.Repeat("é", 30000)+"a"), SeriesName(strings.Repeat("é", 30000)+"b")
	if len(a) > maxSeries || a == b {
		t.Errorf("got %d bytes and equal names %v, want at most %d and different ones", len(a), a == b, maxSeries)
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, payload string
		want          []Problem
	}{
		{"none", `{"voltage":4.1}`, nil},
		{"bytes", `b'4.1'`, []Problem{{BytesRepr, "", "b'4.1'"}}},
		{"bytes in double quotes", `b"4.1"`, []Problem{{BytesRepr, "", `b"4.1"`}}},
		{"comma", "4,15 V", []Problem{{DecimalComma, "", "4,15 V"}}},
		{"comma in JSON", `{"voltage":"4,15"}`, []Problem{{DecimalComma, "voltage", "4,15"}}},
		{"nan", `{"voltage":nan}`, []Problem{{NotANumber, "voltage", "nan"}}},
		{"null is no mistake", `{"voltage":null}`, nil},
		{"cut off", `{"voltage":4.`, []Problem{{Broken, "", `{"voltage":4.`}}},
		{"a log line in brackets", "[12:30] ready", []Problem{{Broken, "", "[12:30] ready"}}},
		{"a tag in brackets", "[wifi] ready", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := Decode("x", []byte(c.payload)).Problems; !(len(got) == 0 && len(c.want) == 0) && !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestLabelsAndNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, payload, label string
		names                []string
	}{
		{"a row", `["S", 1, 2]`, "S", nil},
		{"a row of strings with numbers", `["S", "1", "2.5"]`, "S", nil},
		{"titles", `["S", "V [V]", "I [mA]"]`, "", []string{"S", "V [V]", "I [mA]"}},
		{"titles in CSV", "t , sin", "", []string{"t", "sin"}},
		{"options", `["S", {"grid": true}]`, "", nil},
		{"a row of CSV", "S;1;2", "S", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := Decode("data", []byte(c.payload))
			if r.Label != c.label || !reflect.DeepEqual(r.Names, c.names) {
				t.Errorf("got label %q, names %q, want %q, %q", r.Label, r.Names, c.label, c.names)
			}
		})
	}
}

func TestClocks(t *testing.T) {
	t.Parallel()
	unix := func(s string) int64 {
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return at.UnixNano()
	}
	for _, c := range []struct {
		name, payload string
		want          Clock
	}{
		{"none", `{"v":1}`, Clock{}},
		{"count", `{"ts":17,"v":1}`, Clock{Kind: ClockCount, Value: 17}},
		{"t", `{"v":1,"i":3,"t":17.5}`, Clock{Kind: ClockCount, Value: 17.5}},
		{"t as a temperature", `{"t":21,"hum":40}`, Clock{}},
		{"t beside ts", `{"ts":17,"t":21,"v":1}`, Clock{Kind: ClockCount, Value: 17}},
		{"millis", `{"millis":1700,"v":1}`, Clock{Kind: ClockMillis, Value: 1700}},
		{"suffix", `{"time_ms":1700,"v":1}`, Clock{Kind: ClockMillis, Value: 1700}},
		{"uptime", `{"uptime":17,"v":1}`, Clock{Kind: ClockSeconds, Value: 17}},
		{"date in UTC", `{"time":"2026-02-01T10:00:00Z","v":1}`, Clock{Kind: ClockDate, Unix: unix("2026-02-01T10:00:00Z")}},
		{"date in a zone", `{"time":"2026-02-01T10:00:00+01:00","v":1}`, Clock{Kind: ClockDate, Unix: unix("2026-02-01T09:00:00Z")}},
		{"local date", `{"Time":"2026-02-01T10:00:00","A":{"v":1}}`, Clock{Kind: ClockLocal, Unix: unix("2026-02-01T10:00:00Z")}},
		{"date in CSV", "2026-02-01 10:00:00,4.1,77", Clock{Kind: ClockLocal, Unix: unix("2026-02-01T10:00:00Z")}},
		{"pairs", "t=17 v=4.1", Clock{Kind: ClockCount, Value: 17}},
		{"no year 9999", `{"time":"9999-02-01T10:00:00Z","v":1}`, Clock{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := Decode("x", []byte(c.payload))
			if len(r.Groups) != 1 {
				t.Fatalf("got %d groups, want 1", len(r.Groups))
			}
			if got := r.Groups[0].Clock; got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	many.WriteByte('{')
	for i := range 100 {
		fmt.Fprintf(&many, `"k%d":%d,`, i, i)
	}
	many.WriteByte('}')
	r := Decode("x", []byte(many.String()))
	if got := len(r.Groups[0].Fields); got != MaxFields || len(r.Problems) != 1 || r.Problems[0].Mistake != TooMany {
		t.Errorf("got %d fields, problems %v, want %d and TooMany", got, r.Problems, MaxFields)
	}
	r = Decode("x", []byte("["+strings.Repeat("[1,2],", 100000)+"[1]]"))
	if len(r.Groups) > maxItems {
		t.Errorf("got %d groups, want at most %d", len(r.Groups), maxItems)
	}
	r = Decode("x", []byte(strings.Repeat("1,2\n", 50000)))
	if got := len(r.Groups); got > maxItems || got == 0 || len(r.Problems) != 1 {
		t.Errorf("got %d groups, problems %v, want at most %d and TooMany", got, r.Problems, maxItems)
	}
	if r = Decode("x", make([]byte, maxBytes+1)); len(r.Groups) != 0 || len(r.Problems) != 1 {
		t.Errorf("got %d groups, problems %v, want none and TooLong", len(r.Groups), r.Problems)
	}
	key := strings.Repeat("ü", 1000)
	r = Decode("x", []byte(`{"`+key+`":1}`))
	if got := len(r.Groups[0].Fields[0].Name); got > maxName {
		t.Errorf("got a name of %d bytes, want at most %d", got, maxName)
	}
}

// A Decoder is used again and again: nothing of one payload shows in the next.
func TestDecoderIsClean(t *testing.T) {
	t.Parallel()
	var d Decoder
	for round := range 2 {
		for _, c := range decodeCases {
			if got := render(d.Decode(c.topic, []byte(c.payload))); got != c.want {
				t.Errorf("round %d, %s: got %s, want %s", round, c.name, got, c.want)
			}
		}
	}
}

func TestUnits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		symbol string
		q      Quantity
		want   string
	}{
		{"V", Voltage, "V voltage 1"}, {"mV", ShuntVoltage, "mV shunt_voltage 1"}, {"MA", Current, "mA current 1"},
		{"Ω", Resistance, "Ohm resistance 1"}, {"kΩ", Unknown, "Ohm resistance 1000"}, {"µW", Power, "mW power 0.001"},
		{"%", Humidity, "% humidity 1"}, {"%", Unknown, "% percent 1"}, {"degC", Unknown, "°C temperature 1"},
		{"lx", Unknown, "lux illuminance 1"}, {"m/s^2", Unknown, "m/s² acceleration 1"}, {"kWh", Unknown, "mWh energy 1e+06"},
		{"parsec", Unknown, " false"}, {"", Unknown, " false"},
	} {
		u, ok := LookUp(c.symbol, c.q)
		got := fmt.Sprintf("%s %s %g", u.Shown, u.Quantity, u.Factor)
		if !ok {
			got = " false"
		}
		if got != c.want {
			t.Errorf("LookUp(%q, %q): got %s, want %s", c.symbol, c.q, got, c.want)
		}
	}
	for q, want := range map[Quantity]string{Current: "mA A uA nA", Humidity: "%", ShuntVoltage: "mV V uV"} {
		if got := strings.Join(Units(q), " "); got != want {
			t.Errorf("Units(%q): got %s, want %s", q, got, want)
		}
	}
}
