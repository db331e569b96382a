package zset

import (
	"bytes"
	"strconv"

	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
)

// A small is the compact form: a listpack of member, score pairs in order. Its elements are named by the offsets of their
// members; 0 is none.
type small []byte

func (p small) len() int { return listpack.Len(p) / 2 }

func (p small) find(member []byte) int { return max(listpack.Find(p, listpack.First(p), member, 1), 0) }

func (p small) first() int { return max(listpack.First(p), 0) }

// next returns the element after off, or 0.
func (p small) next(off int) int { return max(listpack.Next(p, listpack.Next(p, off)), 0) }

// prev returns the element before off, which may be the end, or 0.
func (p small) prev(off int) int {
	score := listpack.Prev(p, off)
	if score < 0 {
		return 0
	}
	return listpack.Prev(p, score)
}

// at returns the element of a rank, or 0.
func (p small) at(rank int) int {
	if rank < 0 {
		return 0
	}
	return max(listpack.Seek(p, 2*rank), 0)
}

// score returns the score of an element. What is no score counts as 0: valid keeps it out.
func (p small) score(off int) float64 {
	f, _ := valueScore(listpack.Get(p, listpack.Next(p, off)))
	return f
}

// member returns a member: a view of the listpack, or of buf.
func (p small) member(off int, buf *[20]byte) []byte {
	v := listpack.Get(p, off)
	if v.IsInt {
		return strconv.AppendInt(buf[:0], v.Int, 10)
	}
	return v.Str
}

// before reports whether the element at off, whose score is at scoreOff, is before (score, member).
func (p small) before(off, scoreOff int, score float64, member []byte) bool {
	f, _ := valueScore(listpack.Get(p, scoreOff))
	if f != score {
		return f < score
	}
	var buf [20]byte
	return bytes.Compare(p.member(off, &buf), member) < 0
}

// placeFrom returns where (score, member) is to be inserted, if that is not before the element at off.
func (p small) placeFrom(off int, score float64, member []byte) int {
	for off > 0 {
		scoreOff := listpack.Next(p, off)
		if !p.before(off, scoreOff, score, member) {
			return off
		}
		off = listpack.Next(p, scoreOff)
	}
	return listpack.End(p)
}

// place returns where (score, member) is to be inserted. Scores that grow are found at the end at once.
func (p small) place(score float64, member []byte) int {
	end := listpack.End(p)
	if last := p.prev(end); last != 0 && p.before(last, listpack.Next(p, last), score, member) {
		return end
	}
	return p.placeFrom(p.first(), score, member)
}

// rescore gives the element at off another score. It looks for the new place from the old one on.
func (p small) rescore(off int, member []byte, score float64) small {
	var buf [scoreBytes]byte
	value := scoreValue(&buf, score)
	scoreOff := listpack.Next(p, off)
	to, next := off, listpack.Next(p, scoreOff)
	if next > 0 && p.before(next, listpack.Next(p, next), score, member) {
		to = p.placeFrom(next, score, member) - listpack.BytesOf(p, off, 2)
	} else {
		for prev := p.prev(off); prev != 0 && !p.before(prev, listpack.Next(p, prev), score, member); prev = p.prev(to) {
			to = prev
		}
	}
	if to == off {
		return listpack.ReplaceValue(p, scoreOff, value)
	}
	lp := listpack.InsertBefore(p.remove(off, 1), to, member)
	return listpack.InsertValue(lp, to+listpack.Size(member), value)
}

// insert inserts an element that is not there.
func (p small) insert(score float64, member []byte) small {
	var buf [scoreBytes]byte
	off := p.place(score, member)
	lp := listpack.InsertBefore(p, off, member)
	return listpack.InsertValue(lp, off+listpack.Size(member), scoreValue(&buf, score))
}

// append adds an element that is after all others.
func (p small) append(score float64, member []byte) small {
	var buf [scoreBytes]byte
	return listpack.AppendValue(listpack.Append(p, member), scoreValue(&buf, score))
}

// remove removes n elements from off on.
func (p small) remove(off, n int) small { return listpack.Delete(p, off, 2*n) }

// rankOf returns how many elements are before off.
func (p small) rankOf(off int) int {
	rank := 0
	for o := p.first(); o != off; o = p.next(o) {
		rank++
	}
	return rank
}

// seek returns how many elements are before the bound, and the first that is not, or 0.
func (p small) seek(b *Bound) (rank, off int) {
	var buf [20]byte
	for off = p.first(); off > 0; rank++ {
		scoreOff := listpack.Next(p, off)
		var score float64
		var member []byte
		if b.kind == byMember {
			member = p.member(off, &buf)
		} else {
			score, _ = valueScore(listpack.Get(p, scoreOff))
		}
		if !b.passes(score, member) {
			return rank, off
		}
		off = listpack.Next(p, scoreOff)
	}
	return rank, 0
}

// valid reports whether a listpack, which has an even number of elements and no member twice, is a sorted set that is not
// empty: scores are numbers and the order is right.
func valid(lp []byte) bool {
	p := small(lp)
	var bufs [2][20]byte
	var before []byte
	last := 0.0
	for i, off := 0, p.first(); off != 0; i, off = i+1, p.next(off) {
		score, ok := valueScore(listpack.Get(lp, listpack.Next(lp, off)))
		member := p.member(off, &bufs[i&1])
		if !ok || i > 0 && (score < last || score == last && bytes.Compare(before, member) >= 0) {
			return false
		}
		before, last = member, score
	}
	return p.len() > 0
}
