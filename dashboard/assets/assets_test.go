package assets

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func files(t *testing.T, texts map[string]string) *Files {
	t.Helper()
	m := fstest.MapFS{}
	for name, text := range texts {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	f, err := Read(m)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestModules(t *testing.T) {
	t.Parallel()
	f := files(t, map[string]string{
		"js/wall.js":     "import {a} from './a.js'\nimport big from \"../vendor/big.mjs\"\nimport './gone.js'\n// import './said.js'\n",
		"js/a.js":        "export {b} from './b.js'\nimport './wall.js'\n",
		"js/b.js":        "const text = \"import './said.js'\"\n",
		"js/said.js":     "",
		"vendor/big.mjs": "",
	})
	want := []string{"vendor/big.mjs", "js/a.js", "js/b.js"}
	if got := f.Modules("js/wall.js"); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := f.Modules("js/none.js"); len(got) != 0 {
		t.Errorf("got %v of no script, want nothing", got)
	}
}

// TestEdition: one changed byte, or one more name, is another edition.
func TestEdition(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for name, texts := range map[string]map[string]string{
		"none": {}, "one": {"a.js": "1"}, "another text": {"a.js": "2"}, "another name": {"b.js": "1"}, "two": {"a.js": "1", "b.js": "1"},
	} {
		got := files(t, texts).Edition()
		if other, known := seen[got]; known || !strings.HasPrefix(got, editionMark) {
			t.Errorf("%s: got %q as of %q, want one of its own", name, got, other)
		}
		seen[got] = name
		if again := files(t, texts).Edition(); again != got {
			t.Errorf("%s: got %q and %q of the same files", name, got, again)
		}
	}
	f, err := Read(nil)
	if err != nil || f.Edition() != files(t, nil).Edition() {
		t.Errorf("got %q, %v of nil, want the edition of no files", f.Edition(), err)
	}
}

// TestServe is which form a browser gets, and for how long it may keep it.
func TestServe(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 400)
	f := files(t, map[string]string{"css/base.css": long, "small.js": "1", "dot.png": long})
	for _, tc := range []struct {
		name, path, accept, ranged string
		packed                     bool
		caching                    string // "" = nothing there
	}{
		{"plain", "css/base.css", "", "", false, "no-cache"},
		{"packed", "css/base.css", "br, GZip;q=0.5", "", true, "no-cache"},
		{"not wanted packed", "css/base.css", "gzip; q=0", "", false, "no-cache"},
		{"a part", "css/base.css", "gzip", "bytes=0-3", false, "no-cache"},
		{"too small to pack", "small.js", "gzip", "", false, "no-cache"},
		{"packed already", "dot.png", "gzip", "", false, "no-cache"},
		{"of this edition", f.Edition() + "/small.js", "", "", false, "public, max-age=31536000, immutable"},
		{"of another edition", "v-000000000000/small.js", "", "", false, "no-cache"},
		{"nothing there", "js/none.js", "gzip", "", false, ""},
		{"a folder", "css", "", "", false, ""},
		{"nothing there in this edition", f.Edition() + "/none.js", "", "", false, ""},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", tc.accept)
		if tc.ranged != "" {
			r.Header.Set("Range", tc.ranged)
		}
		w := httptest.NewRecorder()
		if there := f.Serve(w, r, tc.path); there != (tc.caching != "") || !there && (w.Body.Len() > 0 || len(w.Header()) > 0) {
			t.Errorf("%s: got %v, %d bytes, %v, want a file or nothing", tc.name, there, w.Body.Len(), w.Header())
		}
		if got := w.Header().Get("Cache-Control"); got != tc.caching {
			t.Errorf("%s: got Cache-Control %q, want %q", tc.name, got, tc.caching)
		}
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != tc.packed {
			t.Errorf("%s: got packed %v, want %v", tc.name, got, tc.packed)
		}
		if tc.ranged != "" && (w.Code != http.StatusPartialContent || w.Body.String() != "word") {
			t.Errorf("%s: got %d %q, want the part", tc.name, w.Code, w.Body)
		}
	}
	f.Pack(t.Context()) // while served or after: the bytes are the same
	if len(f.byName["css/base.css"].gz()) >= len(long) {
		t.Error("got a packed file that is no smaller")
	}
}
