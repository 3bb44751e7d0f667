// Vendorer re-creates the third-party scripts of web/vendor from their npm
// packages and verifies them: the package against the integrity and every
// file against the SHA-256 in web/vendor/vendor.json. A hash that differs
// ends it with an error, before anything is written.
//
//	go run ./web/vendorer          re-create and verify
//	go run ./web/vendorer -accept  after a new version in vendor.json: record
//	                               the hashes of what npm delivers
//
// It needs npm, and is the only part of labbroker that does.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

type script struct {
	Name      string `json:"name"`
	Version   string `json:"version"`
	Licence   string `json:"licence"`
	Integrity string `json:"integrity"` // of the package, as npm writes it: "sha512-" and base64
	Files     []file `json:"files"`
}

type file struct {
	From   string `json:"from"` // in the package
	File   string `json:"file"` // in web/vendor
	SHA256 string `json:"sha256"`
}

func main() {
	dir := flag.String("dir", "web/vendor", "`folder` with vendor.json")
	accept := flag.Bool("accept", false, "record the hashes of what npm delivers")
	flag.Parse()
	if err := run(*dir, *accept); err != nil {
		fmt.Fprintln(os.Stderr, "vendorer:", err)
		os.Exit(1)
	}
}

func run(dir string, accept bool) error {
	manifest := filepath.Join(dir, "vendor.json")
	text, err := os.ReadFile(manifest)
	if err != nil {
		return err
	}
	var scripts []script
	if err := json.Unmarshal(text, &scripts); err != nil {
		return fmt.Errorf("read %s: %w", manifest, err)
	}
	contents := map[string][]byte{}
	for i := range scripts {
		if err := unpack(&scripts[i], contents, accept); err != nil {
			return fmt.Errorf("%s@%s: %w", scripts[i].Name, scripts[i].Version, err)
		}
	}
	for name, content := range contents {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
	}
	for _, s := range scripts {
		fmt.Printf("%s %s (%s): %d files, verified\n", s.Name, s.Version, s.Licence, len(s.Files))
	}
	if !accept {
		return nil
	}
	text, err = json.MarshalIndent(scripts, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(manifest, append(text, '\n'), 0o644)
}

// unpack fetches the package of s and adds its files to contents, by their
// name in web/vendor. It compares the hashes, or with accept sets them in s.
func unpack(s *script, contents map[string][]byte, accept bool) error {
	pack, err := fetch(s.Name + "@" + s.Version)
	if err != nil {
		return err
	}
	sum := sha512.Sum512(pack)
	if err := settle("integrity", &s.Integrity, "sha512-"+base64.StdEncoding.EncodeToString(sum[:]), accept); err != nil {
		return err
	}
	inside, err := untar(pack)
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	for i := range s.Files {
		f := &s.Files[i]
		content, ok := inside["package/"+f.From]
		if !ok {
			return fmt.Errorf("the package has no %s", f.From)
		}
		sum := sha256.Sum256(content)
		if err := settle(f.From+": sha256", &f.SHA256, hex.EncodeToString(sum[:]), accept); err != nil {
			return err
		}
		contents[f.File] = content
	}
	return nil
}

func settle(what string, want *string, got string, accept bool) error {
	if accept {
		*want = got
	}
	if got != *want {
		return fmt.Errorf("%s: got %s, want %s", what, got, *want)
	}
	return nil
}

// fetch asks npm, as it is configured on this machine, for a package's
// archive. No install script runs.
func fetch(spec string) (pack []byte, err error) {
	temp, err := os.MkdirTemp("", "vendorer")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	npm := exec.Command("npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", temp, spec)
	npm.Stderr = os.Stderr
	if err := npm.Run(); err != nil {
		return nil, fmt.Errorf("npm pack: %w", err)
	}
	found, err := filepath.Glob(filepath.Join(temp, "*.tgz"))
	if err != nil || len(found) != 1 {
		return nil, fmt.Errorf("npm pack left %d archives (%v)", len(found), err)
	}
	return os.ReadFile(found[0])
}

func untar(pack []byte) (map[string][]byte, error) {
	plain, err := gzip.NewReader(bytes.NewReader(pack))
	if err != nil {
		return nil, err
	}
	inside := map[string][]byte{}
	for t := tar.NewReader(plain); ; {
		head, err := t.Next()
		if errors.Is(err, io.EOF) {
			return inside, nil
		}
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(t)
		if err != nil {
			return nil, err
		}
		inside[head.Name] = content
	}
}
