// Package arch states who may import whom. It has a test only: the rules are
// the table below, read against the imports in the source.
package arch

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "labbroker/"

// allowed lists, for each room, the rooms of the program that its non-test
// code may import. A room is a folder with all below it, the longest name
// that fits; a folder without a line may import nothing of the program.
var allowed = map[string][]string{
	"cmd/labbroker": {"broker", "hooks", "dashboard", "web", "internal", "sensor", "examples"},

	"broker":         {"internal/packets", "internal/rules", "internal/session", "internal/presence", "internal/notice", "internal/wal"},
	"broker/durable": {"internal/wal"},
	"hooks":          {"hooks/policy", "internal/rules", "internal/session", "internal/presence", "internal/notice", "internal/account", "internal/ingest"},
	"hooks/policy":   {"internal/session", "internal/notice"},
	"dashboard":      {"internal/session", "internal/presence", "internal/notice", "internal/account", "internal/class", "internal/desk", "internal/series", "internal/live", "internal/ingest", "internal/export", "internal/lab", "internal/packets", "internal/plot", "internal/qr", "internal/roster", "internal/starter", "sensor"},
	"web":            {},
	"examples":       {},

	"dashboard/assets":   {},
	"dashboard/bench":    {"internal/lab", "internal/live", "internal/plot", "internal/series", "internal/session", "sensor"},
	"dashboard/chart":    {"internal/live", "internal/plot", "internal/series", "sensor"},
	"dashboard/download": {"internal/session"},
	"dashboard/pass":     {"internal/session"},
	"dashboard/standing": {"internal/live", "internal/notice", "internal/presence", "internal/session"},

	"internal/account":    {"internal/atomicfile", "internal/session"},
	"internal/class":      {"internal/atomicfile", "internal/session"},
	"internal/desk":       {"internal/atomicfile", "internal/session"},
	"internal/atomicfile": {},
	"internal/export":     {"internal/live"}, // for how times and numbers are written
	"internal/ingest":     {"internal/series", "internal/session", "internal/notice", "sensor"},
	"internal/lab":        {"internal/atomicfile", "internal/series", "internal/session", "sensor"},
	"internal/lan":        {},
	"internal/live":       {"internal/series", "internal/session", "internal/notice", "internal/presence", "sensor"},
	"internal/mdns":       {"internal/lan"},
	"internal/notice":     {"internal/session"},
	"internal/packets":    {},
	"internal/plot":       {},
	"internal/presence":   {"internal/session"},
	"internal/qr":         {},
	"internal/rules":      {"internal/notice"},
	"internal/starter":    {},
	"internal/roster":     {"internal/class", "internal/session"},
	"internal/journal":    {"internal/wal"},
	"internal/runs":       {"internal/ingest", "internal/notice", "internal/plot", "internal/series", "internal/session", "sensor"},
	"internal/series":     {"internal/journal", "internal/series", "internal/session", "sensor"},
	"internal/session":    {},
	"internal/wal":        {},
	"internal/simulate":   {"internal/session", "internal/board", "sensor"},
	"internal/board":      {"internal/session", "sensor"},

	"sensor": {"sensor"},
}

// owners lists outside libraries that only these rooms may import.
var owners = map[string][]string{
	"github.com/mochi-mqtt/":       {"broker"},
	"github.com/go-echarts/":       {"dashboard/chart"},
	"gonum.org/v1/plot":            {"internal/plot"},
	"codeberg.org/":                {"internal/plot"},
	"git.sr.ht/":                   {"internal/plot"},
	"periph.io/":                   {"sensor", "internal/board", "internal/simulate"},
	"periph.io/x/devices/":         {"sensor"},
	"periph.io/x/host/":            {"sensor"},
	"modernc.org/":                 {"internal/series/sqlite"},
	"github.com/alecthomas/kong":   {"cmd/labbroker"},
	"github.com/BurntSushi/toml":   {"cmd/labbroker"},
	"github.com/prometheus/":       {"dashboard", "cmd/labbroker"},
	"github.com/coder/websocket":   {"broker", "internal/board"},
	"golang.org/x/crypto/argon2":   {"internal/account"},
	"golang.org/x/text/":           {"internal/roster"},
	"golang.org/x/net/":            {"internal/mdns"},
	"golang.org/x/time/":           {"dashboard"},
	"github.com/xuri/excelize/":    {"internal/export"},
	"github.com/gofrs/flock":       {"internal/series/sqlite", "internal/account"},
	"github.com/eclipse/paho.mqtt": {"internal/simulate", "internal/board"},
	"rsc.io/qr":                    {"internal/qr"},
}

