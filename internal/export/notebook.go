package export

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// notebook is Jupyter's format 4.
type notebook struct {
	Cells    []any          `json:"cells"`
	Metadata map[string]any `json:"metadata"`
	Format   int            `json:"nbformat"`
	Minor    int            `json:"nbformat_minor"`
}

type markdownCell struct {
	Type     string         `json:"cell_type"`
	ID       string         `json:"id"`
	Metadata map[string]any `json:"metadata"`
	Source   string         `json:"source"`
}

type codeCell struct {
	markdownCell
	Count   *int  `json:"execution_count"`
	Outputs []any `json:"outputs"`
}

func (n *notebook) text(source string) {
	n.Cells = append(n.Cells, markdownCell{"markdown", n.id(), map[string]any{}, source})
}

func (n *notebook) code(source string) {
	n.Cells = append(n.Cells, codeCell{markdownCell{"code", n.id(), map[string]any{}, source}, nil, []any{}})
}

func (n *notebook) id() string { return "cell-" + strconv.Itoa(len(n.Cells)+1) }

// writeNotebook writes cells that load the tables as CSV from o.URL, plot
// them, and hold the analysis, as text and as numbers. What students chose
// (names, headings) stands in code as literals only.
func writeNotebook(j *job) error {
	n := &notebook{Format: 4, Minor: 5, Metadata: map[string]any{
		"kernelspec":    map[string]string{"display_name": "Python 3", "language": "python", "name": "python3"},
		"language_info": map[string]string{"name": "python"},
	}}
	several := len(j.tables) > 1
	n.text(j.notebookHead())
	if len(j.o.Files) == len(j.tables) {
		n.code(j.filesCode())
	} else {
		n.code(loadCode(j.o.URL, several))
	}
	if several {
		n.code(strings.TrimSpace(plotAll))
	} else {
		n.code(strings.TrimSpace(plotOne))
	}
	names := fileNames(j.tables, "") // the zip's, without ending
	for i := range j.tables {
		j.notebookTable(n, &j.tables[i], names[i], several)
	}
	b, err := json.MarshalIndent(n, "", " ")
	if err != nil {
		return err
	}
	_, err = j.w.Write(append(b, '\n'))
	return err
}

func (j *job) notebookHead() string {
	var b strings.Builder
	t := j.tables[0]
	title := t.Label()
	if len(j.tables) > 1 {
		title = "all series"
	}
	fmt.Fprintf(&b, "# %s: %s\n", markdown(t.Session), markdown(title))
	for _, t := range j.tables {
		fmt.Fprintf(&b, "\n* %s", markdown(t.Label()))
		if !t.Start.IsZero() {
			fmt.Fprintf(&b, ", from %s", t.Start.In(j.location()).Format("2006-01-02 15:04:05 MST"))
		}
		if t.Count > 0 {
			fmt.Fprintf(&b, ", %d rows", t.Count)
		}
	}
	if len(j.o.Files) == len(j.tables) {
		b.WriteString("\n\nThe rows are loaded from the files beside this notebook. Needs pandas and matplotlib.")
		return b.String()
	}
	b.WriteString("\n\nThe rows are loaded from the class server; the address holds a key that only reads. " +
		"Needs pandas and matplotlib.")
	return b.String()
}

// filesCode loads the tables from files.
func (j *job) filesCode() string {
	const head = "import matplotlib.pyplot as plt\nimport pandas as pd\n\n"
	if len(j.tables) == 1 {
		return head + "data = pd.read_csv(" + pythonText(j.o.Files[0]) + ", parse_dates=[\"time\"])\ndata.describe()"
	}
	var b strings.Builder
	b.WriteString(head + "FILES = {\n")
	for i, name := range fileNames(j.tables, "") {
		fmt.Fprintf(&b, "    %s: %s,\n", pythonText(name), pythonText(j.o.Files[i]))
	}
	b.WriteString("}\ntables = {name: pd.read_csv(file, parse_dates=[\"time\"]) for name, file in FILES.items()}\nlist(tables)")
	return b.String()
}

func loadCode(url string, several bool) string {
	if !several {
		return "import matplotlib.pyplot as plt\nimport pandas as pd\n\n" +
			"URL = " + pythonText(url) + "\n" +
			"data = pd.read_csv(URL, parse_dates=[\"time\"])\ndata.describe()"
	}
	return "import io\nimport urllib.request\nimport zipfile\n\nimport matplotlib.pyplot as plt\nimport pandas as pd\n\n" +
		"URL = " + pythonText(url) + "\n" +
		"with zipfile.ZipFile(io.BytesIO(urllib.request.urlopen(URL).read())) as files:\n" +
		"    tables = {n[:-4]: pd.read_csv(files.open(n), parse_dates=[\"time\"]) for n in files.namelist()}\n" +
		"list(tables)"
}

const plotHelp = `
def plot_time(table, title=""):
    columns = [c for c in table.columns if c not in ("time", "elapsed_s", "device_time")]
    if len(table) == 0 or not columns:
        print(title, "has nothing to plot yet")
        return
    if len(columns) > 12:
        print(title, "has", len(columns), "columns; here are the first 12")
        columns = columns[:12]
    height = max(2.5, 1.5 * len(columns))
    fig, axes = plt.subplots(len(columns), sharex=True, squeeze=False, figsize=(8, height))
    for ax, c in zip(axes[:, 0], columns):
        ax.plot(table["elapsed_s"], table[c], ".-")
        ax.set_ylabel(c.replace("$", r"\$"))
        ax.grid(True)
    axes[-1, 0].set_xlabel("elapsed time (s)")
    axes[0, 0].set_title(title.replace("$", r"\$"))
    plt.show()

`

