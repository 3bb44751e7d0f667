// Package assets serves the files that pages are made of, as they are and
// compressed, and knows which modules a page's script loads.
//
// Pages name the files with the edition in front, v-1f2e3d4c5b6a/js/..., which
// modules hand on to what they import: browsers keep those for good and ask
// again after an upgrade only. By the plain name they ask each time whether
// theirs is still right.
package assets

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Files are all files of a program; they never change.
type Files struct {
	byName  map[string]*file
	edition string
}

// file is one of them.
type file struct {
	kind  string
	plain []byte
	etag  string        // without quotes
	gz    func() []byte // made at the start or the first request, then kept; nil where it gains nothing
}

// kinds are fixed here: the system's own table differs from one to the next.
var kinds = map[string]string{
	".js":    "text/javascript; charset=utf-8",
	".mjs":   "text/javascript; charset=utf-8",
	".css":   "text/css; charset=utf-8",
	".html":  "text/html; charset=utf-8",
	".txt":   "text/plain; charset=utf-8",
	".json":  "application/json; charset=utf-8",
	".svg":   "image/svg+xml",
	".png":   "image/png",
	".ico":   "image/x-icon",
	".woff2": "font/woff2",
}

// minGzip is the size from which compressing is worth it.
const minGzip = 1024

// Read takes all files of a file system into memory; nil has none.
func Read(from fs.FS) (*Files, error) {
	f := &Files{byName: map[string]*file{}}
	if from == nil {
		f.edition = editionOf(f.byName)
		return f, nil
	}
	err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		f.byName[name] = newFile(name, b)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read static files: %w", err)
	}
	f.edition = editionOf(f.byName)
	return f, nil
}

// editionMark begins the part of an address that names an edition.
const editionMark = "v-"

// Edition is a name for all files together: others have another one. Before a
// file's name it makes an address that always means the same bytes.
func (f *Files) Edition() string { return f.edition }

func editionOf(files map[string]*file) string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(sum, "%s\x00%s\x00", name, files[name].etag)
	}
	return editionMark + hex.EncodeToString(sum.Sum(nil)[:6])
}

// imported finds the files that a module imports when it is loaded.
var imported = regexp.MustCompile(`(?m)^(?:import|export)\b[^'";]*['"](\.[^'"]+)['"]`)

// Modules are all modules that a script's loading loads: third-party ones,
// which are large, then the nearest first. A page that names them is ready
// after one round of requests, not after as many as imports are nested.
func (f *Files) Modules(script string) []string {
	list := []string{script}
	for at := 0; at < len(list); at++ {
		a := f.byName[list[at]]
		if a == nil {
			continue
		}
		for _, m := range imported.FindAllSubmatch(a.plain, -1) {
			name := path.Join(path.Dir(list[at]), string(m[1]))
			if f.byName[name] != nil && !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
	}
	list = list[1:]
	slices.SortStableFunc(list, func(a, b string) int { return strings.Compare(path.Dir(b), path.Dir(a)) })
	return list
}

func newFile(name string, b []byte) *file {
	sum := sha256.Sum256(b)
	a := &file{kind: kinds[path.Ext(name)], plain: b, etag: hex.EncodeToString(sum[:12])}
	if a.kind == "" {
		a.kind = "application/octet-stream"
	}
	if len(b) >= minGzip && !strings.HasPrefix(a.kind, "image/png") && !strings.HasPrefix(a.kind, "font/") {
		a.gz = sync.OnceValue(func() []byte { return compress(b) })
	}
	return a
}

// Pack compresses them, so that the first page is as quick as the next. It ends
// with ctx, and may run while files are served.
func (f *Files) Pack(ctx context.Context) {
	for _, a := range f.byName {
		if a.gz != nil && ctx.Err() == nil {
			a.gz()
		}
	}
}

func compress(b []byte) []byte {
	var z bytes.Buffer
	w, _ := gzip.NewWriterLevel(&z, 5) // a valid level; 9 gains 1 % in twice the time
	_, _ = w.Write(b)                  // a Buffer takes all
	_ = w.Close()
	return z.Bytes()
}

// Serve answers a request for a file, with or without an edition before its
// name. It says whether there is one; if not, nothing is written.
func (f *Files) Serve(w http.ResponseWriter, r *http.Request, name string) bool {
	caching := "no-cache"
	if edition, rest, ok := strings.Cut(name, "/"); ok && strings.HasPrefix(edition, editionMark) {
		// A page of another edition, open since before an upgrade, gets what there is.
		if name = rest; edition == f.edition {
			caching = "public, max-age=31536000, immutable"
		}
	}
	a := f.byName[name]
	if a == nil {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", caching)
	body, etag := a.plain, a.etag
	if a.gz != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Get("Accept-Encoding")) && r.Header.Get("Range") == "" {
			body, etag = a.gz(), a.etag+"-gz"
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("ETag", `"`+etag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	return true
}

func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(coding, "gzip") && strings.TrimSpace(q) != "q=0" {
			return true
		}
	}
	return false
}
