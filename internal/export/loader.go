package export

import (
	"strconv"
	"strings"
)

// Line is code that loads an export, to be pasted.
type Line struct {
	Language string `json:"language"` // "Python", "MATLAB"
	Code     string `json:"code"`     // one line, imports included
}

// Loader gives the lines that load the export of this format from its URL
// (read-only key included), Python's first. several says that the URL gives
// more than one table. nil for an unknown format.
func Loader(format, url string, several bool) []Line {
	const get = `urllib.request.urlopen(URL)`
	key := format
	if several && (format == "csv" || format == "json" || format == "xlsx") {
		key += "s"
	}
	code, ok := map[string][2]string{
		"csv": {`import pandas as pd; data = pd.read_csv(URL, parse_dates=["time"])`,
			`data = readtable(URL, "FileType", "text");`},
		"csvs": {`import io, urllib.request, zipfile, pandas as pd; files = zipfile.ZipFile(io.BytesIO(` + get + `.read())); ` +
			`data = {n[:-4]: pd.read_csv(files.open(n), parse_dates=["time"]) for n in files.namelist()}`,
			`data = cellfun(@readtable, unzip(websave("data.zip", URL)), "UniformOutput", false);`},
		"json": {`import json, urllib.request, pandas as pd; table = json.load(` + get + `)["tables"][0]; ` +
			`data = pd.DataFrame(table["rows"], columns=table["headings"])`,
			`data = webread(URL).tables(1);`},
		"jsons": {`import json, urllib.request, pandas as pd; tables = json.load(` + get + `)["tables"]; ` +
			`data = [pd.DataFrame(t["rows"], columns=t["headings"]) for t in tables]`,
			`data = webread(URL).tables;`},
		"xlsx": {`import pandas as pd; data = pd.read_excel(URL)`,
			`data = readtable(websave("data.xlsx", URL));`},
		"xlsxs": {`import pandas as pd; data = pd.read_excel(URL, sheet_name=None)`,
			`file = websave("data.xlsx", URL); data = arrayfun(@(s) readtable(file, "Sheet", s), sheetnames(file), "UniformOutput", false);`},
		"mat": {`import io, urllib.request, scipy.io; data = scipy.io.loadmat(io.BytesIO(` + get + `.read()))`,
			`data = load(websave("data.mat", URL));`},
		"npz":   {`import io, urllib.request, numpy as np; data = np.load(io.BytesIO(` + get + `.read()))`},
		"pkl":   {`import pickle, urllib.request; data = pickle.load(` + get + `)`},
		"ipynb": {`import urllib.request; urllib.request.urlretrieve(URL, "labbroker.ipynb")`},
	}[key]
	if !ok {
		return nil
	}
	lines := []Line{{"Python", strings.Replace(code[0], "URL", pythonText(url), 1)}}
	if code[1] != "" {
		lines = append(lines, Line{"MATLAB", strings.Replace(code[1], "URL", matlabText(url), 1)})
	}
	return lines
}

// pythonText is text as a literal of Python, which knows all of Go's escapes.
func pythonText(text string) string { return strconv.QuoteToASCII(text) }

// matlabText is text as a string of MATLAB.
func matlabText(text string) string { return `"` + strings.ReplaceAll(text, `"`, `""`) + `"` }
