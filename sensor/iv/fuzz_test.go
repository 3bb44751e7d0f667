package iv

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"testing"
)

// figures of a result, by their JSON names.
func figures(r Result) map[string]Figure {
	f := map[string]Figure{"voc": r.Voc, "isc": r.Isc, "vmpp": r.Vmpp, "impp": r.Impp, "pmpp": r.Pmpp, "ff": r.FF,
		"rs": r.Rs, "rsh": r.Rsh, "slope_open": r.SlopeOpen, "slope_short": r.SlopeShort, "r_load": r.RLoad,
		"efficiency": r.Efficiency, "threshold": r.Threshold, "ideality": r.Ideality, "resistance": r.Resistance}
	if r.Fit != nil {
		f["fit.iph"], f["fit.i0"], f["fit.n_vt"], f["fit.rs"], f["fit.rsh"] = r.Fit.Iph, r.Fit.I0, r.Fit.NVt, r.Fit.Rs, r.Fit.Rsh
	}
	return f
}

// sound checks what must hold for every result.
func sound(t *testing.T, r Result) {
	t.Helper()
	for name, f := range figures(r) {
		if f.Measured() && (math.IsNaN(f.Value) || math.IsInf(f.Value, 0) || math.IsNaN(f.Uncertainty) || math.IsInf(f.Uncertainty, 0) || f.Uncertainty < 0) {
			t.Errorf("%s: got %g with %g, want finite numbers or a reason", name, f.Value, f.Uncertainty)
		}
		if !f.Measured() && (f.Value != 0 || f.Uncertainty != 0) {
			t.Errorf("%s: got %g beside %q, want no number", name, f.Value, f.Missing)
		}
	}
	shown := figures(r)
	for _, name := range r.Show {
		if _, ok := shown[name]; !ok {
			t.Errorf("got %q to show, want the name of a figure", name)
		}
	}
	if _, err := json.Marshal(r); err != nil {
		t.Errorf("got %v, want JSON", err)
	}
}

func FuzzAnalyse(f *testing.F) {
	seed := func(v, i []float64) {
		var b []byte
		for k := range v {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v[k]))
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(i[k]))
		}
		f.Add(b, 1.0, 1000.0, 300.0, false)
		f.Add(b, 0.0, 0.0, 0.0, true)
	}
	seed([]float64{0, 1, 2, 3, 4, 5, 5.5, 6}, []float64{0.1, 0.099, 0.098, 0.096, 0.09, 0.06, 0.03, 0})
	seed([]float64{0, 0, 0, 1, 1, math.NaN(), math.Inf(1)}, []float64{1, 1, 1, 0, 1e300, 2, 3})
	seed([]float64{0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8}, []float64{0, 0, 1e-6, 1e-5, 1e-3, 0.01, 0.05})
	seed([]float64{-5, -4, -3, -2, 1, 2, 3, 4}, []float64{-5, -4, -3, -2, 1, 2, 3, 4})
	seed([]float64{1e8, -1e8, 1e-300, 5e-324, 1, 1, 1}, []float64{1e8, -1e8, 5e-324, 1e-300, 1e-9, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte, area, irradiance, temperature float64, quick bool) {
		var c Curve
		for k := 0; k+16 <= len(b) && k < 16*500; k += 16 {
			c.V = append(c.V, math.Float64frombits(binary.LittleEndian.Uint64(b[k:])))
			c.I = append(c.I, math.Float64frombits(binary.LittleEndian.Uint64(b[k+8:])))
		}
		sound(t, Analyse(c, Setup{Area: area, Irradiance: irradiance, Temperature: temperature, Quick: quick}))
		// The same bytes as a curve of small numbers, which gets farther.
		c = Curve{}
		for k := 0; k+3 < len(b) && k < 3000; k += 3 {
			c.V = append(c.V, float64(int8(b[k]))/50+float64(b[k+2]&15)/500)
			c.I = append(c.I, float64(int16(b[k+1])<<4+int16(b[k+2]>>4))/1e4)
		}
		sound(t, Analyse(c, Setup{Area: area, Irradiance: irradiance, Temperature: temperature, Quick: quick}))
	})
}
