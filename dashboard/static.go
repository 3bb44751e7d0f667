package dashboard

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

// asset is one file below /static/. Pages name the files with the edition in
// front, /static/v-1f2e3d4c5b6a/js/..., which modules hand on to what they
// import: browsers keep those for good and ask again after an upgrade only. By
// the plain address they ask each time whether theirs is still right.
type asset struct {
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

func readAssets(files fs.FS) (map[string]*asset, error) {
	assets := map[string]*asset{}
	if files == nil {
		return assets, nil
	}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		assets[name] = newAsset(name, b)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read static files: %w", err)
	}
	return assets, nil
}

// editionMark begins the part of an address that names an edition.
const editionMark = "v-"

// editionOf is a name for all assets together: others have another one.
func editionOf(assets map[string]*asset) string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(assets)) {
		fmt.Fprintf(sum, "%s\x00%s\x00", name, assets[name].etag)
	}
	return editionMark + hex.EncodeToString(sum.Sum(nil)[:6])
}

// imported finds the files that a module imports when it is loaded.
var imported = regexp.MustCompile(`(?m)^(?:import|export)\b[^'";]*['"](\.[^'"]+)['"]`)

// modulesOf are all modules that a script's loading loads: third-party ones,
// which are large, then the nearest first. A page that names them is ready
// after one round of requests, not after as many as imports are nested.
func modulesOf(assets map[string]*asset, script string) []string {
	list := []string{script}
	for at := 0; at < len(list); at++ {
		a := assets[list[at]]
		if a == nil {
			continue
		}
		for _, m := range imported.FindAllSubmatch(a.plain, -1) {
			name := path.Join(path.Dir(list[at]), string(m[1]))
			if assets[name] != nil && !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
	}
	list = list[1:]
	slices.SortStableFunc(list, func(a, b string) int { return strings.Compare(path.Dir(b), path.Dir(a)) })
	return list
}

func newAsset(name string, b []byte) *asset {
	sum := sha256.Sum256(b)
	a := &asset{kind: kinds[path.Ext(name)], plain: b, etag: hex.EncodeToString(sum[:12])}
	if a.kind == "" {
		a.kind = "application/octet-stream"
	}
	if len(b) >= minGzip && !strings.HasPrefix(a.kind, "image/png") && !strings.HasPrefix(a.kind, "font/") {
		a.gz = sync.OnceValue(func() []byte { return compress(b) })
	}
	return a
}

// packAssets compresses them, so that the first page is as quick as the next.
func (s *Server) packAssets(ctx context.Context) error {
	for _, a := range s.assets {
		if a.gz != nil && ctx.Err() == nil {
			a.gz()
		}
	}
	return nil
}

func compress(b []byte) []byte {
	var z bytes.Buffer
	w, _ := gzip.NewWriterLevel(&z, 5) // a valid level; 9 gains 1 % in twice the time
	_, _ = w.Write(b)                  // a Buffer takes all
	_ = w.Close()
	return z.Bytes()
}

func (s *Server) getStatic(w http.ResponseWriter, r *http.Request, _ call) error {
	name, caching := r.PathValue("path"), "no-cache"
	if edition, rest, ok := strings.Cut(name, "/"); ok && strings.HasPrefix(edition, editionMark) {
		// A page of another edition, open since before an upgrade, gets what there is.
		if name = rest; edition == s.edition {
			caching = "public, max-age=31536000, immutable"
		}
	}
	a := s.assets[name]
	if a == nil {
		return fail(http.StatusNotFound, "There is nothing at this address.")
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
	return nil
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
