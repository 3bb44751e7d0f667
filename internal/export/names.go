package export

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// fileNames are names for the tables' files, different from each other on
// systems that do not tell capitals apart, and safe to unpack everywhere.
func fileNames(tables []Table, ending string) []string {
	labels := make([]string, len(tables))
	for i, t := range tables {
		labels[i] = t.Label()
	}
	return FileNames(labels, ending)
}

// FileNames are names for files called like that, different from each other on
// systems that do not tell capitals apart, and safe to unpack everywhere: they
// have no folder, and no name that is a device. ending has its dot.
func FileNames(labels []string, ending string) []string {
	names := make([]string, len(labels))
	for i, label := range labels {
		names[i] = fileName(label)
	}
	names = uniqueFold(names, "_", 0)
	for i := range names {
		names[i] += ending
	}
	return names
}

// fileName keeps letters and digits of all scripts and what no file system or
// archive gives a meaning.
func fileName(label string) string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" _-.()[]+=,", r) {
			return r
		}
		return '_'
	}, strings.ToValidUTF8(label, "_"))
	clean = strings.Trim(cut(clean, 80), " .")
	if strings.HasPrefix(clean, "-") { // would be an option to a shell's programs
		clean = "_" + clean[1:]
	}
	stem, _, _ := strings.Cut(strings.ToUpper(clean), ".")
	switch {
	case clean == "":
		return "table"
	case stem == "CON", stem == "PRN", stem == "AUX", stem == "NUL",
		len(stem) == 4 && (strings.HasPrefix(stem, "COM") || strings.HasPrefix(stem, "LPT")):
		return "_" + clean // devices to Windows
	}
	return clean
}

// uniqueFold makes names different even where capitals do not count, by a
// number behind a separator, keeping them within most runes of UTF-16 (0 = any
// length).
func uniqueFold(names []string, separator string, most int, taken ...string) []string {
	used := make(map[string]bool, len(names)+len(taken))
	for _, t := range taken {
		used[strings.ToLower(t)] = true
	}
	for i, base := range names {
		for n := 2; used[strings.ToLower(names[i])]; n++ {
			number := separator + strconv.Itoa(n)
			if most > 0 {
				base = cutUTF16(base, most-len(number))
			}
			names[i] = base + number
		}
		used[strings.ToLower(names[i])] = true
	}
	return names
}

// cut keeps at most so many bytes, whole runes.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// cutUTF16 keeps at most so many UTF-16 units, whole runes.
func cutUTF16(s string, most int) string {
	for i, r := range s {
		if most--; r > 0xffff {
			most--
		}
		if most < 0 {
			return s[:i]
		}
	}
	return s
}
