package export

import (
	"archive/zip"
	"compress/flate"
	"encoding/xml"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"time"

	"github.com/xuri/excelize/v2"

	"labbroker/internal/live"
)

// sheetRows is what a sheet of Excel holds, the heading included.
const sheetRows = 1_048_576

// workbook writes an Excel file. excelize holds all of a file in memory, each
// sheet as far as 16 MB and the finished zip whole; so it makes the workbook
// around the sheets, while the sheets' rows go straight into the zip.
type workbook struct {
	j     *job
	z     *zip.Writer
	f     *excelize.File
	rows  int             // on one sheet, the heading included
	names map[string]bool // of sheets, in small letters
	parts map[string]bool // of the zip, already written
	bold  int             // styles
	date  int
}

// writeXLSX writes one sheet for each table, its further rows on further
// sheets, and one with the analysis. Times are Excel's dates in o.Location.
func writeXLSX(j *job) error { return j.writeWorkbook(sheetRows) }

func (j *job) writeWorkbook(rows int) (err error) {
	wb := &workbook{j: j, z: newZip(j.w), f: excelize.NewFile(), rows: rows,
		names: map[string]bool{"history": true}, parts: map[string]bool{}} // Excel keeps History for itself
	defer wb.f.Close() // nothing of it is in files
	if wb.bold, err = wb.f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}}); err != nil {
		return err
	}
	format := "yyyy-mm-dd hh:mm:ss.000"
	if wb.date, err = wb.f.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
		return err
	}
	analysis := len(j.analysis) > 0
	if analysis {
		wb.names["analysis"] = true
	}
	for i := range j.tables {
		if err := wb.table(&j.tables[i]); err != nil {
			return err
		}
	}
	if analysis {
		if err := wb.analysis(); err != nil {
			return err
		}
	}
	wb.f.SetZipWriter(func(io.Writer) excelize.ZipWriter { return around{wb} })
	return wb.f.Write(io.Discard)
}

func newZip(w io.Writer) *zip.Writer {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	return z
}

// around writes excelize's parts of the file around the sheets that are
// already there.
type around struct{ wb *workbook }

func (a around) Create(name string) (io.Writer, error) {
	if a.wb.parts[name] {
		delete(a.wb.parts, name)
		return io.Discard, nil
	}
	return a.wb.z.Create(name)
}

func (a around) AddFS(fsys fs.FS) error { return a.wb.z.AddFS(fsys) }

func (a around) Close() error {
	if len(a.wb.parts) > 0 {
		return fmt.Errorf("the workbook does not know its sheets %v", a.wb.parts)
	}
	return a.wb.z.Close()
}

// table writes a table's sheets.
func (wb *workbook) table(t *Table) error {
	device, err := wb.j.hasDevice(t)
	if err != nil {
		return err
	}
	columns := wb.j.headings(t, device)
	zone := wb.j.zone(t)
	headings := append([]string{timeHeading + " (" + zone + ")", elapsedHeading}, columns...)
	if device {
		headings = append(headings, deviceHeading+" ("+zone+")")
	}
	s, err := wb.sheet(t.Label(), headings, device)
	if err != nil {
		return err
	}
	err = wb.j.each(t, func(r *row) error {
		if s.row == wb.rows {
			if err := s.end(); err != nil {
				return err
			}
			if s, err = wb.sheet(t.Label(), headings, device); err != nil {
				return err
			}
		}
		s.begin()
		s.time(r.at, wb.date)
		s.column++
		s.number(func(b []byte) []byte { return appendElapsed(b, r.elapsed) })
		for i := range t.Columns {
			s.column++
			if i < len(r.values) && r.values[i]-r.values[i] == 0 { // neither a gap nor infinite
				s.number(func(b []byte) []byte { return live.AppendNumber(b, r.values[i], t.Columns[i].Scaled) })
			}
		}
		if s.column++; device && r.device != 0 {
			s.time(r.device, wb.date)
		}
		s.o.b = append(s.o.b, "</row>\n"...)
		return s.o.spill()
	})
	if err != nil {
		return err
	}
	return s.end()
}

// sheet is one that is being written.
type sheet struct {
	o      *out
	zone   *time.Location
	refs   []string // "A", "B", ...
	row    int
	column int
}

