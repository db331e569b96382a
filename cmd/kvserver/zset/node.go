package zset

import (
	"encoding/binary"
	"math"

	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

const (
	offBack   = 8
	offNext   = 12 // of level 0; link i > 0 is at offNext + 8*i
	offHead   = 16
	linkSize  = 8
	longLen   = 1<<24 - 1 // the member's length is after the links
	maxLevels = 16        // 4^16 elements are more than a slab holds
)

// MaxMember is the longest member in bytes: its node is one allocation in the slab.
const MaxMember = 1<<30 - 1<<13

// A node is the memory of an element, or of the head of a List, which has all levels and no member.
type node []byte

// nodeSize returns the bytes of a node.
func nodeSize(levels, member int) int {
	n := offNext + linkSize*levels + member
	if member >= longLen {
		n += 4
	}
	return n
}

// init fills in a node that has no links.
func (n node) init(score float64, levels int, member []byte) {
	n.setScore(score)
	n.setBack(0)
	for i := range levels {
		n.setNext(i, 0)
	}
	for i := 1; i < levels; i++ {
		n.setSpan(i, 0)
	}
	off := offNext + linkSize*levels
	if len(member) < longLen {
		binary.LittleEndian.PutUint32(n[offHead:], uint32(len(member))|uint32(levels)<<24)
	} else {
		binary.LittleEndian.PutUint32(n[offHead:], longLen|uint32(levels)<<24)
		binary.LittleEndian.PutUint32(n[off:], uint32(len(member)))
		off += 4
	}
	copy(n[off:], member)
}

func (n node) score() float64 { return math.Float64frombits(binary.LittleEndian.Uint64(n)) }

func (n node) setScore(f float64) { binary.LittleEndian.PutUint64(n, math.Float64bits(f)) }

func (n node) back() slab.Ref { return slab.Ref(binary.LittleEndian.Uint32(n[offBack:])) }

func (n node) setBack(r slab.Ref) { binary.LittleEndian.PutUint32(n[offBack:], uint32(r)) }

func (n node) levels() int { return int(n[offHead+3]) }

func (n node) next(i int) slab.Ref {
	return slab.Ref(binary.LittleEndian.Uint32(n[offNext+linkSize*i:]))
}

func (n node) setNext(i int, r slab.Ref) {
	binary.LittleEndian.PutUint32(n[offNext+linkSize*i:], uint32(r))
}

// span returns how many elements further the link of a level leads; where there is no next, how many come after.
func (n node) span(i int) int {
	if i == 0 {
		return 1
	}
	return int(binary.LittleEndian.Uint32(n[offNext+linkSize*i+4:]))
}

// setSpan sets the span of a level other than 0.
func (n node) setSpan(i, span int) {
	binary.LittleEndian.PutUint32(n[offNext+linkSize*i+4:], uint32(span))
}

// member returns a view of the member.
func (n node) member() []byte {
	head := binary.LittleEndian.Uint32(n[offHead:])
	off := offNext + linkSize*int(head>>24)
	size := int(head & longLen)
	if size == longLen {
		size = int(binary.LittleEndian.Uint32(n[off:]))
		off += 4
	}
	return n[off : off+size : off+size]
}
