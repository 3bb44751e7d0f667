package export

import (
	"archive/zip"
	"io"
	"math"

	"labbroker/internal/live"
)

// writeCSV writes one table as CSV, several as a zip of CSV files.
func writeCSV(j *job) error {
	if len(j.tables) == 1 {
		return j.csvTable(j.w, &j.tables[0])
	}
	z := newZip(j.w)
	for i, name := range fileNames(j.tables, ".csv") {
		t := &j.tables[i]
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: t.Start.UTC()})
		if err != nil {
			return err
		}
		if err := j.csvTable(w, t); err != nil {
			return err
		}
	}
	return z.Close()
}

// csvTable writes time, elapsed_s, one column for each of the table's, and
// device_time last where there is one. Gaps and infinities are empty.
func (j *job) csvTable(w io.Writer, t *Table) error {
	device, err := j.hasDevice(t)
	if err != nil {
		return err
	}
	o := newOut(w)
	o.b = append(o.b, timeHeading+","+elapsedHeading...)
	for _, name := range j.headings(t, device) {
		o.b = append(o.b, ',')
		o.b = AppendCell(o.b, name)
	}
	if device {
		o.b = append(o.b, ","+deviceHeading...)
	}
	o.b = append(o.b, '\n')
	var clock, deviceClock live.Clock
	err = j.each(t, func(r *row) error {
		o.b = clock.Append(o.b, r.at)
		o.b = append(o.b, ',')
		o.b = appendElapsed(o.b, r.elapsed)
		for i := range t.Columns {
			o.b = append(o.b, ',')
			if i < len(r.values) && !math.IsNaN(r.values[i]) && !math.IsInf(r.values[i], 0) {
				o.b = live.AppendNumber(o.b, r.values[i], t.Columns[i].Scaled)
			}
		}
		if device {
			o.b = append(o.b, ',')
			if r.device != 0 {
				o.b = deviceClock.Append(o.b, r.device)
			}
		}
		o.b = append(o.b, '\n')
		return o.spill()
	})
	if err != nil {
		return err
	}
	return o.flush()
}
