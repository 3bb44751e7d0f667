package durable

import (
	"cmp"
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

// entry is one of a queue; the zero T = done.
type entry[T comparable] struct {
	seq uint64
	of  T
}

// queue is what waits for a client, by seq. Done entries stay until they are
// more than the others, so that those that are there mostly stand at seq minus
// the first one's.
type queue[T comparable] struct {
	all []entry[T]
	n   int // not done
}

// search returns where seq stands, or would.
func (q *queue[T]) search(seq uint64) (int, bool) {
	n := len(q.all)
	if n == 0 || seq < q.all[0].seq {
		return 0, false
	}
	if seq > q.all[n-1].seq {
		return n, false
	}
	if i := seq - q.all[0].seq; i < uint64(n) && q.all[i].seq == seq {
		return int(i), true
	}
	return slices.BinarySearchFunc(q.all, seq, func(e entry[T], seq uint64) int { return cmp.Compare(e.seq, seq) })
}

// find returns what is at seq, zero where there is nothing.
func (q *queue[T]) find(seq uint64) (v T) {
	if i, ok := q.search(seq); ok {
		v = q.all[i].of
	}
	return v
}

// put sets what is at seq and returns what it replaces.
func (q *queue[T]) put(seq uint64, v T) (old T) {
	i, ok := q.search(seq)
	if ok {
		old, q.all[i].of = q.all[i].of, v
	} else {
		q.all = slices.Insert(q.all, i, entry[T]{seq, v})
	}
	var none T
	if old == none {
		q.n++
	}
	return old
}

// remove takes from..to out and calls each with them; it returns how many
// there were.
func (q *queue[T]) remove(from, to uint64, each func(T)) int {
	var none T
	i, _ := q.search(from)
	before := q.n
	for ; i < len(q.all) && q.all[i].seq <= to; i++ {
		if v := q.all[i].of; v != none {
			q.all[i].of = none
			q.n--
			each(v)
		}
	}
	if q.n == 0 && cap(q.all) > 64 {
		q.all = nil
	} else if len(q.all) > 2*q.n+32 || q.n == 0 {
		q.compact()
	}
	return before - q.n
}

func (q *queue[T]) compact() {
	var none T
	q.all = slices.DeleteFunc(q.all, func(e entry[T]) bool { return e.of == none })
	if cap(q.all) > 4*q.n+64 {
		q.all = slices.Clone(q.all)
	}
}
