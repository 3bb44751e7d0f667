package plot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of what is drawn.
const (
	MinSize    = 0.5  // inches, each side of a figure
	MaxSize    = 40.0 // inches
	MaxColumns = 64
	maxText    = 300   // characters of a title or label
	maxOptions = 65536 // bytes of options
)

// Options are those of plot_series. The zero value draws what plot_series
// draws without options.
type Options struct {
	File          string  // as sent, not cleaned: see CleanFile
	Width, Height float64 // inches, 0 = 5 by 3
	Hist          bool
	Formats       []Style // one for each y column, in order; fewer is fine
	Title         string  // may hold TeX between dollar signs, like the labels
	XLabel        string
	YLabel        string
	XLog, YLog    bool
	NoGrid        bool
	// Named is how MQTT Plot drew: the x axis is named after the first column
	// where no label is given, and the legend is there for one curve as well.
	Named bool
}

// ParseOptions reads the options of plot_series, or the whole payload of MQTT
// Plot's new (layout and args; its columns and rollover are not looked at).
// Nothing, null and {} are the defaults. What is not understood is ignored or
// replaced, and each such case is told in a sentence for the student. The
// error is a sentence as well: raw is no JSON object.
func ParseOptions(raw []byte) (Options, []string, error) {
	p := parser{}
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return p.o, nil, nil
	}
	if len(raw) > maxOptions {
		return Options{}, nil, fmt.Errorf("the plot options are %d bytes long, %d are allowed: send shorter ones", len(raw), maxOptions)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return Options{}, nil, errors.New(`the plot options are not a JSON object such as {"title": "IV curve", "grid": true}`)
	}
	p.fields(fields)
	slices.Sort(p.unknown)
	if n := len(p.unknown); n > 0 {
		if n > 5 {
			p.unknown = append(p.unknown[:5], "...")
		}
		p.say("plot options that do not exist here were ignored: %s", strings.Join(p.unknown, ", "))
	}
	return p.o, p.notes, nil
}

type parser struct {
	o       Options
	notes   []string
	unknown []string
}

func (p *parser) say(format string, args ...any) {
	if len(p.notes) < 20 {
		p.notes = append(p.notes, fmt.Sprintf(format, args...))
	}
}

func (p *parser) fields(fields map[string]json.RawMessage) {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	// The layout first: what args say of size and format then replaces it.
	_, args := fields["args"]
	_, columns := fields["columns"]
	if raw, ok := fields["layout"]; ok || args || columns {
		p.layout(raw)
	}
	for _, name := range names {
		p.field(name, fields[name])
	}
}

func (p *parser) field(name string, raw json.RawMessage) {
	switch name {
	case "layout", "columns", "rollover":
	case "args":
		p.args(raw)
	case "filename":
		p.text(name, raw, &p.o.File)
	case "title":
		p.text(name, raw, &p.o.Title)
	case "xlabel", "x_axis_label":
		p.text(name, raw, &p.o.XLabel)
	case "ylabel", "y_axis_label":
		p.text(name, raw, &p.o.YLabel)
	case "figsize":
		p.size(raw)
	case "plot_width", "width":
		p.pixels(name, raw, &p.o.Width)
	case "plot_height", "height":
		p.pixels(name, raw, &p.o.Height)
	case "hist":
		// iot-plot drew a histogram as soon as the key was there; a plain
		// false still means none.
		p.o.Hist = string(raw) != "false" && string(raw) != "null"
	case "format":
		p.format(raw)
	case "xlog":
		p.flag(name, raw, &p.o.XLog)
	case "ylog":
		p.flag(name, raw, &p.o.YLog)
	case "grid":
		grid := true
		p.flag(name, raw, &grid)
		p.o.NoGrid = !grid
	case "x_axis_type":
		p.axis(name, raw, &p.o.XLog)
	case "y_axis_type":
		p.axis(name, raw, &p.o.YLog)
	default:
		p.unknown = append(p.unknown, quoteShort(name))
	}
}

func (p *parser) args(raw json.RawMessage) {
	if string(raw) == "null" {
		return
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		p.say(`plot option args is %s, an object such as {"title": "IV"} is needed: ignored`, shortJSON(raw))
		return
	}
	delete(fields, "args") // no nesting
	delete(fields, "layout")
	delete(fields, "columns")
	p.fields(fields)
}

func (p *parser) layout(raw json.RawMessage) {
	var layout string
	_ = json.Unmarshal(raw, &layout)
	p.o.Named = true
	p.o.Width, p.o.Height = 8, 5
	switch layout {
	case "line_plot", "":
	case "scatter_plot":
		for _, m := range []Marker{Circle, Diamond, TriangleUp, Plus, Square, Pentagon, Cross, Star} {
			p.o.Formats = append(p.o.Formats, Style{Marker: m})
		}
	default:
		p.say("plot layout %s is not known (line_plot and scatter_plot are): drawn as line_plot", quoteShort(layout))
	}
}

