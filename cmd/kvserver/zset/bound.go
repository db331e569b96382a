package zset

import "bytes"

type boundKind uint8

const (
	byScore boundKind = iota
	byMember
	atStart
	atEnd
)

// A Bound is a place between elements: one that is before the Bound is passed by it.
type Bound struct {
	kind   boundKind
	after  bool // the place is after the elements that are equal
	score  float64
	member []byte
}

// BeforeScore is the place before the elements with a score, or where they would be.
func BeforeScore(score float64) Bound { return Bound{kind: byScore, score: score} }

// AfterScore is the place after the elements with a score.
func AfterScore(score float64) Bound { return Bound{kind: byScore, score: score, after: true} }

// BeforeMember is the place before a member, in a sorted set whose scores are all the same. The Bound keeps the view.
func BeforeMember(member []byte) Bound { return Bound{kind: byMember, member: member} }

// AfterMember is the place after a member, in a sorted set whose scores are all the same. The Bound keeps the view.
func AfterMember(member []byte) Bound { return Bound{kind: byMember, member: member, after: true} }

// Start is the place before all elements.
func Start() Bound { return Bound{kind: atStart} }

// End is the place after all elements.
func End() Bound { return Bound{kind: atEnd} }

// passes reports whether an element is before the bound.
func (b *Bound) passes(score float64, member []byte) bool {
	switch b.kind {
	case byScore:
		return score < b.score || b.after && score == b.score
	case byMember:
		c := bytes.Compare(member, b.member)
		return c < 0 || b.after && c == 0
	case atEnd:
		return true
	}
	return false
}
