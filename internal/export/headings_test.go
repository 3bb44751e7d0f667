package export

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"
)

func TestHeadings(t *testing.T) {
	t.Parallel()
	volts := Column{Name: "voltage", Unit: "V", Quantity: "voltage"}
	amps := Column{Name: "current", Unit: "mA", Quantity: "current"}
	for _, tc := range []struct {
		name    string
		columns []Column
		course  bool
		want    string
	}{
		{"unit", []Column{volts, amps}, false, "voltage_V,current_mA"},
		{"one letter", []Column{{Name: "v", Unit: "V"}, {Name: "i", Unit: "mA"}}, false, "v_V,i_mA"},
		{"unit in the name already", []Column{{Name: "v_bus_V", Unit: "V"}, {Name: "mW", Unit: "mW"}}, false, "v_bus_V,mW"},
		{"no unit, no name", []Column{{Name: "n"}, {}, {Unit: "lux"}}, false, "n,value,lux"},
		{"same names", []Column{{Name: "a"}, {Name: "a"}, {Name: "a"}, {Name: "time"}, {Name: "elapsed", Unit: "s"}}, false, "a,a_2,a_3,time_2,elapsed_s_2"},
		{"a name that looks like a suffix", []Column{{Name: "a"}, {Name: "a_2"}, {Name: "a"}}, false, "a,a_2,a_3"},
		{"formulas", []Column{{Name: "=1+1"}, {Name: "+x"}, {Name: "-x", Unit: "V"}, {Name: "@SUM(A1)"}, {Name: "\tx"}}, false, `'=1+1,'+x,'-x_V,'@SUM(A1),'` + "\tx"},
		{"a formula behind a semicolon", []Column{{Name: "x;=cmd"}}, false, `"x;=cmd"`},
		{"quotes", []Column{{Name: `a "b", c`}, {Name: "two\nlines"}}, false, `"a ""b"", c",` + "\"two\nlines\""},
		{"script", []Column{{Name: "</script>"}}, false, "</script>"},
		{"degrees", []Column{{Name: "temp", Unit: "°C"}}, false, "temp_°C"},
		{"titles", []Column{{Name: "voltage", Unit: "V", Title: "Voltage [V*100]"}, amps, {Title: "Voltage [V*100]"}}, true, "Voltage [V*100],current_mA,Voltage [V*100]_2"},
		{"titles not asked for", []Column{{Name: "voltage", Unit: "V", Title: "Voltage [V*100]"}}, false, "voltage_V"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var b []byte
			headings := ""
			if tc.course {
				headings = Course
			}
			names := Headings(tc.columns, headings)
			for i, name := range names {
				if i > 0 {
					b = append(b, ',')
				}
				b = AppendCell(b, name)
			}
			if string(b) != tc.want {
				t.Errorf("got %s, want %s", b, tc.want)
			}
			read, err := csv.NewReader(strings.NewReader(string(b))).Read()
			if err != nil || len(read) != len(names) {
				t.Errorf("got %d cells, %v, want %d", len(read), err, len(names))
			}
		})
	}
}

func TestFileNames(t *testing.T) {
	t.Parallel()
	tables := make([]Table, 0, 12)
	for _, name := range []string{"mcu/ina219", "", "../../etc/passwd", `C:\x`, "con", "IV", "iv", "Iv", "a\x00b\r\n", "日本", "NUL.txt", strings.Repeat("ü", 100)} {
		tables = append(tables, Table{Name: name})
	}
	tables = append(tables, Table{Name: "IV", Run: "IV 3"}, Table{Name: "x", Run: "sweep 14:03:22"})
	got := fileNames(tables, ".csv")
	want := []string{"mcu_ina219.csv", "table.csv", "_.._etc_passwd.csv", "C__x.csv", "_con.csv", "IV.csv", "iv_2.csv", "Iv_3.csv",
		"a_b__.csv", "日本.csv", "_NUL.txt.csv", strings.Repeat("ü", 40) + ".csv", "IV 3.csv", "x sweep 14_03_22.csv"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestOwnTime: a pickle of declared columns has no time beside them, so that a
// declared one keeps its name.
func TestOwnTime(t *testing.T) {
	t.Parallel()
	columns := []Column{{Name: "time", Title: "time"}, {Name: "cos", Title: "cos"}, {Name: "time 3", Title: "time"}}
	if got := strings.Join(headingsBeside(columns, Course), ","); got != "time,cos,time_2" {
		t.Errorf("got %s, want time,cos,time_2", got)
	}
	if got := strings.Join(Headings(columns, Course), ","); got != "time_2,cos,time_3" {
		t.Errorf("beside the server's time: got %s, want time_2,cos,time_3", got)
	}
}
