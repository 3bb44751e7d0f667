package export

import (
	"encoding/json"
	"strconv"
	"time"

	"labbroker/internal/live"
)

// writeJSON writes {"tables":[{...}]}; each table says what its columns are
// and has "headings" and, one to a line, "rows": times as text, gaps and
// infinities null.
func writeJSON(j *job) error {
	o := newOut(j.w)
	o.b = append(o.b, `{"tables":[`...)
	for i := range j.tables {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		if err := j.jsonTable(o, &j.tables[i]); err != nil {
			return err
		}
	}
	o.b = append(o.b, "]}\n"...)
	return o.flush()
}

// jsonColumn describes a column of a table in JSON.
type jsonColumn struct {
	Heading  string `json:"heading"`
	Name     string `json:"name"`
	Title    string `json:"title,omitempty"`
	Unit     string `json:"unit"`
	Quantity string `json:"quantity"`
}

// about is what JSON, NumPy and MATLAB files say of a table.
type about struct {
	Session  string          `json:"session"`
	Series   string          `json:"series"`
	Run      string          `json:"run"`
	Start    *time.Time      `json:"start"` // null = unknown
	Columns  []jsonColumn    `json:"columns"`
	Analysis json.RawMessage `json:"analysis"` // null = none was made
}

func (j *job) about(t *Table, headings []string) about {
	a := about{Session: t.Session, Series: t.Name, Run: t.Run, Columns: []jsonColumn{}, Analysis: j.analysis[t.Label()]}
	if !t.Start.IsZero() {
		start := t.Start.UTC()
		a.Start = &start
	}
	for i, heading := range headings {
		c := t.Columns[i]
		a.Columns = append(a.Columns, jsonColumn{heading, c.Name, c.Title, c.Unit, c.Quantity})
	}
	return a
}

func (j *job) jsonTable(o *out, t *Table) error {
	device, err := j.hasDevice(t)
	if err != nil {
		return err
	}
	columns := j.headings(t, device)
	headings := append([]string{timeHeading, elapsedHeading}, columns...)
	if device {
		headings = append(headings, deviceHeading)
	}
	head, err := json.Marshal(struct {
		about
		Headings []string `json:"headings"`
	}{j.about(t, columns), headings})
	if err != nil {
		return err
	}
	o.b = append(o.b, '\n')
	o.b = append(o.b, head[:len(head)-1]...)
	o.b = append(o.b, `,"rows":[`...)
	var clock, deviceClock live.Clock
	first := true
	err = j.each(t, func(r *row) error {
		if !first {
			o.b = append(o.b, ',')
		}
		first = false
		o.b = append(o.b, "\n[\""...)
		o.b = clock.Append(o.b, r.at)
		o.b = append(o.b, `",`...)
		o.b = appendElapsed(o.b, r.elapsed)
		for i := range t.Columns {
			o.b = append(o.b, ',')
			if i >= len(r.values) {
				o.b = append(o.b, "null"...)
				continue
			}
			o.b = live.AppendValue(o.b, r.values[i], 1, t.Columns[i].Scaled)
		}
		switch {
		case device && r.device != 0:
			o.b = append(o.b, `,"`...)
			o.b = deviceClock.Append(o.b, r.device)
			o.b = append(o.b, '"')
		case device:
			o.b = append(o.b, ",null"...)
		}
		o.b = append(o.b, ']')
		return o.spill()
	})
	o.b = append(o.b, "]}"...)
	return err
}

// marshalAnalysis encodes the tables' analyses, before a byte has been written.
func marshalAnalysis(tables []Table, analysis map[string]any) (map[string]json.RawMessage, error) {
	out := make(map[string]json.RawMessage)
	for _, t := range tables {
		a, ok := analysis[t.Label()]
		if !ok || a == nil {
			continue
		}
		b, err := json.Marshal(a)
		if err != nil {
			return nil, err
		}
		if string(b) != "null" {
			out[t.Label()] = b
		}
	}
	return out, nil
}

// labels are the tables' labels, made different from each other.
func labels(tables []Table) []string {
	names := make([]string, len(tables))
	for i, t := range tables {
		if names[i] = t.Label(); names[i] == "" {
			names[i] = "table " + strconv.Itoa(i+1)
		}
	}
	return unique(names, " ")
}
