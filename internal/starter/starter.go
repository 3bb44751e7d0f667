// Package starter writes the code with which a student begins: finished, with
// the class's WiFi, the broker's addresses, the session and its password in it.
// Whose they are is the caller's part.
package starter

import (
	"bytes"
	"embed"
	"fmt"
	"strconv"
	"strings"
	"text/template"
)

// Settings are what stands in the code. The texts may hold anything.
type Settings struct {
	Hosts        []string // of the broker, in the order in which they are tried; at least one
	Port         int      // of the broker
	Modules      string   // address of the modules for boards, http://.../mip/
	Session      string
	Password     string // "" = not known here: the code has a placeholder
	WiFi         string // "" = not known here
	WiFiPassword string
}

// Placeholders stand where something is not known.
const (
	PasswordHere = "your password"
	wifiHere     = "name of the WiFi"
	wifiPassHere = "its password"
)

// File is one program.
type File struct {
	Kind  string // "micropython", "arduino" or "python"
	Title string
	Name  string // of the file
	Text  string
}

//go:embed *.tmpl
var templates embed.FS

var parsed = template.Must(template.New("").Funcs(template.FuncMap{
	"py": python, "c": c, "pylist": pythonList,
}).ParseFS(templates, "*.tmpl"))

// Files are the programs, the usual one first. It fails on a programmer's
// mistake only.
func Files(s Settings) ([]File, error) {
	if s.Password == "" {
		s.Password = PasswordHere
	}
	if s.WiFi == "" {
		s.WiFi, s.WiFiPassword = wifiHere, wifiPassHere
	}
	files := []File{
		{Kind: "micropython", Title: "MicroPython", Name: "main.py"},
		{Kind: "arduino", Title: "Arduino", Name: s.Session + ".ino"},
		{Kind: "python", Title: "Host (Python)", Name: "host.py"},
	}
	for i := range files {
		var b bytes.Buffer
		if err := parsed.ExecuteTemplate(&b, files[i].Kind+".tmpl", s); err != nil {
			return nil, fmt.Errorf("write %s: %w", files[i].Name, err)
		}
		files[i].Text = b.String()
	}
	return files, nil
}

// Numeric is the last host that is an address, or else the last: what is left
// where a name is not found.
func (s Settings) Numeric() string { return s.Hosts[len(s.Hosts)-1] }

// Local is the host's name without .local, "" where none is given.
func (s Settings) Local() string {
	for _, h := range s.Hosts {
		if label, ok := strings.CutSuffix(h, ".local"); ok {
			return label
		}
	}
	return ""
}

// python is a literal of Python's and MicroPython's, in ASCII.
func python(s string) string { return strconv.QuoteToASCII(strings.ToValidUTF8(s, "\uFFFD")) }

// pythonList is one text, or a list of them.
func pythonList(list []string) string {
	if len(list) == 1 {
		return python(list[0])
	}
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = python(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// c is a literal of C's: bytes that need it in octal, which, unlike
// hexadecimal, ends after three digits.
func c(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch x := s[i]; {
		case x == '"' || x == '\\':
			b.WriteByte('\\')
			b.WriteByte(x)
		case x < ' ' || x > '~' || x == '?': // ?? begins a trigraph
			fmt.Fprintf(&b, `\%03o`, x)
		default:
			b.WriteByte(x)
		}
	}
	b.WriteByte('"')
	return b.String()
}
