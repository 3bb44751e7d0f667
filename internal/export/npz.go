package export

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// writeNPZ writes NumPy's archive of arrays: time (datetime64, UTC), elapsed_s,
// one float64 array for each column, device_time where there is one, and info,
// a text in JSON that says what the columns are and holds the analysis. The
// arrays of several tables are named table/column.
func writeNPZ(j *job) error {
	z := zip.NewWriter(j.w)
	folders := make([]string, len(j.tables))
	if len(j.tables) > 1 {
		for i, name := range fileNames(j.tables, "/") {
			folders[i] = name
		}
	}
	for i := range j.tables {
		if err := j.npzTable(z, folders[i], &j.tables[i]); err != nil {
			return err
		}
	}
	return z.Close()
}

func (j *job) npzTable(z *zip.Writer, folder string, t *Table) error {
	s, err := j.newSpool(t)
	if err != nil {
		return err
	}
	defer s.close() // what it wrote has been read by then
	array := func(name, descr, shape string) (io.Writer, error) {
		// Stored, as numpy.savez does: measured numbers hardly shrink.
		w, err := z.CreateHeader(&zip.FileHeader{Name: folder + name + ".npy", Method: zip.Store})
		if err == nil {
			_, err = w.Write(npyHeader(descr, shape))
		}
		return w, err
	}
	rows := fmt.Sprintf("(%d,)", s.rows)

	w, err := array(timeHeading, "<M8[ns]", rows)
	if err == nil {
		err = s.writeColumn(w, spoolTime)
	}
	if err != nil {
		return err
	}
	if w, err = array(elapsedHeading, "<f8", rows); err == nil {
		err = s.writeSeconds(w, spoolTime, s.start)
	}
	if err != nil {
		return err
	}
	headings := j.headings(t, s.device)
	names := make([]string, len(headings))
	for i, h := range headings {
		names[i] = arrayName(h)
	}
	taken := []string{timeHeading, elapsedHeading, infoName}
	if s.device {
		taken = append(taken, deviceHeading)
	}
	names = unique(names, "_", taken...)
	for i, name := range names {
		if w, err = array(name, "<f8", rows); err == nil {
			err = s.writeColumn(w, spoolValues+i)
		}
		if err != nil {
			return err
		}
	}
	if s.device {
		if w, err = array(deviceHeading, "<M8[ns]", rows); err == nil {
			err = s.writeColumn(w, spoolDevice)
		}
		if err != nil {
			return err
		}
	}
	info, err := json.Marshal(j.about(t, headings))
	if err != nil {
		return err
	}
	text := string(info)
	if w, err = array(infoName, fmt.Sprintf("<U%d", utf8.RuneCountInString(text)), "()"); err != nil {
		return err
	}
	o := newOut(w)
	for _, r := range text {
		o.b = append(o.b, byte(r), byte(r>>8), byte(r>>16), byte(r>>24))
	}
	return o.flush()
}

// infoName names what MATLAB and NumPy files say about a table.
const infoName = "info"

// npyHeader is the head of an array's file, version 1.0 of the format, which
// pads it to a multiple of 64 bytes.
func npyHeader(descr, shape string) []byte {
	dict := "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }"
	const fixed = 10 // magic, version, length
	pad := 64 - (fixed+len(dict)+1)%64
	dict += strings.Repeat(" ", pad%64) + "\n"
	return append([]byte{0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, byte(len(dict)), byte(len(dict) >> 8)}, dict...)
}

// arrayName is the heading without what an archive's names give a meaning.
func arrayName(heading string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`/\:`, r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(heading, "_"))
	if clean = strings.TrimLeft(cut(clean, 200), "."); clean == "" {
		return "value"
	}
	return clean
}
