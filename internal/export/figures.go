package export

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// figure is one line of an analysis as people read it.
type figure struct {
	key         string // where it stands in the JSON: "fit.rs"
	number      *float64
	uncertainty *float64
	unit        string
	text        string // instead of a number: why there is none, or what is no number
}

// figuresOf lists the figures of an analysis in their order: objects with
// "value" and "unit", single numbers, texts and flags, lists of texts. Curves
// are left out. Where the analysis has "show", a list of the figures beside it
// that matter, the others are left out as well.
func figuresOf(raw json.RawMessage) []figure {
	if len(raw) == 0 {
		return nil
	}
	return appendFigures(nil, "", raw)
}

func appendFigures(out []figure, key string, raw json.RawMessage) []figure {
	switch raw = bytes.TrimSpace(raw); raw[0] {
	case '{':
		if f, ok := asFigure(key, raw); ok {
			return append(out, f)
		}
		return appendObject(out, key, raw)
	case '[':
		var texts []string
		if json.Unmarshal(raw, &texts) == nil && !bytes.Contains(raw, []byte("null")) {
			for _, text := range texts {
				out = append(out, figure{key: key, text: text})
			}
		}
	case '"':
		var text string
		if json.Unmarshal(raw, &text) == nil && text != "" {
			out = append(out, figure{key: key, text: text})
		}
	case 't', 'f':
		out = append(out, figure{key: key, text: map[bool]string{true: "yes", false: "no"}[raw[0] == 't']})
	case 'n':
	default:
		if v, err := strconv.ParseFloat(string(raw), 64); err == nil {
			out = append(out, figure{key: key, number: &v})
		}
	}
	return out
}

func asFigure(key string, raw json.RawMessage) (figure, bool) {
	var f struct {
		Value       *json.RawMessage `json:"value"`
		Uncertainty *float64         `json:"uncertainty"`
		Unit        *string          `json:"unit"`
		Missing     string           `json:"missing"`
	}
	if json.Unmarshal(raw, &f) != nil || f.Unit == nil {
		return figure{}, false
	}
	out := figure{key: key, unit: *f.Unit, text: f.Missing}
	if f.Missing == "" && f.Value != nil {
		v, err := strconv.ParseFloat(string(*f.Value), 64)
		if err != nil {
			return figure{}, false
		}
		out.number, out.uncertainty = &v, f.Uncertainty
	}
	return out, true
}

func appendObject(out []figure, key string, raw json.RawMessage) []figure {
	var shown struct {
		Show []string `json:"show"`
	}
	_ = json.Unmarshal(raw, &shown) // a "show" of another kind leaves nothing out
	d := json.NewDecoder(bytes.NewReader(raw))
	if _, err := d.Token(); err != nil {
		return out
	}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return out
		}
		name, _ := token.(string)
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return out
		}
		inner := name
		if key != "" {
			inner = key + "." + name
		}
		if shown.Show != nil {
			if _, is := asFigure(inner, value); name == "show" || is && !slices.Contains(shown.Show, name) {
				continue
			}
		}
		out = appendFigures(out, inner, value)
	}
	return out
}

// title is the figure's name for people: "Voc", "Fit: rs".
func (f figure) title() string {
	known := map[string]string{
		"ff": "Fill factor", "r_load": "Matched load", "slope_open": "-dV/dI at Voc", "slope_short": "-dV/dI at Isc",
		"n_vt": "n Vt",
	}
	parts := strings.Split(f.key, ".")
	for i, p := range parts {
		switch {
		case known[p] != "":
			parts[i] = known[p]
		case p != "":
			parts[i] = strings.ToUpper(p[:1]) + strings.ReplaceAll(p[1:], "_", " ")
		}
	}
	return strings.Join(parts, ": ")
}
