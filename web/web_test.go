package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"
)

// own are the files written for labbroker: all but the third-party ones.
func own(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, root := range []fs.FS{Templates, Static} {
		err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasPrefix(name, "vendor/") {
				return err
			}
			b, err := fs.ReadFile(root, name)
			texts[name] = string(b)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return texts
}

func TestVendoredFilesMatchTheirHashes(t *testing.T) {
	t.Parallel()
	text, err := Static.ReadFile("vendor/vendor.json")
	if err != nil {
		t.Fatal(err)
	}
	var scripts []struct {
		Name, Version, Licence, Integrity string
		Files                             []struct{ From, File, SHA256 string }
	}
	if err := json.Unmarshal(text, &scripts); err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{"vendor.json": true}
	for _, s := range scripts {
		if s.Name == "" || s.Version == "" || s.Licence == "" || !strings.HasPrefix(s.Integrity, "sha512-") {
			t.Errorf("got %+v, want name, version, licence and integrity", s)
		}
		for _, f := range s.Files {
			listed[f.File] = true
			content, err := Static.ReadFile("vendor/" + f.File)
			if err != nil {
				t.Error(err)
				continue
			}
			sum := sha256.Sum256(content)
			if got := hex.EncodeToString(sum[:]); got != f.SHA256 {
				t.Errorf("%s: got sha256 %s, want %s", f.File, got, f.SHA256)
			}
		}
	}
	entries, err := Static.ReadDir("vendor")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !listed[e.Name()] {
			t.Errorf("vendor/%s: got a file that vendor.json does not list", e.Name())
		}
	}
}

func TestTemplatesParse(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"index", "session", "wall", "link", "setup"} {
		parsed, err := template.ParseFS(Templates, "templates/layout.html", "templates/page_"+page+".html")
		if err != nil {
			t.Errorf("%s: %v", page, err)
			continue
		}
		for _, name := range []string{"layout", "title", "content"} {
			if parsed.Lookup(name) == nil {
				t.Errorf("%s: got no %q", page, name)
			}
		}
	}
}

// TestNothingFromOutside: no page, style or module names another host, and
// none has what the content security policy forbids.
func TestNothingFromOutside(t *testing.T) {
	t.Parallel()
	const svg = "http://www.w3.org/2000/svg"
	forbidden := map[string]*regexp.Regexp{
		"an address outside": regexp.MustCompile(`https?://|["'(]//[a-z]`),
		"a style attribute":  regexp.MustCompile(`(?i)<[a-z][^>]*\sstyle=|setAttribute\(['"]style`),
		"an event attribute": regexp.MustCompile(`(?i)<[a-z][^>]*\son[a-z]+=`),
		"written markup":     regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write`),
		"evaluated text":     regexp.MustCompile(`\beval\(|new Function`),
	}
	for name, text := range own(t) {
		text = strings.ReplaceAll(text, svg, "")
		for what, pattern := range forbidden {
			if found := pattern.FindString(text); found != "" {
				t.Errorf("%s: got %s (%q), want none", name, what, found)
			}
		}
	}
}

// TestImports: every module that is imported is there.
func TestImports(t *testing.T) {
	t.Parallel()
	pattern := regexp.MustCompile(`(?m)^import\s[^'"]*['"]([^'"]+)['"]`)
	for name, text := range own(t) {
		if path.Ext(name) != ".js" {
			continue
		}
		for _, m := range pattern.FindAllStringSubmatch(text, -1) {
			if _, err := fs.Stat(Static, path.Join(path.Dir(name), m[1])); err != nil {
				t.Errorf("%s: imports %s: %v", name, m[1], err)
			}
		}
	}
}
