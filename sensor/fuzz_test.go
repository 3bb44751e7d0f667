package sensor

import (
	"testing"
	"unicode/utf8"
)

func FuzzDecode(f *testing.F) {
	for _, c := range decodeCases {
		f.Add(c.topic, []byte(c.payload))
	}
	f.Fuzz(func(t *testing.T, topic string, payload []byte) {
		var d Decoder
		first := render(d.Decode(topic, payload))
		r := d.Decode(topic, payload)
		if again := render(r); again != first {
			t.Errorf("got %s, then %s", first, again)
		}
		if len(r.Series) > maxSeries || r.Series == "" {
			t.Errorf("got series %q", r.Series)
		}
		if len(r.Groups) > maxItems || len(r.Problems) > 8 {
			t.Errorf("got %d groups, %d problems", len(r.Groups), len(r.Problems))
		}
		for _, g := range r.Groups {
			if len(g.Fields) == 0 || len(g.Fields) > MaxFields {
				t.Errorf("got a group of %d fields", len(g.Fields))
			}
			for _, x := range g.Fields {
				if x.Factor == 0 || !utf8.ValidString(x.Name) || (x.Sent == "") != (x.Unit == "") || x.Value-x.Value != 0 && x.Value == x.Value {
					t.Errorf("got field %+v", x)
				}
			}
		}
	})
}

var benchmarks = []struct{ name, topic, payload string }{
	{"object", "mcu/ina", `{"voltage": 5.012, "current_mA": 81.3}`},
	{"three", "mcu/ina", `{"voltage": 5.012, "current": 81.3, "power": 407.4}`},
	{"scalar", "mcu/ina/current", "81.3"},
	{"array", "data", `["IV", 3.31, 12.53]`},
	{"pairs", "mcu/ina", "V=5.02 I=81.3"},
	{"csv", "mcu/ina", "17,5.02,81.3"},
	{"nested", "tele/x", `{"Time":"2026-02-01T10:00:00","A-1":{"Voltage":6.1,"Current":0.1},"A-2":{"Voltage":3.9,"Current":0.2}}`},
	{"text", "log", "connected to the network, waiting for the sensor"},
}

func BenchmarkDecode(b *testing.B) {
	for _, c := range benchmarks {
		b.Run(c.name, func(b *testing.B) {
			var d Decoder
			payload := []byte(c.payload)
			b.ReportAllocs()
			for b.Loop() {
				d.Decode(c.topic, payload)
			}
		})
	}
}
