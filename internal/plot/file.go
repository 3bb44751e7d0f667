package plot

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxFile is the longest file name in bytes, folders included.
const maxFile = 200

// CleanFile makes the file name of a plot out of what was sent: a relative
// path with slashes whose folders become folders of the gallery. An empty name
// is fallback's (the series), a name without a dot in its last part is a PDF.
// Spaces around names and needless "./" go. The error is a sentence: the name
// leaves the folder, holds characters that no file may have, is too long, or
// its ending is no picture's.
func CleanFile(name, fallback string) (string, error) {
	if strings.TrimSpace(name) == "" {
		name = safe(fallback) + ".pdf"
	}
	file, err := cleanPath(name)
	if err != nil {
		return "", err
	}
	switch ext := strings.ToLower(path.Ext(file)); ext {
	case ".pdf", ".svg", ".png":
		file = file[:len(file)-len(ext)] + ext
	case "":
		file += ".pdf"
	default:
		return "", fmt.Errorf("the plot's filename %s ends in %s: use .pdf, .svg or .png", quoteShort(name), ext)
	}
	if strings.HasPrefix(path.Base(file), ".") {
		return "", fmt.Errorf("the plot's filename %s has no name before the ending: give it one, such as IV.pdf", quoteShort(name))
	}
	if len(file) > maxFile {
		return "", fmt.Errorf("the filename %s is %d bytes long, %d are allowed: use a shorter one", quoteShort(name), len(file), maxFile)
	}
	return file, nil
}

// CleanSaved is CleanFile for save_series: every ending is fine, none becomes
// .pkl.
func CleanSaved(name, fallback string) (string, error) {
	if strings.TrimSpace(name) == "" {
		name = safe(fallback) + ".pkl"
	}
	file, err := cleanPath(name)
	if err != nil {
		return "", err
	}
	if path.Ext(file) == "" {
		file += ".pkl"
	}
	if len(file) > maxFile {
		return "", fmt.Errorf("the filename %s is %d bytes long, %d are allowed: use a shorter one", quoteShort(name), len(file), maxFile)
	}
	return file, nil
}

func cleanPath(name string) (string, error) {
	if len(name) > maxFile {
		return "", fmt.Errorf("the filename %s is %d bytes long, %d are allowed: use a shorter one", quoteShort(name), len(name), maxFile)
	}
	if !utf8.ValidString(name) || strings.ContainsFunc(name, hostile) {
		return "", fmt.Errorf("the filename %s holds characters that a file may not have: use letters, digits, - and _", quoteShort(name))
	}
	if strings.HasPrefix(name, "/") || strings.HasPrefix(name, "~") {
		return "", fmt.Errorf("the filename %s begins with %s: plots are kept here under a relative name such as plots/IV.pdf", quoteShort(name), name[:1])
	}
	var parts []string
	for _, part := range strings.Split(name, "/") {
		part = strings.TrimSpace(part)
		switch {
		case part == "" || part == ".":
			continue
		case strings.HasPrefix(part, ".."):
			return "", fmt.Errorf("the filename %s leaves its folder: take out %q", quoteShort(name), part)
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 || strings.HasSuffix(name, "/") {
		return "", errors.New("the filename names a folder: add a name such as IV.pdf")
	}
	return strings.Join(parts, "/"), nil
}

// hostile tells the characters that mean something else to a file system, a
// terminal or a reader: backslash and colon are paths on Windows.
func hostile(r rune) bool {
	return r == '\\' || r == ':' || r == '*' || r == '?' || r == '"' || r == '<' || r == '>' || r == '|' ||
		unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r) ||
		unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) || r == utf8.RuneError
}

// safe makes a file name of a series' name, which may be any text. Slashes in
// it stay folders.
func safe(name string) string {
	var parts []string
	size := 0
	for _, part := range strings.Split(strings.ToValidUTF8(name, "_"), "/") {
		part = strings.Map(func(r rune) rune {
			if hostile(r) {
				return '_'
			}
			return r
		}, part)
		if part = strings.Trim(part, " .~"); part == "" {
			continue
		}
		for size+len(part) > maxFile/2 {
			_, n := utf8.DecodeLastRuneInString(part)
			part = part[:len(part)-n]
		}
		if part == "" {
			break
		}
		size += len(part)
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return "plot"
	}
	return strings.Join(parts, "/")
}