const (
	plotOne = plotHelp + `
plot_time(data)`
	plotAll = plotHelp + `
for name, table in tables.items():
    plot_time(table, name)`
)

// notebookTable adds a table's I-V plot, where it has both columns, and its
// analysis.
func (j *job) notebookTable(n *notebook, t *Table, name string, several bool) {
	figures := figuresOf(j.analysis[t.Label()])
	source := "data"
	if several {
		source = "tables[" + pythonText(name) + "]"
	}
	if len(figures) > 0 {
		n.text(markdownFigures(t, figures))
		n.code(figuresCode(figures))
	}
	voltage, current := ivColumns(t.Columns)
	if voltage < 0 || current < 0 {
		return
	}
	headings := j.headings(t, false)
	x, y := harmless(headings[voltage]), harmless(headings[current])
	var b strings.Builder
	fmt.Fprintf(&b, "table = %s\nv, i = table[%s], table[%s]\n", source, pythonText(x), pythonText(y))
	b.WriteString("fig, ax = plt.subplots(figsize=(8, 5))\nax.plot(v, i, \"o-\", label=\"I-V\")\n")
	volt, ampere := axisFactor(t.Columns[voltage].Unit), axisFactor(t.Columns[current].Unit)
	if number(figures, "vmpp") != nil && number(figures, "impp") != nil && !j.course && volt != 0 && ampere != 0 {
		// The analysis counts generated current and voltage as positive.
		if sign := number(figures, "voltage_sign"); sign != nil {
			volt *= *sign
		}
		if sign := number(figures, "current_sign"); sign != nil {
			ampere *= *sign
		}
		fmt.Fprintf(&b, "ax.plot(%g * figures[\"vmpp\"][0], %g * figures[\"impp\"][0], \"*\", markersize=15, label=\"MPP\")\n", volt, ampere)
	}
	fmt.Fprintf(&b, "ax.set_xlabel(%s)\nax.set_ylabel(%s)\nax.legend()\nax.grid(True)\n",
		pythonText(strings.ReplaceAll(x, "$", `\$`)), pythonText(strings.ReplaceAll(y, "$", `\$`)))
	b.WriteString("right = ax.twinx()\nright.plot(v, v * i, \"--\", color=\"tab:green\")\nright.set_ylabel(\"V x I\")\nplt.show()")
	n.code(b.String())
}

// ivColumns finds the first voltage and the first current; -1 = none.
func ivColumns(columns []Column) (voltage, current int) {
	voltage, current = -1, -1
	for i, c := range columns {
		if c.Quantity == "voltage" && voltage < 0 {
			voltage = i
		}
		if c.Quantity == "current" && current < 0 {
			current = i
		}
	}
	return voltage, current
}

// axisFactor is how many of the unit make a volt or an ampere; 0 = unknown.
func axisFactor(unit string) float64 {
	return map[string]float64{"V": 1, "A": 1, "mV": 1e3, "mA": 1e3, "uA": 1e6, "µA": 1e6, "μA": 1e6, "uV": 1e6, "µV": 1e6}[unit]
}

// number is the figure's, nil where there is none.
func number(figures []figure, key string) *float64 {
	for _, f := range figures {
		if f.key == key {
			return f.number
		}
	}
	return nil
}

func markdownFigures(t *Table, figures []figure) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## Analysis of %s\n\n| figure | value | uncertainty | unit |\n| --- | --- | --- | --- |", markdown(t.Label()))
	for _, f := range figures {
		value, uncertainty := markdown(f.text), ""
		if f.number != nil {
			value = strconv.FormatFloat(*f.number, 'g', 6, 64)
		}
		if f.uncertainty != nil {
			uncertainty = strconv.FormatFloat(*f.uncertainty, 'g', 2, 64)
		}
		fmt.Fprintf(&b, "\n| %s | %s | %s | %s |", markdown(f.title()), value, uncertainty, markdown(f.unit))
	}
	return b.String()
}

// figuresCode has the figures as numbers: name to value, uncertainty, unit.
func figuresCode(figures []figure) string {
	var b strings.Builder
	b.WriteString("# value, uncertainty, unit; None = not measured\nfigures = {\n")
	literal := func(v *float64) string {
		if v == nil {
			return "None"
		}
		return strconv.FormatFloat(*v, 'g', -1, 64)
	}
	for _, f := range figures {
		if f.number == nil && f.unit == "" {
			continue // a text
		}
		fmt.Fprintf(&b, "    %s: (%s, %s, %s),\n", pythonText(f.key), literal(f.number), literal(f.uncertainty), pythonText(f.unit))
	}
	b.WriteString("}\nfigures")
	return b.String()
}

// markdown is text that stays text in a notebook.
func markdown(text string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(text, "\uFFFD") {
		switch {
		case r < ' ' || r == 0x7f:
			b.WriteByte(' ')
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case strings.ContainsRune("\\`*_{}[]()#+-!|$~", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