func (p *parser) text(name string, raw json.RawMessage, to *string) {
	var v any
	_ = json.Unmarshal(raw, &v)
	var s string
	switch v := v.(type) {
	case nil:
		return
	case string:
		s = v
	case float64, bool:
		s = string(raw)
	default:
		p.say("plot option %s is %s, a text is needed: ignored", name, shortJSON(raw))
		return
	}
	if utf8.RuneCountInString(s) > maxText {
		s = string([]rune(s)[:maxText])
		p.say("plot option %s was cut to %d characters", name, maxText)
	}
	*to = s
}

func (p *parser) flag(name string, raw json.RawMessage, to *bool) {
	var v any
	_ = json.Unmarshal(raw, &v)
	switch v := v.(type) {
	case bool:
		*to = v
	case float64:
		*to = v != 0 // Python's True arrives as 1 from some encoders
	case nil:
		*to = false
	case string:
		switch strings.ToLower(v) {
		case "true", "on", "yes", "1", "log":
			*to = true
		case "false", "off", "no", "0", "", "linear":
			*to = false
		default:
			p.say("plot option %s is %s, true or false is needed: ignored", name, shortJSON(raw))
		}
	default:
		p.say("plot option %s is %s, true or false is needed: ignored", name, shortJSON(raw))
	}
}

func (p *parser) axis(name string, raw json.RawMessage, to *bool) {
	var s string
	_ = json.Unmarshal(raw, &s)
	switch s {
	case "log":
		*to = true
	case "linear", "auto", "":
		*to = false
	default:
		p.say(`plot option %s is %s, only "log" and "linear" are drawn: drawn linear`, name, shortJSON(raw))
	}
}

func (p *parser) size(raw json.RawMessage) {
	if string(raw) == "null" {
		return
	}
	var v []float64
	if err := json.Unmarshal(raw, &v); err != nil || len(v) != 2 {
		p.say("plot option figsize is %s, two numbers in inches such as [5, 3] are needed: drawn as 5 by 3", shortJSON(raw))
		return
	}
	if !(v[0] > 0 && v[1] > 0) {
		p.say("plot option figsize is %s, two positive numbers in inches such as [5, 3] are needed: drawn as 5 by 3", shortJSON(raw))
		return
	}
	for i, side := range v {
		if !(side >= MinSize && side <= MaxSize) {
			v[i] = math.Min(math.Max(side, MinSize), MaxSize)
		}
	}
	p.o.Width, p.o.Height = v[0], v[1]
	if shown := fmt.Sprintf("%gx%g", v[0], v[1]); !sameSize(raw, v) {
		p.say("plot option figsize is %s inches, %g to %g are allowed: drawn as %s", shortJSON(raw), MinSize, MaxSize, shown)
	}
}

func sameSize(raw json.RawMessage, v []float64) bool {
	var sent []float64
	_ = json.Unmarshal(raw, &sent)
	return slices.Equal(sent, v)
}

// pixels reads MQTT Plot's width or height: 100 pixels to the inch.
func (p *parser) pixels(name string, raw json.RawMessage, to *float64) {
	var v float64
	if err := json.Unmarshal(raw, &v); err != nil {
		if string(raw) != "null" {
			p.say("plot option %s is %s, a number of pixels is needed: ignored", name, shortJSON(raw))
		}
		return
	}
	inches := v / 100
	if c := math.Min(math.Max(inches, MinSize), MaxSize); c != inches {
		p.say("plot option %s is %s, %g to %g pixels are allowed: drawn as %g", name, shortJSON(raw), MinSize*100, MaxSize*100, c*100)
		inches = c
	}
	*to = inches
}

func (p *parser) format(raw json.RawMessage) {
	var all []any
	if err := json.Unmarshal(raw, &all); err != nil {
		var one string
		if err := json.Unmarshal(raw, &one); err != nil {
			if string(raw) != "null" {
				p.say(`plot option format is %s, a list such as ["o", "r--"] is needed: ignored`, shortJSON(raw))
			}
			return
		}
		all = []any{one} // "o" for ["o"]
	}
	if len(all) > MaxColumns {
		all = all[:MaxColumns]
	}
	p.o.Formats = nil
	told := false
	for _, v := range all {
		s, ok := v.(string)
		if !ok && v != nil {
			b, _ := json.Marshal(v)
			p.say("format %s is not a text such as \"r--\": drawn as a line", shortJSON(b))
		}
		style, note := ParseStyle(s)
		if note != "" {
			if told { // the rule once is enough
				note, _, _ = strings.Cut(note, "; ")
			}
			told = true
			p.say("%s", note)
		}
		p.o.Formats = append(p.o.Formats, style)
	}
}

// Size is the size of the figure in inches, within the limits.
func (o Options) Size() (width, height float64) {
	return side(o.Width, 5), side(o.Height, 3)
}

func side(v, fallback float64) float64 {
	if v == 0 || math.IsNaN(v) {
		return fallback
	}
	return math.Min(math.Max(v, MinSize), MaxSize)
}

func shortJSON(raw []byte) string {
	r := []rune(strings.ToValidUTF8(string(raw), "?"))
	if len(r) > 40 {
		r = append(r[:40], []rune("...")...)
	}
	return string(r)
}

func quoteShort(s string) string { return fmt.Sprintf("%q", shortJSON([]byte(s))) }
