package wal

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// A segment is a header and records without a gap:
//
//	header  magic(8) format(1) 0(1) version(2) kind(8) segment(4) salt(4) crc(4)
//	record  crc(4) length(uvarint, not 0) data
//	mark    crc(4) 0 "\xffsynced"(7) pos(8): all before pos was synced
//
// Numbers are little endian. Sums are CRC-32C over what follows them; they
// start from the header's, so that no byte of another segment passes, and the
// salt is random, so that nobody who fills records can forge one.
const (
	magic     = "labwal\r\n"
	format    = 1
	headerLen = 32
	frameLen  = 5 // sum and one byte of length
	markLen   = 20
	markSign  = "\x00\xffsynced"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Pos is a place in the log; later ones are greater. 0 is before everything.
type Pos uint64

func posAt(segment uint32, offset int64) Pos { return Pos(segment)<<32 | Pos(uint32(offset)) }

// Segment is the number of the segment, from 1.
func (p Pos) Segment() uint32 { return uint32(p >> 32) }

// Offset is the place inside the segment's file.
func (p Pos) Offset() int64 { return int64(uint32(p)) }

func (p Pos) String() string { return fmt.Sprintf("%d:%d", p.Segment(), p.Offset()) }

// Span is a record's place with its frame: Size bytes from At.
type Span struct {
	At   Pos
	Size uint32
}

// End is the place after the record, to be given to Commit.
func (s Span) End() Pos { return s.At + Pos(s.Size) }

type header struct {
	format  byte
	version uint16
	kind    [8]byte
	segment uint32
	salt    uint32
	seed    uint32 // the sum, which the segment's records start from
}

// encode returns the header's bytes and sets its seed.
func (h *header) encode() []byte {
	b := make([]byte, 0, headerLen)
	b = append(b, magic...)
	b = append(b, h.format, 0)
	b = binary.LittleEndian.AppendUint16(b, h.version)
	b = append(b, h.kind[:]...)
	b = binary.LittleEndian.AppendUint32(b, h.segment)
	b = binary.LittleEndian.AppendUint32(b, h.salt)
	h.seed = crc32.Checksum(b, castagnoli)
	return binary.LittleEndian.AppendUint32(b, h.seed)
}

// decodeHeader returns what a segment's file begins with; ok = false says that
// this is no header of this format, known = false not even of another.
func decodeHeader(b []byte) (h header, known, ok bool) {
	if len(b) < headerLen || string(b[:len(magic)]) != magic {
		return h, false, false
	}
	h.format = b[8]
	if h.format != format {
		return h, true, false
	}
	h.seed = crc32.Checksum(b[:headerLen-4], castagnoli)
	if h.seed != binary.LittleEndian.Uint32(b[headerLen-4:]) {
		return h, true, false
	}
	h.version = binary.LittleEndian.Uint16(b[10:])
	copy(h.kind[:], b[12:])
	h.segment = binary.LittleEndian.Uint32(b[20:])
	h.salt = binary.LittleEndian.Uint32(b[24:])
	return h, true, true
}

// seal frames the record that stands in b after frameLen bytes at start.
func seal(b []byte, start int, seed uint32) []byte {
	n := len(b) - start - frameLen
	var length [binary.MaxVarintLen64]byte
	if l := binary.PutUvarint(length[:], uint64(n)); l == 1 {
		b[start+4] = length[0]
	} else {
		b = append(b, length[:l-1]...) // makes room
		copy(b[start+4+l:], b[start+frameLen:start+frameLen+n])
		copy(b[start+4:], length[:l])
	}
	binary.LittleEndian.PutUint32(b[start:], crc32.Update(seed, castagnoli, b[start+4:]))
	return b
}

func appendMark(b []byte, synced Pos, seed uint32) []byte {
	start := len(b)
	b = append(b, 0, 0, 0, 0)
	b = append(b, markSign...)
	b = binary.LittleEndian.AppendUint64(b, uint64(synced))
	binary.LittleEndian.PutUint32(b[start:], crc32.Update(seed, castagnoli, b[start+4:]))
	return b
}

// frame is what stands at one place of a segment.
type frame struct {
	data   []byte // nil for a mark
	synced Pos    // of a mark
	size   int    // 0 = nothing valid
}

func readFrame(b []byte, seed uint32) frame {
	if len(b) < frameLen {
		return frame{}
	}
	n, l := binary.Uvarint(b[4:])
	size := markLen
	if n > 0 {
		if l <= 0 || n > uint64(len(b)-4-l) {
			return frame{}
		}
		size = 4 + l + int(n)
	} else if len(b) < markLen || string(b[4:4+len(markSign)]) != markSign {
		return frame{}
	}
	if crc32.Update(seed, castagnoli, b[4:size]) != binary.LittleEndian.Uint32(b) {
		return frame{}
	}
	if n == 0 {
		return frame{synced: Pos(binary.LittleEndian.Uint64(b[markLen-8:])), size: size}
	}
	return frame{data: b[4+l : size : size], size: size}
}

// syncedBehind finds out whether a later mark says that what stands at
// b[bad:] had been synced: then it was damaged later, and is no torn end.
func syncedBehind(b []byte, bad int, at func(int) Pos, seed uint32) bool {
	for i := bad; ; {
		j := bytes.Index(b[i:], []byte(markSign))
		if j < 0 {
			return false
		}
		i += j + 1
		if start := i - 1 - 4; start >= bad {
			if f := readFrame(b[start:], seed); f.size > 0 && f.data == nil && f.synced > at(bad) {
				return true
			}
		}
	}
}
