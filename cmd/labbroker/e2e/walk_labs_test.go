package e2e

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// takeAlong ends the lab and looks into what the instructor takes home: grade
// book and zip, downloaded from the page.
func (w *walk) takeAlong() {
	t, p := w.t, w.teacher
	p.press(".classnav", "Labs")
	p.waitText("#current-title", "Solar cell")
	for _, want := range []string{"connected 1 of 30", "first reading 1 of 30", "first plot 1 of 30", "complete sweep 1 of 30"} {
		p.waitText("#matrix thead", want)
	}
	p.click("#end")
	p.press("#sure", "End the lab")
	p.waitText("#state", "ended")
	w.board.stop() // or the notebook's rows would be more than the grade book's

	wait := p.Browser().MustWaitDownload()
	p.download("#book")
	book := wait()
	w.gradeBook(book)

	p.click("#zip")
	p.waitText("#archives", "Solar")
	wait = p.Browser().MustWaitDownload()
	p.download("#archives a")
	content := wait()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatalf("the zip of %d bytes: %v", len(content), err)
	}
	files := map[string][]byte{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatalf("%s in the zip: %v", f.Name, err)
		}
		r.Close()
	}
	var names []string
	plots := 0
	for name, text := range files {
		names = append(names, name)
		if strings.HasPrefix(name, "sessions/noor/") && path.Ext(name) == ".pdf" && bytes.HasPrefix(text, []byte("%PDF-")) {
			plots++
		}
	}
	slices.Sort(names)
	if plots != 1 || files["sessions/noor/notebook.ipynb"] == nil || !bytes.Equal(files["gradebook.csv"], book) {
		t.Errorf("the zip: got %q with %d plots, want noor's plot and notebook, and the grade book as downloaded", names, plots)
	}
	data := string(files["sessions/noor/data/IV.csv"])
	if n := strings.Count(data, "\n"); n != 42 {
		t.Errorf("the sweep in the zip: got %d lines, want the head, 40 rows and the next run's one", n)
	}
	readings := "" // kept as sent: Python multiplies 1253 by 4 mV to 5.0120000000000005
	for name, text := range files {
		if strings.HasPrefix(name, "sessions/noor/data/") && strings.Contains(name, "ina219") {
			readings = string(text)
		}
	}
	if !strings.Contains(readings, "voltage_V,current_mA,power_mW") || strings.Count(readings, ",5.012") < 2 || strings.Count(readings, ",81.3,") < 2 {
		t.Errorf("the board's readings in the zip (%q): got %.300s, want their columns and 5.012 V, 81.3 mA", names, readings)
	}
}

// gradeBook has noor with every step's time, in the order of what was done, and
// the listed ones, who did nothing, with none.
func (w *walk) gradeBook(book []byte) {
	t := w.t
	lines, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(book, []byte("\uFEFF")))).ReadAll()
	if err != nil || len(lines) < 31 {
		t.Fatalf("grade book: got %d lines, %v, want one for each of the class:\n%s", len(lines), err, book)
	}
	column := func(name string) int {
		i := slices.Index(lines[0], name)
		if i < 0 {
			t.Fatalf("grade book: got the columns %q, want %s", lines[0], name)
		}
		return i
	}
	at := func(line []string, step string) time.Time {
		v := line[column(step+" (UTC)")]
		when, err := time.Parse(time.RFC3339, v)
		if err != nil && v != "" {
			t.Errorf("grade book, %s: got %q, want a time", step, v)
		}
		return when
	}
	for _, line := range lines[1:] {
		name := line[column("session")]
		done := line[column("steps_done")]
		if name != "noor" {
			if done != "0" || !at(line, "connected").IsZero() {
				t.Errorf("grade book, %s: got %q, want nothing done", name, line)
			}
			continue
		}
		last := w.began
		for _, step := range []string{"connected", "first reading", "first plot", "complete sweep"} {
			when := at(line, step)
			if when.Before(last.Add(-time.Second)) || when.After(time.Now().Add(time.Second)) {
				t.Errorf("grade book, %s: got %v, want after %v", step, when, last)
			}
			last = when
		}
		if rows, err := strconv.Atoi(line[column("rows")]); err != nil || rows < 43 || done != "4" {
			t.Errorf("grade book, noor: got %q, want 4 steps done and more rows than the sweep's 41", line)
		}
	}
	if !slices.ContainsFunc(lines, func(l []string) bool { return l[column("session")] == "noor" && slices.Contains(l, "Noor Haddad") }) {
		t.Errorf("grade book: got no Noor Haddad as noor in\n%s", book)
	}
}
