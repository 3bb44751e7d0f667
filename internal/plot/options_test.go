package plot

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseOptions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, raw string
		want      Options
		note      string // a part of the only sentence, "" = none
	}{
		{"nothing", ``, Options{}, ""},
		{"null", `null`, Options{}, ""},
		{"empty", `{}`, Options{}, ""},
		{"the load lab", `{"filename":"mcu/apps/solar/plots/P_vs_RL.pdf","xlog":true,"format":["o","+",">"],"figsize":[10,8]}`,
			Options{File: "mcu/apps/solar/plots/P_vs_RL.pdf", Width: 10, Height: 8, XLog: true,
				Formats: []Style{{Marker: Circle}, {Marker: Plus}, {Marker: TriangleRight}}}, ""},
		{"labels", `{"title":"T","xlabel":"$x$","ylabel":"y","ylog":true,"grid":false}`,
			Options{Title: "T", XLabel: "$x$", YLabel: "y", YLog: true, NoGrid: true}, ""},
		{"numbers for truth", `{"xlog":1,"grid":0}`, Options{XLog: true, NoGrid: true}, ""},
		{"words for truth", `{"xlog":"log","ylog":"linear"}`, Options{XLog: true}, ""},
		{"hist by its presence", `{"hist":{}}`, Options{Hist: true}, ""},
		{"hist switched off", `{"hist":false}`, Options{}, ""},
		{"nulls", `{"title":null,"figsize":null,"format":null,"grid":true,"filename":null}`, Options{}, ""},
		{"one format without a list", `{"format":"k:"}`, Options{Formats: []Style{{Color: "#000000", Line: Dotted}}}, ""},
		{"a number as title", `{"title":7}`, Options{Title: "7"}, ""},
		{"a huge figure", `{"figsize":[10000,3]}`, Options{Width: 40, Height: 3}, "figsize is [10000,3] inches, 0.5 to 40 are allowed: drawn as 40x3"},
		{"a tiny figure", `{"figsize":[0.1,3]}`, Options{Width: 0.5, Height: 3}, "drawn as 0.5x3"},
		{"less than no figure", `{"figsize":[0,-1]}`, Options{}, "drawn as 5 by 3"},
		{"no figure", `{"figsize":"big"}`, Options{}, "two numbers in inches"},
		{"three sides", `{"figsize":[1,2,3]}`, Options{}, "two numbers in inches"},
		{"unknown option", `{"colour":"red","title":"T"}`, Options{Title: "T"}, `ignored: "colour"`},
		{"wrong type", `{"title":["a"]}`, Options{}, `title is ["a"], a text is needed: ignored`},
		{"wrong truth", `{"xlog":"perhaps"}`, Options{}, "true or false is needed"},
		{"unknown marker", `{"format":["Qr"]}`, Options{Formats: []Style{{Color: "#ff0000"}}}, `plot format "Qr": left out "Q"`},
		{"long title", `{"title":"` + strings.Repeat("é", 400) + `"}`, Options{Title: strings.Repeat("é", maxText)}, "cut to 300 characters"},
		{"MQTT Plot", `{"columns":["t","v"],"rollover":200,"args":{"title":"A","plot_width":600,"x_axis_type":"log","y_axis_label":"V"},"layout":"line_plot"}`,
			Options{Title: "A", YLabel: "V", Width: 6, Height: 5, XLog: true, Named: true}, ""},
		{"MQTT Plot without a layout", `{"columns":["t","v"]}`, Options{Width: 8, Height: 5, Named: true}, ""},
		{"MQTT Plot's unknown layout", `{"layout":"pie","args":null}`, Options{Width: 8, Height: 5, Named: true}, `layout "pie" is not known`},
		{"MQTT Plot's other axis", `{"layout":"line_plot","args":{"x_axis_type":"datetime"}}`, Options{Width: 8, Height: 5, Named: true}, "drawn linear"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, notes, err := ParseOptions([]byte(tt.raw))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
			if tt.note == "" && len(notes) > 0 || tt.note != "" && (len(notes) != 1 || !strings.Contains(notes[0], tt.note)) {
				t.Errorf("got notes %q, want one with %q", notes, tt.note)
			}
		})
	}
}

func TestScatterLayout(t *testing.T) {
	t.Parallel()
	o, _, err := ParseOptions([]byte(`{"columns":["t","a","b"],"layout":"scatter_plot"}`))
	if err != nil {
		t.Fatal(err)
	}
	styles := o.Styles(2)
	if styles[0].Marker != Circle || styles[0].Line != "" || styles[1].Marker == "" {
		t.Errorf("got %+v, want markers without lines", styles)
	}
}

func TestParseOptionsRefuses(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"a list": `[1]`, "a text": `"x"`, "broken": `{"title":`, "too long": `{"title":"` + strings.Repeat("x", maxOptions) + `"}`,
	} {
		if _, _, err := ParseOptions([]byte(raw)); err == nil {
			t.Errorf("%s: got no error, want a sentence", name)
		}
	}
}

func TestParseStyle(t *testing.T) {
	t.Parallel()
	tests := []struct {
		s    string
		want Style
		note bool
	}{
		{"", Style{}, false},
		{"r--", Style{"#ff0000", "", Dashed}, false},
		{"--r", Style{"#ff0000", "", Dashed}, false},
		{"o", Style{"", Circle, ""}, false},
		{"o-", Style{"", Circle, Solid}, false},
		{"-.", Style{"", "", DashDot}, false},
		{"g.-.", Style{"#007f00", Point, DashDot}, false},
		{".:", Style{"", Point, Dotted}, false},
		{"C1^", Style{"#ff7f0e", TriangleUp, ""}, false},
		{"|k", Style{"#000000", VLine, ""}, false},
		{"green", Style{"#008000", "", ""}, false},
		{"#12abEF", Style{"#12abef", "", ""}, false},
		{"tab:red", Style{"#d62728", "", ""}, false},
		{"P", Style{"", Plus, ""}, true},
		{"rb", Style{"#ff0000", "", ""}, true},
		{"o µ", Style{"", Circle, ""}, true},
		{"b'o'", Style{"#0000ff", Circle, ""}, true},
	}
	for _, tt := range tests {
		got, note := ParseStyle(tt.s)
		if got != tt.want || (note != "") != tt.note {
			t.Errorf("%q: got %+v %q, want %+v, a note %v", tt.s, got, note, tt.want, tt.note)
		}
	}
}

// The cycle moves on only where the format names no colour, as in matplotlib.
func TestStyles(t *testing.T) {
	t.Parallel()
	o := Options{Formats: []Style{{Color: "#ff0000"}, {Marker: Circle}}}
	got := o.Styles(3)
	want := []Style{{"#ff0000", "", Solid}, {"#1f77b4", Circle, ""}, {"#ff7f0e", "", Solid}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
