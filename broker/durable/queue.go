package durable

import (
	"slices"

	"labbroker/internal/wal"
)

// body is a record on the disk that something still needs. A cleaned one
// moves: everybody who needs it has the same body. With refs 0 it belongs to
// one entry alone and says that its PUBREC has come.
type body struct {
	at   wal.Pos
	size uint32
	refs uint32
}

func (b *body) released() bool { return b.refs == 0 }

type entry struct {
	seq  uint64
	body *body // nil = done
}

// queue is what waits for a client, by seq. Done entries stay until they are
// more than the others, so that those that are there mostly stand at seq minus
// the first one's.
type queue struct {
	all []entry
	n   int // not done
}

func (q *queue) search(seq uint64) (int, bool) {
	if len(q.all) == 0 || seq < q.all[0].seq {
		return 0, false
	}
	if i := seq - q.all[0].seq; i < uint64(len(q.all)) && q.all[i].seq == seq {
		return int(i), true
	}
	return slices.BinarySearchFunc(q.all, seq, func(e entry, seq uint64) int {
		switch {
		case e.seq < seq:
			return -1
		case e.seq > seq:
			return 1
		}
		return 0
	})
}

// find returns the body at seq, nil where there is none.
func (q *queue) find(seq uint64) *body {
	if i, ok := q.search(seq); ok {
		return q.all[i].body
	}
	return nil
}

// put sets the body at seq and returns the one it replaces, or nil.
func (q *queue) put(seq uint64, b *body) *body {
	var old *body
	if n := len(q.all); n == 0 || q.all[n-1].seq < seq {
		q.all = append(q.all, entry{seq, b})
	} else if i, ok := q.search(seq); ok {
		old, q.all[i].body = q.all[i].body, b
	} else {
		q.all = slices.Insert(q.all, i, entry{seq, b})
	}
	if old == nil {
		q.n++
	}
	return old
}

// remove takes from..to out and calls each with their bodies; it returns how
// many there were.
func (q *queue) remove(from, to uint64, each func(*body)) int {
	i, _ := q.search(from)
	before := q.n
	for ; i < len(q.all) && q.all[i].seq <= to; i++ {
		if b := q.all[i].body; b != nil {
			q.all[i].body = nil
			q.n--
			each(b)
		}
	}
	if q.n == 0 && cap(q.all) > 64 {
		q.all = nil
	} else if len(q.all) > 2*q.n+32 || q.n == 0 {
		q.compact()
	}
	return before - q.n
}

func (q *queue) compact() {
	q.all = slices.DeleteFunc(q.all, func(e entry) bool { return e.body == nil })
	if cap(q.all) > 4*q.n+64 {
		q.all = slices.Clone(q.all)
	}
}
