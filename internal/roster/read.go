package roster

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Options say how to read a list; the zero value is an upload's.
type Options struct {
	// Bare is for lists without headings: three columns are then name, session
	// and password. Else such a list is asked for its headings, since what
	// stands in a third column would be a guess.
	Bare bool
}

// Read reads a list. Nothing is kept of data.
func Read(data []byte, o Options) List {
	var l List
	if len(data) > MaxBytes {
		l.wrong(0, "The file is larger than %d KB: a class list is smaller.", MaxBytes>>10)
		return l
	}
	text, comma := l.text(data)
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.TrimLeadingSpace, r.ReuseRecord = comma, -1, comma != '\t', true
	var columns []field
	for first := true; ; {
		record, err := r.Read()
		if err == io.EOF {
			break
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			l.wrong(bad.StartLine, "%s.", mistake(bad))
			break // the quotes decide what a line is
		} else if err != nil {
			l.wrong(0, "The file cannot be read: %v.", err)
			break
		}
		line, _ := r.FieldPos(0)
		for i := range record {
			record[i] = strings.TrimSpace(strings.Trim(record[i], "\u200e\u200f\ufeff"))
		}
		if empty(record) {
			continue
		}
		if first {
			first = false
			var named bool
			columns, named = l.columns(line, record, o)
			if len(l.Problems) > 0 {
				return l
			}
			if named {
				continue
			}
		}
		if len(l.Rows) >= MaxRows {
			l.wrong(line, "The list has more than %d people. Upload it in parts.", MaxRows)
			break
		}
		l.row(line, record, columns)
	}
	if len(l.Rows) == 0 && len(l.Problems) == 0 {
		l.wrong(0, "The list is empty: one line for each person, under a line of headings such as name,session,section.")
	}
	l.check()
	sortProblems(l.Problems)
	sortProblems(l.Hints)
	return l
}

// mistake is what csv found, as a sentence without its end.
func mistake(e *csv.ParseError) string {
	switch {
	case errors.Is(e.Err, csv.ErrQuote):
		return `A quotation mark stands in the middle of a field: write it twice ("") inside quotation marks`
	case errors.Is(e.Err, csv.ErrBareQuote):
		return `A quotation mark stands in a field without quotation marks around it`
	}
	return "The line cannot be read as CSV: " + e.Err.Error()
}

func empty(record []string) bool {
	for _, f := range record {
		if f != "" {
			return false
		}
	}
	return true
}

// text is the file as UTF-8, and what stands between its fields.
func (l *List) text(data []byte) (string, rune) {
	var text string
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		text = wide(data[2:], binary.LittleEndian)
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		text = wide(data[2:], binary.BigEndian)
	case utf8.Valid(data):
		text = strings.TrimPrefix(string(data), "\ufeff")
	default:
		l.hint(0, "The file is not UTF-8 and was read as Windows-1252. Look whether the names are right; if not, save it as CSV UTF-8.")
		text = western(data)
	}
	// csv ends lines at \n only: a Mac's old \r would make one line of all.
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	return between(text)
}

// between finds the delimiter: what Excel's first line "sep=;" says, else
// what the first line has most of, outside quotes.
func between(text string) (string, rune) {
	line, rest, _ := strings.Cut(text, "\n")
	if s, ok := strings.CutPrefix(strings.TrimRight(line, "\r"), "sep="); ok && (s == ";" || s == "," || s == "\t") {
		return "\n" + rest, rune(s[0]) // an empty line keeps the others' numbers
	}
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		best, most := ',', 0
		for _, d := range []rune{',', ';', '\t'} {
			n, quoted := 0, false
			for _, r := range line {
				switch {
				case r == '"':
					quoted = !quoted
				case r == d && !quoted:
					n++
				}
			}
			if n > most {
				best, most = d, n
			}
		}
		return text, best
	}
	return text, ','
}

func wide(data []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return string(utf16.Decode(units))
}

// high are the characters 0x80 to 0x9f of Windows-1252; the others are
// Unicode's own.
const high = "€\ufffd‚ƒ„…†‡ˆ‰Š‹Œ\ufffdŽ\ufffd\ufffd‘’“”•–—˜™š›œ\ufffdžŸ"

func western(data []byte) string {
	table := []rune(high)
	out := make([]rune, len(data))
	for i, b := range data {
		if out[i] = rune(b); b >= 0x80 && b < 0xa0 {
			out[i] = table[b-0x80]
		}
	}
	return string(out)
}

// columns finds what each column is: by the headings where record is one, else
// by place.
func (l *List) columns(line int, record []string, o Options) (columns []field, named bool) {
	columns = make([]field, len(record))
	at := map[field]int{}
	var strange []string
	for i, heading := range record {
		f := headings[letters(heading)]
		if columns[i] = f; f == unknown {
			if heading != "" {
				strange = append(strange, short(heading))
			}
			continue
		}
		if _, twice := at[f]; twice {
			if f == fieldName || f == fieldFirst || f == fieldLast {
				columns[i] = unknown
				continue
			}
			l.wrong(line, "Two columns are the %s.", titles[f])
		}
		at[f] = i
	}
	_, name := at[fieldName]
	_, first := at[fieldFirst]
	_, last := at[fieldLast]
	_, sess := at[fieldSession]
	switch {
	case name || first || last:
		if len(strange) > 0 {
			l.hint(line, "Not used: %s. Columns that are read: name, session, section, password, display name, team, seat.", strings.Join(strange[:min(len(strange), 5)], ", "))
		}
		return columns, true
	case len(at) > 1 || sess && len(record) == 1:
		if sess { // people are called by their session then
			return columns, true
		}
		l.wrong(line, "The headings have no name. Name the column of names: name.")
		return columns, true
	}
	bare := []field{fieldName, fieldSession, fieldPassword}
	for i := range columns {
		if columns[i] = unknown; i < len(bare) {
			columns[i] = bare[i]
		}
	}
	if len(record) > 2 && !o.Bare {
		l.wrong(line, "The first line has to say what the columns are, such as name,session,section,password.")
	}
	return columns, false
}

// row takes a line as a person.
func (l *List) row(line int, record []string, columns []field) {
	r := Row{Line: line}
	first, last := "", ""
	for i, text := range record {
		if i >= len(columns) {
			if text != "" {
				l.wrong(line, "The line has more fields than the first one. A comma or a semicolon in a name needs quotation marks around the name.")
				break
			}
			continue
		}
		switch columns[i] {
		case fieldName:
			r.Name = text
		case fieldFirst:
			first = text
		case fieldLast:
			last = text
		case fieldDisplay:
			r.Display = text
		case fieldSession:
			r.Session = strings.TrimSuffix(text, "/")
		case fieldTeam:
			r.Team = text
		case fieldSection:
			r.Section = text
		case fieldSeat:
			r.Seat = text
		case fieldPassword:
			r.Password = text
		}
	}
	switch whole := strings.TrimSpace(first + " " + last); {
	case r.Name != "" && first != "" && last == "":
		r.Name = first + " " + r.Name // "name" beside "first name" is the last
	case r.Name == "" && whole != "":
		r.Name = whole
	case !slices.ContainsFunc(columns, func(f field) bool { return f == fieldName || f == fieldFirst || f == fieldLast }):
		r.Name = r.Session
	}
	r.Name = strings.Join(strings.Fields(r.Name), " ")
	l.Rows = append(l.Rows, r)
}
