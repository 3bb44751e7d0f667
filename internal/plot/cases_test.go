package plot

import (
	"math"
	"math/rand/v2"
)

// picture is one kind of plot: the same data and options go to matplotlib for
// the side-by-side in docs/plots.
type picture struct {
	name    string
	options string
	cols    []Column
}

// pictures are the kinds of plots that must look like matplotlib's.
func pictures() []picture {
	damped := func(n int) []Column {
		t, y := Column{Title: "time [s]"}, Column{Title: "signal [V]"}
		for i := range n {
			v := float64(i) * 0.05
			t.Values = append(t.Values, v)
			y.Values = append(y.Values, 3*math.Exp(-v/4)*math.Cos(2*math.Pi*v/1.5))
		}
		return []Column{t, y}
	}
	var load [4]Column
	for i, name := range []string{"Resistance [Ohm]", "Current [mA]", "Voltage [V*100]", "Power [mW]"} {
		load[i].Title = name
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 40 {
		ohm := math.Pow(10, 0.5+float64(i)*0.08)
		low, high := 0.0, 3.0 // the cell's voltage at this load, by halving
		for range 60 {
			v := (low + high) / 2
			if 0.0834-1e-8*(math.Exp(v/0.131)-1) > v/ohm {
				low = v
			} else {
				high = v
			}
		}
		amps := low / ohm
		noise := 1 + 0.004*r.NormFloat64()
		load[0].Values = append(load[0].Values, ohm)
		load[1].Values = append(load[1].Values, amps*1000*noise)
		load[2].Values = append(load[2].Values, amps*ohm*100)
		load[3].Values = append(load[3].Values, amps*amps*ohm*1000*noise)
	}
	iv := []Column{{Title: "Voltage [V]"}, {Title: "Current [mA]"}}
	for i := range 20 {
		v := float64(i) * 0.11
		iv[0].Values = append(iv[0].Values, v)
		iv[1].Values = append(iv[1].Values, 83.4-0.8*v-1e-5*(math.Exp(v/0.131)-1))
	}
	hist := []Column{{Title: "run 1"}, {Title: "run 2"}, {Title: "run 3"}}
	for range 400 {
		hist[0].Values = append(hist[0].Values, 3.3+0.02*r.NormFloat64())
		hist[1].Values = append(hist[1].Values, 3.32+0.01*r.NormFloat64())
		hist[2].Values = append(hist[2].Values, 3.28+0.03*r.Float64())
	}
	styles := []Column{{Title: "x"}}
	formats := `[".-b", ",g", "o--r", "v-.c", "^:m", "<y", ">k", "s", "p-", "*--", "h", "+", "x", "D", "d", "|"]`
	for k := range 16 {
		c := Column{Title: string(".,ov^<>sp*h+xDd|"[k])}
		for i := range 9 {
			if k == 0 {
				styles[0].Values = append(styles[0].Values, float64(i))
			}
			c.Values = append(c.Values, float64(15-k)+0.3*math.Sin(float64(i)))
		}
		styles = append(styles, c)
	}
	loglog := []Column{{Title: "f [Hz]"}, {Title: "gain"}, {Title: "noise"}}
	for i := range 50 {
		f := math.Pow(10, float64(i)*0.1)
		loglog[0].Values = append(loglog[0].Values, f)
		loglog[1].Values = append(loglog[1].Values, 10/math.Sqrt(1+f*f/1e4))
		loglog[2].Values = append(loglog[2].Values, 0.02*math.Pow(f, -0.3))
	}
	gaps := []Column{{Title: "t"}, {Title: "a"}, {Title: "b"}}
	for i := range 60 {
		v := float64(i)
		a, b := math.Sin(v/6), math.Cos(v/6)
		if i%20 > 14 {
			a = math.NaN()
		}
		if i == 30 {
			b = math.Inf(1)
		}
		gaps[0].Values = append(gaps[0].Values, v)
		gaps[1].Values, gaps[2].Values = append(gaps[1].Values, a), append(gaps[2].Values, b)
	}
	single := []Column{{Title: "counts"}}
	for i := range 30 {
		single[0].Values = append(single[0].Values, 1e7+40*math.Sin(float64(i)/3))
	}
	small := []Column{{Title: "V"}, {Title: "I"}}
	for i := range 25 {
		v := float64(i) * 0.03
		small[0].Values = append(small[0].Values, v*1e6)
		small[1].Values = append(small[1].Values, 1e-9*(math.Exp(v/0.08)-1))
	}
	return []picture{
		{"damped", `{"title":"Damped cosine $e^{-t/\\tau}\\cos(\\omega t)$","xlabel":"Time [s]","ylabel":"Amplitude [V]"}`, damped(200)},
		{"load", `{"filename":"mcu/apps/solar/plots/P_vs_RL.pdf","figsize":[7,5],"xlog":true,"format":["o","+",">"],"title":"Power vs load","xlabel":"$R_L$ [$\\Omega$]","ylabel":"I [mA], V [V*100], P [mW]"}`, load[:]},
		{"iv", `{"format":["r--"],"xlabel":"Voltage [V]","ylabel":"Current [mA]","title":"$I_{sc} = 83\\,\\mathrm{mA}$, 25$^\\circ$C"}`, iv},
		{"hist", `{"hist":true,"title":"Supply voltage","xlabel":"$V_{bus}$ [V]"}`, hist},
		{"formats", `{"figsize":[7,6],"format":` + formats + `}`, styles},
		{"loglog", `{"xlog":true,"ylog":true,"xlabel":"$f$ [Hz]","ylabel":"$\\left|H\\right|$","format":["-","-."]}`, loglog},
		{"gaps", `{"grid":false,"format":["o-",":"],"title":"Gaps"}`, gaps},
		{"index", `{"title":"One column, large offset"}`, single},
		{"small", `{"xlabel":"$\\mu V$","ylabel":"A","title":"Small and large"}`, small},
		{"formulas", `{"title":"$\\frac{dP}{dV} = I + V\\frac{\\partial I}{\\partial V} = 0,\\ \\eta = \\sqrt{x^2 + y_1^2} \\pm 5\\%$","xlabel":"$\\Delta\\phi \\times 10^{-3} \\approx \\alpha_{i,j}^{2\\pi} \\cdot \\log x$","ylabel":"$\\mu$W/cm$^2$ \\text{abc} $\\int_0^\\infty e^{-x^2} dx$"}`, damped(60)},
	}
}
