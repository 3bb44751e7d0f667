package export

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"time"
)

// writeMAT writes MATLAB's level 5 format. The columns of one table are
// variables, those of several the fields of one struct a table, named as
// MATLAB can: time_unix_s (POSIX seconds, for datetime's 'posixtime'),
// elapsed_s, the columns, device_time_unix_s where there is one, and info,
// which says where they are from, has their headings and the analysis.
func writeMAT(j *job) error {
	head := make([]byte, 128)
	copy(head, fmt.Sprintf("%-116s", "MATLAB 5.0 MAT-file, written by labbroker"))
	copy(head[124:], []byte{0x00, 0x01, 'I', 'M'}) // version 1.0, little endian
	if _, err := j.w.Write(head); err != nil {
		return err
	}
	names := matNames(labels(j.tables), infoName)
	for i := range j.tables {
		name := names[i]
		if len(j.tables) == 1 {
			name = ""
		}
		if err := j.matTable(name, &j.tables[i]); err != nil {
			return err
		}
	}
	return nil
}

func (j *job) matTable(name string, t *Table) error {
	s, err := j.newSpool(t)
	if err != nil {
		return err
	}
	defer s.close() // what it wrote has been read by then
	times := func(c int, since int64) matArray {
		return matColumn(s.rows, func(w io.Writer) error { return s.writeSeconds(w, c, since) })
	}
	fields := []matField{{unixHeading, times(spoolTime, 0)}, {elapsedHeading, times(spoolTime, s.start)}}
	headings := []string{unixHeading, elapsedHeading}
	const device = deviceHeading + "_unix_s"
	columns := j.headings(t, s.device)
	for i, n := range matNames(columns, unixHeading, elapsedHeading, device, infoName) {
		fields = append(fields, matField{n, matColumn(s.rows, func(w io.Writer) error { return s.writeColumn(w, spoolValues+i) })})
		headings = append(headings, columns[i])
	}
	if s.device {
		fields = append(fields, matField{device, times(spoolDevice, 0)})
		headings = append(headings, device)
	}
	info, err := j.matInfo(t, headings)
	if err != nil {
		return err
	}
	fields = append(fields, matField{infoName, info})
	if name != "" {
		return matStruct(fields).writeTo(j.w, name)
	}
	for _, f := range fields {
		if f.value.total(f.name) > matLimit {
			return ErrTooBig
		}
	}
	for _, f := range fields {
		if err := f.value.writeTo(j.w, f.name); err != nil {
			return err
		}
	}
	return nil
}

// matInfo is a struct of texts, the headings (one for each variable, in
// order), and the analysis as structs.
func (j *job) matInfo(t *Table, headings []string) (matArray, error) {
	cells := make([]matArray, len(headings))
	for i, h := range headings {
		cells[i] = matText(h)
	}
	start := ""
	if !t.Start.IsZero() {
		start = t.Start.UTC().Format(time.RFC3339Nano)
	}
	fields := []matField{
		{"session", matText(t.Session)}, {"series", matText(t.Name)}, {"run", matText(t.Run)},
		{"start", matText(start)}, {"headings", matCell(cells)},
	}
	if raw := j.analysis[t.Label()]; raw != nil {
		a, err := matJSON(json.NewDecoder(bytes.NewReader(raw)))
		if err != nil {
			return matArray{}, err
		}
		fields = append(fields, matField{"analysis", a})
	}
	return matStruct(fields), nil
}

// matJSON turns the next JSON value into MATLAB's: objects into structs, lists
// of numbers into columns, of points into a struct of columns, of others into
// cells; null is [] alone and NaN among numbers.
func matJSON(d *json.Decoder) (matArray, error) {
	token, err := d.Token()
	if err != nil {
		return matArray{}, err
	}
	switch v := token.(type) {
	case string:
		return matText(v), nil
	case float64:
		return matNumbers([]float64{v}), nil
	case bool:
		return matNumbers([]float64{map[bool]float64{true: 1}[v]}), nil
	case json.Delim:
		if v == '{' {
			return matObject(d)
		}
		return matList(d)
	}
	return matArray{class: mxDOUBLE, size: 8, write: matNumbers(nil).write}, nil // null: 0 x 0
}

func matObject(d *json.Decoder) (matArray, error) {
	var keys []string
	var values []matArray
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return matArray{}, err
		}
		value, err := matJSON(d)
		if err != nil {
			return matArray{}, err
		}
		text, _ := key.(string) // an object's keys are
		keys, values = append(keys, text), append(values, value)
	}
	if _, err := d.Token(); err != nil {
		return matArray{}, err
	}
	fields := make([]matField, len(keys))
	for i, name := range matNames(keys) {
		fields[i] = matField{name, values[i]}
	}
	return matStruct(fields), nil
}

func matList(d *json.Decoder) (matArray, error) {
	var raw []json.RawMessage
	for d.More() {
		var r json.RawMessage
		if err := d.Decode(&r); err != nil {
			return matArray{}, err
		}
		raw = append(raw, r)
	}
	if _, err := d.Token(); err != nil {
		return matArray{}, err
	}
	numbers, points, keys := make([]float64, 0, len(raw)), make(map[string][]float64), []string(nil)
	cells := make([]matArray, 0, len(raw))
	for _, r := range raw {
		var number *float64
		if json.Unmarshal(r, &number) == nil {
			numbers = append(numbers, orNaN(number))
		}
		var point map[string]*float64
		if json.Unmarshal(r, &point) == nil && point != nil {
			for key, v := range point {
				if points[key] == nil {
					keys = append(keys, key)
				}
				points[key] = append(points[key], orNaN(v))
			}
		}
	}
	if len(numbers) == len(raw) {
		return matNumbers(numbers), nil
	}
	whole := len(keys) > 0
	for _, p := range points {
		whole = whole && len(p) == len(raw)
	}
	if whole {
		return matPoints(keys, points), nil
	}
	for _, r := range raw {
		c, err := matJSON(json.NewDecoder(bytes.NewReader(r)))
		if err != nil {
			return matArray{}, err
		}
		cells = append(cells, c)
	}
	return matCell(cells), nil
}

func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

func matNumbers(values []float64) matArray {
	return matColumn(int64(len(values)), func(w io.Writer) error {
		b := make([]byte, 0, 8*len(values))
		for _, v := range values {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
		_, err := w.Write(b)
		return err
	})
}

// matPoints is a struct of columns, by name.
func matPoints(keys []string, points map[string][]float64) matArray {
	slices.Sort(keys)
	fields := make([]matField, len(keys))
	for i, name := range matNames(keys) {
		fields[i] = matField{name, matNumbers(points[keys[i]])}
	}
	return matStruct(fields)
}