// sheet begins a sheet under a name of its own; device says that the last
// column has times.
func (wb *workbook) sheet(label string, headings []string, device bool) (*sheet, error) {
	name := wb.sheetName(label)
	number := len(wb.parts) + 1
	var err error
	if number == 1 {
		err = wb.f.SetSheetName(wb.f.GetSheetName(0), name)
	} else {
		_, err = wb.f.NewSheet(name)
	}
	if err != nil {
		return nil, err
	}
	part := fmt.Sprintf("xl/worksheets/sheet%d.xml", number)
	wb.parts[part] = true
	w, err := wb.z.Create(part)
	if err != nil {
		return nil, err
	}
	s := &sheet{o: newOut(w), zone: wb.j.location()}
	for i := range headings {
		ref, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return nil, err
		}
		s.refs = append(s.refs, ref)
	}
	s.o.b = append(s.o.b, xml.Header+`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"`...)
	if number == 1 {
		s.o.b = append(s.o.b, ` tabSelected="1"`...)
	}
	s.o.b = append(s.o.b, `><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>`...)
	for i, h := range headings {
		width := min(60, max(12, len([]rune(h))+2))
		if i == 0 || device && i == len(headings)-1 {
			width = max(width, 24) // a date with its milliseconds
		}
		s.o.b = fmt.Appendf(s.o.b, `<col min="%d" max="%d" width="%d" customWidth="1"/>`, i+1, i+1, width)
	}
	s.o.b = append(s.o.b, "</cols><sheetData>\n"...)
	s.begin()
	for i, h := range headings {
		s.column = i
		s.text(h, wb.bold)
	}
	s.o.b = append(s.o.b, "</row>\n"...)
	return s, nil
}

func (s *sheet) end() error {
	s.o.b = append(s.o.b, "</sheetData></worksheet>"...)
	return s.o.flush()
}

func (s *sheet) begin() {
	s.row++
	s.column = 0
	s.o.b = append(s.o.b, `<row r="`...)
	s.o.b = strconv.AppendInt(s.o.b, int64(s.row), 10)
	s.o.b = append(s.o.b, `">`...)
}

func (s *sheet) cell(style int, kind string) {
	s.o.b = append(s.o.b, `<c r="`...)
	s.o.b = append(s.o.b, s.refs[s.column]...)
	s.o.b = strconv.AppendInt(s.o.b, int64(s.row), 10)
	if style != 0 {
		s.o.b = append(s.o.b, `" s="`...)
		s.o.b = strconv.AppendInt(s.o.b, int64(style), 10)
	}
	if kind != "" {
		s.o.b = append(s.o.b, `" t="`...)
		s.o.b = append(s.o.b, kind...)
	}
	s.o.b = append(s.o.b, `">`...)
}

func (s *sheet) number(appendNumber func([]byte) []byte) {
	s.cell(0, "")
	s.o.b = append(s.o.b, "<v>"...)
	s.o.b = appendNumber(s.o.b)
	s.o.b = append(s.o.b, "</v></c>"...)
}

// text writes an inline string: Excel never takes one for a formula.
func (s *sheet) text(text string, style int) {
	s.cell(style, "inlineStr")
	s.o.b = append(s.o.b, `<is><t xml:space="preserve">`...)
	s.o.b = append(s.o.b, xmlText(cutUTF16(text, maxCell))...)
	s.o.b = append(s.o.b, "</t></is></c>"...)
}

// time writes Excel's date of a local time: days since the end of 1899, its
// error of 1900 included. What lies before is text.
func (s *sheet) time(ns int64, style int) {
	at := time.Unix(0, ns).In(s.zone)
	_, offset := at.Zone()
	const unixEpoch, march1900 = 25569, 61
	days := unixEpoch + (float64(ns/1e6)+float64(offset)*1e3)/86_400_000
	if days < march1900 {
		s.text(at.Format(time.RFC3339), 0)
		return
	}
	s.cell(style, "")
	s.o.b = append(s.o.b, "<v>"...)
	s.o.b = strconv.AppendFloat(s.o.b, days, 'f', -1, 64)
	s.o.b = append(s.o.b, "</v></c>"...)
}
