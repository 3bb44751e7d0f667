package dashboard

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// asset is one file below /static/. Browsers ask each time whether theirs is
// still right, which is correct across upgrades and one short answer on a LAN.
type asset struct {
	kind  string
	plain []byte
	etag  string        // without quotes
	gz    func() []byte // made at the first request, then kept; nil where it gains nothing
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

func compress(b []byte) []byte {
	var z bytes.Buffer
	w, _ := gzip.NewWriterLevel(&z, gzip.BestCompression) // a valid level
	_, _ = w.Write(b)                                     // a Buffer takes all
	_ = w.Close()
	return z.Bytes()
}

func (s *Server) getStatic(w http.ResponseWriter, r *http.Request, _ call) error {
	a := s.assets[r.PathValue("path")]
	if a == nil {
		return fail(http.StatusNotFound, "There is nothing at this address.")
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "no-cache")
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
