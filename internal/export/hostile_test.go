package export

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// hostile are names that students could choose.
func hostile() []string {
	return []string{"=cmd|'/c calc'!A1", "+1", "-1", "@SUM(A1)", "", " ", "../../etc/passwd", `..\..\x`, "/abs", "a/b", "con", "'quoted'",
		`say "hi"`, "two\nlines", "tab\there", "nul\x00byte", "bad\xff\xfeutf8", "</script><script>alert(1)</script>", "]]>", "&amp;", "_x0041_",
		"end", "1st", "μA", "Ω", "日本語", "😀😀", "$x$", "`code`", "time", "elapsed_s", "device_time", "info", "__globals__", "a", "A", "a",
		"x]y[z", "History", "Analysis", "a:b*c?d", "{0}", "%s%n", "\u202egnp.exe", strings.Repeat("long ", 100), strings.Repeat("ü", 63), "time_unix_s"}
}

// TestHostileNames gives columns and tables names that mean something to some
// reader; each file opens, with all of its columns.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	var columns []Column
	var values []float64
	for i, name := range hostile() {
		columns = append(columns, Column{Name: name, Title: name, Unit: []string{"", "V"}[i%2]})
		values = append(values, float64(i))
	}
	var tables []Table
	for _, name := range hostile() {
		tables = append(tables, tableOf(name, voltAmp(), at(0, 1, 2)))
	}
	var files [][2]string
	for _, format := range dataFormats() {
		for _, headings := range []string{"", Course} {
			o := Options{Headings: headings, Analysis: map[string]any{"=cmd|'/c calc'!A1": analysis()}}
			wide := tableOf("=cmd|'/c calc'!A1", columns, sample{0, 1, values})
			files = append(files, [2]string{format, file(t, format, o, wide)}, [2]string{format, file(t, format, o, tables...)})
		}
	}
	variable := regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,62}$`)
	for i, got := range open(t, files...) {
		format := files[i][0]
		if format == "xlsx" { // the last sheet is the analysis
			if last := got[len(got)-1]; last.name != "Analysis" || !slices.Contains(last.column(t, "Remark"), "=cmd|'/c calc'!A1") {
				t.Errorf("got a last sheet %s, want Analysis with its remarks", last.name)
			}
			got = got[:len(got)-1]
		}
		if i%2 == 1 { // many tables
			if len(got) != len(tables) {
				t.Errorf("%s: got %d tables, want %d", format, len(got), len(tables))
			}
			distinct(t, format, got)
			continue
		}
		var numbers []any
		for _, c := range got[0].columns {
			if format == "mat" && !variable.MatchString(c.name) {
				t.Errorf("got the variable %q, want one that MATLAB takes", c.name)
			}
			if len(c.values) != 1 {
				t.Fatalf("%s %s: got %d values, want 1", format, c.name, len(c.values))
			}
			numbers = append(numbers, c.values[0])
		}
		from := len(numbers) - len(values)
		if format != "pkl" {
			from-- // device time is last
		}
		for k, want := range values {
			if from < 0 || numbers[from+k] != want {
				t.Errorf("%s column %d, %q: got %v, want %v", format, k, columns[k].Name, numbers, want)
				break
			}
		}
	}
}

// distinct wants tables under names of their own, none of which leads out of
// the folder or beyond what a sheet may be called.
func distinct(t *testing.T, format string, tables []opened) {
	t.Helper()
	forbidden := map[string]string{"csv": `/\:*?<>|"`, "npz": `/\:*?<>|"`, "xlsx": `/\:*?[]`}[format]
	seen := map[string]bool{}
	for _, o := range tables {
		name := o.name
		if forbidden != "" || format == "mat" { // names of files, sheets and variables
			name = strings.ToLower(name)
			if strings.ContainsAny(name, forbidden) || format != "xlsx" && strings.HasPrefix(name, ".") {
				t.Errorf("%s: got a table called %q", format, name)
			}
		}
		if seen[name] && format != "json" { // a list: nothing is lost
			t.Errorf("%s: got two tables called %q", format, name)
		}
		seen[name] = true
	}
}

// TestShapes has tables without rows, without columns, and with as many
// columns as a series can have.
func TestShapes(t *testing.T) {
	t.Parallel()
	const most = 64
	wide := make([]Column, most)
	values := make([]float64, most)
	for i := range wide {
		wide[i], values[i] = Column{Name: fmt.Sprintf("c%d", i)}, float64(i)/7
	}
	shapes := []struct {
		name          string
		columns, rows int
		table         Table
	}{
		{"no rows", 2, 0, tableOf("x", voltAmp())},
		{"no columns", 0, 2, tableOf("x", nil, at(0), at(1))},
		{"nothing", 0, 0, tableOf("x", nil)},
		{"one row", 2, 1, tableOf("x", voltAmp(), at(0, 1, 2))},
		{"wide", most, 3, tableOf("x", wide, at(0, values...), at(1), at(2, append(slices.Clone(values), 1, 2)...))},
	}
	var files [][2]string
	for _, shape := range shapes {
		for _, format := range dataFormats() {
			files = append(files, [2]string{format, file(t, format, Options{}, shape.table)})
			files = append(files, [2]string{format, file(t, format, Options{}, shape.table, tableOf("y", nil), shape.table)})
		}
	}
	all := open(t, files...)
	for _, shape := range shapes {
		for _, format := range dataFormats() {
			one, three := all[0], all[1]
			all = all[2:]
			if len(one) != 1 || len(three) != 3 {
				t.Fatalf("%s %s: got %d and %d tables, want 1 and 3", shape.name, format, len(one), len(three))
			}
			columns := shape.columns + 2
			if format == "pkl" && shape.columns == 2 {
				columns = 2 // declared: as save_series made it
			}
			for _, got := range []opened{one[0], three[0], three[2]} {
				if len(got.columns) != columns {
					t.Errorf("%s %s: got columns %q, want %d", shape.name, format, got.headings(), columns)
				}
				for _, c := range got.columns {
					if len(c.values) != shape.rows {
						t.Errorf("%s %s %s: got %d values, want %d", shape.name, format, c.name, len(c.values), shape.rows)
					}
				}
			}
			if shape.name == "wide" {
				last := one[0].columns[columns-1].values
				if v, ok := last[0].(float64); !ok || math.Abs(v-9) > 1e-12 || last[1] != nil || last[2] != v {
					t.Errorf("%s: got %v in the last column, want 9, a gap, 9", format, last)
				}
			}
		}
	}
}

// TestSheets splits a table that does not fit on one sheet.
func TestSheets(t *testing.T) {
	t.Parallel()
	var rows []sample
	for i := range 23 {
		rows = append(rows, at(float64(i), float64(i)))
	}
	path := t.TempDir() + "/x.xlsx"
	f := create(t, path)
	name := strings.Repeat("n", 40)
	j := &job{ctx: t.Context(), w: f, tables: []Table{tableOf(name, voltAmp(), rows...), tableOf(name, voltAmp())}}
	if err := j.writeWorkbook(11); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	sheets := open(t, [2]string{"xlsx", path})[0]
	var names []string
	next := 0.
	for _, s := range sheets {
		names = append(names, s.name)
		for _, v := range s.column(t, "voltage_V") {
			if v != next {
				t.Fatalf("%s: got %v, want %v", s.name, v, next)
			}
			next++
		}
	}
	base := strings.Repeat("n", 27)
	if want := []string{base + "nnnn", base + " (2)", base + " (3)", base + " (4)"}; !slices.Equal(names, want) || next != 23 {
		t.Errorf("got %q with %v rows, want %q with 23", names, next, want)
	}
}

func TestPlainNames(t *testing.T) {
	t.Parallel()
	for heading, want := range map[string]string{
		"Voltage [V*100]": "Voltage_V_100", "temp_°C": "temp_C", "μA": "uA", "R (Ω)": "R_Ohm", "1st": "x1st", "end": "end_", "": "value", "_a_": "a", "日本": "value",
	} {
		if got := matName(heading); got != want {
			t.Errorf("matName(%q): got %s, want %s", heading, got, want)
		}
	}
	for heading, want := range map[string]string{"../x": "_x", "a/b": "a_b", "\x00": "_", "": "value", "Voltage [V]": "Voltage [V]"} {
		if got := arrayName(heading); got != want {
			t.Errorf("arrayName(%q): got %s, want %s", heading, got, want)
		}
	}
}
