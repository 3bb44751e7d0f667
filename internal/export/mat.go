package export

import (
	"encoding/binary"
	"io"
	"strings"
)

// Data types and array classes of MATLAB's level 5 format.
const (
	miINT8   = 1
	miUINT16 = 4
	miINT32  = 5
	miUINT32 = 6
	miDOUBLE = 9
	miMATRIX = 14
	miUTF16  = 17

	mxCELL   = 1
	mxSTRUCT = 2
	mxCHAR   = 4
	mxDOUBLE = 6
)

// matLimit is what MATLAB's level 5 format holds in one variable.
const matLimit = 1<<31 - 1

// matArray is a value of MATLAB. Sizes stand before contents in the format, so
// they are known before anything is written.
type matArray struct {
	class      uint32
	rows, cols int64
	size       int64 // bytes that write gives, a multiple of 8
	write      func(w io.Writer) error
}

// total is the length of the whole element behind its tag.
func (a matArray) total(name string) int64 { return 16 + 16 + matSize(len(name)) + a.size }

// writeTo writes the array as an element of that name, "" inside of others.
func (a matArray) writeTo(w io.Writer, name string) error {
	if a.total(name) > matLimit {
		return ErrTooBig
	}
	le := binary.LittleEndian
	b := make([]byte, 0, 128)
	b = le.AppendUint32(b, miMATRIX)
	b = le.AppendUint32(b, uint32(a.total(name)))
	for _, v := range []uint32{miUINT32, 8, a.class, 0, miINT32, 8, uint32(a.rows), uint32(a.cols)} {
		b = le.AppendUint32(b, v)
	}
	b = appendMat(b, miINT8, []byte(name))
	if _, err := w.Write(b); err != nil {
		return err
	}
	return a.write(w)
}

// matSize is what a data element of n bytes takes: up to four fit in its tag.
func matSize(n int) int64 {
	if n > 0 && n <= 4 {
		return 8
	}
	return 8 + (int64(n)+7)/8*8
}

// appendMat appends a data element, padded to 8 bytes.
func appendMat(b []byte, kind uint32, data []byte) []byte {
	if n := len(data); n > 0 && n <= 4 {
		b = binary.LittleEndian.AppendUint32(b, uint32(n)<<16|kind)
		b = append(b, data...)
		return append(b, make([]byte, 4-n)...)
	}
	b = binary.LittleEndian.AppendUint32(b, kind)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	b = append(b, data...)
	return append(b, make([]byte, -len(data)&7)...)
}

// matColumn is a column of so many float64, written by write.
func matColumn(rows int64, write func(io.Writer) error) matArray {
	return matArray{class: mxDOUBLE, rows: rows, cols: 1, size: 8 + 8*rows, write: func(w io.Writer) error {
		b := binary.LittleEndian.AppendUint32(nil, miDOUBLE)
		b = binary.LittleEndian.AppendUint32(b, uint32(8*rows))
		if _, err := w.Write(b); err != nil {
			return err
		}
		return write(w)
	}}
}

// matText is a row of characters of 16 bits. Plain ones are stored as numbers,
// as MATLAB always has; readers take other numbers for different things, so
// with these the text says that it is UTF-16. What needs two units is replaced:
// readers disagree on how many characters that is.
func matText(text string) matArray {
	kind, n := uint32(miUINT16), int64(0)
	var data []byte
	for _, r := range text {
		if r > 0xffff {
			r = '\uFFFD'
		}
		if r > 0x7f {
			kind = miUTF16
		}
		data = binary.LittleEndian.AppendUint16(data, uint16(r))
		n++
	}
	return matArray{class: mxCHAR, rows: min(1, n), cols: n, size: matSize(len(data)),
		write: func(w io.Writer) error {
			_, err := w.Write(appendMat(nil, kind, data))
			return err
		}}
}

// matCell is a row of cells.
func matCell(cells []matArray) matArray {
	a := matArray{class: mxCELL, rows: 1, cols: int64(len(cells))}
	for _, c := range cells {
		a.size += 8 + c.total("")
	}
	a.write = func(w io.Writer) error { return writeAll(w, cells) }
	return a
}

func writeAll(w io.Writer, arrays []matArray) error {
	for _, a := range arrays {
		if err := a.writeTo(w, ""); err != nil {
			return err
		}
	}
	return nil
}

// matField is a field of a struct, or a variable.
type matField struct {
	name  string // as matNames makes them
	value matArray
}

// matStruct is one struct with these fields.
func matStruct(fields []matField) matArray {
	length := 32 // of each name with its NUL: MATLAB's oldest limit
	values := make([]matArray, len(fields))
	a := matArray{class: mxSTRUCT, rows: 1, cols: 1}
	for i, f := range fields {
		if len(f.name) >= length {
			length = 64
		}
		values[i] = f.value
		a.size += 8 + f.value.total("")
	}
	head := appendMat(nil, miINT32, binary.LittleEndian.AppendUint32(nil, uint32(length)))
	names := make([]byte, length*len(fields))
	for i, f := range fields {
		copy(names[i*length:(i+1)*length-1], f.name)
	}
	head = appendMat(head, miINT8, names)
	a.size += int64(len(head))
	a.write = func(w io.Writer) error {
		if _, err := w.Write(head); err != nil {
			return err
		}
		return writeAll(w, values)
	}
	return a
}

// matNames turns headings into names that MATLAB takes for variables and
// fields, each different from the others and from the taken ones.
func matNames(headings []string, taken ...string) []string {
	names := make([]string, len(headings))
	for i, h := range headings {
		names[i] = matName(h)
	}
	return uniqueFold(names, "_", matNameMax, taken...)
}

const matNameMax = 63

func matName(heading string) string {
	spelled := strings.NewReplacer("Ω", "Ohm", "Ω", "Ohm", "µ", "u", "μ", "u", "%", "percent").Replace(heading)
	var b strings.Builder
	gap := false
	for _, r := range spelled {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			if gap && b.Len() > 0 {
				b.WriteByte('_')
			}
			b.WriteRune(r)
			gap = false
			continue
		}
		gap = true
	}
	name := b.String()
	if name == "" {
		return "value"
	}
	if name[0] <= '9' {
		name = "x" + name
	}
	name = cut(name, matNameMax-1)
	const keywords = " break case catch classdef continue else elseif end for function global if otherwise parfor persistent return spmd switch try while "
	if strings.Contains(keywords, " "+name+" ") {
		name += "_"
	}
	return name
}
