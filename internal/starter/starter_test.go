package starter

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// awkward is what careless quoting breaks on.
var awkward = Settings{
	Hosts: []string{"labbroker-2.local", "192.168.1.5"}, Port: 1884, Modules: "http://192.168.1.5:8080/mip/",
	Session: "ada-2", Password: `p"a\s??/s` + "\x7fäΩ日1",
	WiFi: `EE49 "lab" \n`, WiFiPassword: "tab\there",
}

func files(t *testing.T, s Settings) map[string]string {
	t.Helper()
	list, err := Files(s)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range list {
		all[f.Kind] = f.Text
		if f.Name == "" || f.Title == "" {
			t.Errorf("%s: got no name or title", f.Kind)
		}
	}
	return all
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFilesAreASCII(t *testing.T) {
	t.Parallel()
	for kind, text := range files(t, awkward) {
		if i := strings.IndexFunc(text, func(r rune) bool { return r > 126 }); i >= 0 {
			t.Errorf("%s: byte %d is not ASCII: an editor may think otherwise of it", kind, i)
		}
	}
}

func TestNothingKnown(t *testing.T) {
	t.Parallel()
	all := files(t, Settings{Hosts: []string{"192.168.1.5"}, Port: 1883, Session: "ada"})
	for kind, want := range map[string][]string{
		"micropython": {`BROKER = "192.168.1.5"`, `WIFI = "name of the WiFi"`, `PASSWORD = "your password"`},
		"arduino":     {`BROKER = "192.168.1.5"`, `BROKER_NAME = ""`, `"name of the WiFi"`, `"your password"`},
		"python":      {`BROKER = "192.168.1.5"`, `"your password"`},
	} {
		for _, w := range want {
			if !strings.Contains(all[kind], w) {
				t.Errorf("%s: got no %s in\n%s", kind, w, all[kind])
			}
		}
	}
}

// TestPythonReadsBack what was filled in.
func TestPythonReadsBack(t *testing.T) {
	t.Parallel()
	all := files(t, awkward)
	const show = `
import ast, sys
values = {}
for node in ast.parse(open(sys.argv[1]).read()).body:
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        try: values[node.targets[0].id] = ast.literal_eval(node.value)
        except ValueError: pass
assert values["PASSWORD"] == sys.argv[2], values
assert values["SESSION"] == "ada-2" and values["PORT"] == 1884, values
if len(sys.argv) > 3:
    assert values["WIFI"] == sys.argv[3] and values["WIFI_PASSWORD"] == sys.argv[4], values
    assert values["BROKER"] == ["labbroker-2.local", "192.168.1.5"], values
`
	for kind, more := range map[string][]string{"micropython": {awkward.WiFi, awkward.WiFiPassword}, "python": nil} {
		args := append([]string{"-c", show, write(t, "x.py", all[kind]), awkward.Password}, more...)
		if out, err := exec.Command("python3", args...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", kind, err, out)
		}
	}
}

// TestArduinoCompiles as far as a compiler without the board's libraries can
// tell: their headers here declare what the sketch uses. Then the literals are
// printed, to see that they are what was filled in.
func TestArduinoCompiles(t *testing.T) {
	t.Parallel()
	compiler, err := exec.LookPath("g++")
	if err != nil {
		if compiler, err = exec.LookPath("clang++"); err != nil {
			t.Fatalf("no C++ compiler; scripts/tools.sh installs one: %v", err)
		}
	}
	for name, s := range map[string]Settings{"awkward": awkward, "plain": {Hosts: []string{"10.0.0.1"}, Port: 1883, Session: "ada"}} {
		sketch := write(t, "sketch.cpp", files(t, s)["arduino"]+"\nint main() { printf(\"%s|%s|%s|%s\", WIFI, WIFI_PASSWORD, PASSWORD, BROKER_NAME); }\n")
		program := filepath.Join(t.TempDir(), "sketch")
		if out, err := exec.Command(compiler, "-std=c++17", "-Wall", "-Werror", "-I", "testdata", "-o", program, sketch).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
			continue
		}
		out, err := exec.Command(program).Output()
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Join([]string{s.WiFi, s.WiFiPassword, s.Password, s.Local()}, "|")
		if name == "plain" {
			want = "name of the WiFi|its password|your password|"
		}
		if string(out) != want {
			t.Errorf("%s: got %q, want %q", name, out, want)
		}
	}
}

// FuzzLiterals: whatever is filled in stays inside its quotes.
func FuzzLiterals(f *testing.F) {
	f.Add(`a"b\`)
	f.Add("??/\n\xff日")
	f.Fuzz(func(t *testing.T, s string) {
		for _, quoted := range []string{python(s), c(s)} {
			inner := quoted[1 : len(quoted)-1]
			for i := 0; i < len(inner); i++ {
				switch x := inner[i]; {
				case x == '\\':
					i++
				case x == '"' || x < ' ' || x > '~':
					t.Fatalf("%q: got %s, want a literal of one line", s, quoted)
				}
			}
			if i := len(inner) - len(strings.TrimRight(inner, `\`)); i%2 != 0 || !utf8.ValidString(quoted) {
				t.Fatalf("%q: got %s, want it closed", s, quoted)
			}
		}
	})
}