func TestImports(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && (name == "testdata" || name == "node_modules" || strings.HasPrefix(name, ".")) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(rel)
		if strings.HasSuffix(dir, "test") { // helpers of tests: seriestest, brokertest
			return nil
		}
		files++
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, imp := range f.Imports {
			p, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				return err
			}
			if why := forbidden(dir, p); why != "" {
				t.Errorf("%s/%s imports %s: %s", dir, name, p, why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 20 {
		t.Errorf("got %d source files, want the whole tree: is the test looking at the right folder?", files)
	}
}

// forbidden says why dir may not import path, "" where it may.
func forbidden(dir, path string) string {
	if inner, ours := strings.CutPrefix(path, module); ours {
		room := longest(allowed, dir)
		if room == "" {
			return "the folder has no line in the table of rooms"
		}
		if within(inner, room) || slices.ContainsFunc(allowed[room], func(a string) bool { return within(inner, a) }) {
			return ""
		}
		return room + " may not look there"
	}
	owner := ""
	for prefix := range owners {
		if strings.HasPrefix(path, prefix) && len(prefix) > len(owner) {
			owner = prefix
		}
	}
	if owner == "" || slices.ContainsFunc(owners[owner], func(a string) bool { return within(dir, a) }) {
		if owner != "" && within(dir, "hooks/policy") {
			return "the policy is pure"
		}
		return ""
	}
	return "it belongs to " + strings.Join(owners[owner], " and ")
}

func longest(rooms map[string][]string, dir string) string {
	best := ""
	for room := range rooms {
		if within(dir, room) && len(room) > len(best) {
			best = room
		}
	}
	return best
}

func within(path, room string) bool {
	return path == room || strings.HasPrefix(path, room+"/")
}

func TestForbidden(t *testing.T) {
	t.Parallel()
	tests := []struct {
		dir, path string
		ok        bool
	}{
		{"broker", "labbroker/internal/session", true},
		{"broker", "labbroker/dashboard", false},
		{"dashboard", "labbroker/broker", false},
		{"web", "labbroker/dashboard", false},
		{"internal/live", "labbroker/dashboard", false},
		{"sensor", "labbroker/internal/series", false},
		{"internal/unheard", "labbroker/sensor", false},
		{"hooks/policy", "github.com/mochi-mqtt/server/v2", false},
		{"hooks", "github.com/mochi-mqtt/server/v2", false},
		{"broker", "github.com/mochi-mqtt/server/v2", true},
		{"dashboard", "github.com/mochi-mqtt/server/v2/packets", false},
		{"dashboard", "labbroker/dashboard/chart", true},
		{"dashboard/chart", "labbroker/dashboard", false},
		{"dashboard", "github.com/go-echarts/go-echarts/v2/opts", false},
		{"dashboard/chart", "github.com/go-echarts/go-echarts/v2/opts", true},
		{"internal/simulate", "periph.io/x/conn/v3/i2c", true},
		{"internal/simulate", "periph.io/x/host/v3", false},
		{"internal/series", "modernc.org/sqlite", false},
		{"internal/series/sqlite", "modernc.org/sqlite", true},
	}
	for _, tt := range tests {
		if got := forbidden(tt.dir, tt.path); (got == "") != tt.ok {
			t.Errorf("%s importing %s: got %q, want allowed = %v", tt.dir, tt.path, got, tt.ok)
		}
	}
}

// TestMonotonic: the broker's deadlines do not hang on the wall clock, which
// steps, and would end every connection at once.
func TestMonotonic(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../broker/*.go")
	if err != nil || len(files) < 20 {
		t.Fatalf("the broker's files: got %d, %v", len(files), err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), ".UnixNano()") {
			t.Errorf("%s compares times of the wall clock: instant() is for deadlines", name)
		}
	}
}
