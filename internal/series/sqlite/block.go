package sqlite

import (
	"encoding/binary"
	"errors"
	"math"

	"labbroker/internal/series"
	"labbroker/internal/series/rollup"
)

// A block is a unit in the file. Level 0 are the stretches of at most leaf
// rows that stand side by side in rows, from n = head to n = tail; each level
// above joins whole units of the one below until it has capacity(level) rows.
// Every row in rows is in one block of each level; the last one of a level
// may be short. A row's place is its n.
const (
	levels = 5
	leaf   = 64
)

func capacity(level int) int64 { return leaf << (3 * level) }

const blockColumns = `first, last, head, tail, rows, start, "end", arrived, arrived_to, device, device_to, stats`

func saveBlock(d *db, level int, id series.ID, u *rollup.Unit) error {
	return d.exec("INSERT OR REPLACE INTO blocks(level, series, "+blockColumns+") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		int64(level), int64(id), u.First, u.Last, u.Head, u.Tail, u.Rows, u.Start, u.End,
		u.Arrived, u.ArrivedTo, u.Device, u.DeviceTo, packStats(u))
}

func scanBlock(v row) (u rollup.Unit, err error) {
	for i, p := range []*int64{&u.First, &u.Last, &u.Head, &u.Tail, &u.Rows, &u.Start, &u.End,
		&u.Arrived, &u.ArrivedTo, &u.Device, &u.DeviceTo} {
		*p = v.int(i)
	}
	u.Columns, err = unpackStats(v.bytes(11), u.Head)
	return u, err
}

// packStats writes for each column the places of minimum and maximum, as
// distance from head plus one, and the two numbers; a single 0 for none.
func packStats(u *rollup.Unit) []byte {
	b := make([]byte, 0, 1+22*len(u.Columns))
	b = append(b, byte(len(u.Columns)))
	for _, s := range u.Columns {
		if s.MinAt == 0 {
			b = append(b, 0)
			continue
		}
		b = binary.AppendUvarint(b, uint64(s.MinAt-u.Head+1))
		b = binary.AppendUvarint(b, uint64(s.MaxAt-u.Head+1))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(s.Min))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(s.Max))
	}
	return b
}

var errStats = errors.New("a block's extremes cannot be read")

func unpackStats(b []byte, head int64) ([]rollup.Stat, error) {
	if len(b) == 0 {
		return nil, errStats
	}
	columns := make([]rollup.Stat, b[0])
	b = b[1:]
	for i := range columns {
		lo, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, errStats
		}
		b = b[n:]
		if lo == 0 {
			continue
		}
		hi, n := binary.Uvarint(b)
		if n <= 0 || len(b) < n+16 {
			return nil, errStats
		}
		columns[i] = rollup.Stat{
			MinAt: head + int64(lo) - 1, MaxAt: head + int64(hi) - 1,
			Min: math.Float64frombits(binary.LittleEndian.Uint64(b[n:])),
			Max: math.Float64frombits(binary.LittleEndian.Uint64(b[n+8:])),
		}
		b = b[n+16:]
	}
	return columns, nil
}
