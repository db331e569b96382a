package table

import (
	"encoding/binary"
	"math/bits"

	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

const slots = 12

// A bucket's slots are filled from 0 on. In a chain all buckets are full but the first overflow bucket, or the only
// bucket: an entry is added there and the hole of a removed one is filled from there.
type bucket struct {
	tags [slots]uint8 // 0: the slot is empty
	refs [slots]slab.Ref
	next uint32 // position in the pool + 1
}

// tagOf is the top of the hash: addresses take the low bits. It is never 0.
func tagOf(hash uint64) uint8 { return uint8(max(hash>>56, 1)) }

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// match returns a bit for each slot with the tag: 8*i+1 for slot i < 8, 8*(i-8)+5 for the others.
func (b *bucket) match(tag uint8) uint64 {
	pattern := uint64(tag) * ones
	lo := zeroBytes(binary.LittleEndian.Uint64(b.tags[:8]) ^ pattern)
	hi := zeroBytes(uint64(binary.LittleEndian.Uint32(b.tags[8:])) ^ pattern)
	return lo>>6 | (hi&0x80808080)>>2
}

// slotOf returns the slot of the lowest bit of a match.
func slotOf(match uint64) uint {
	p := uint(bits.TrailingZeros64(match))
	return p>>3 + p&4<<1
}

// zeroBytes sets the high bit of each byte of v that is 0, and no other bit.
func zeroBytes(v uint64) uint64 { return ^((v&^highs + ^uint64(highs)) | v | ^uint64(highs)) }

// count returns how many slots are filled.
func (b *bucket) count() int {
	lo := binary.LittleEndian.Uint64(b.tags[:8])
	hi := binary.LittleEndian.Uint32(b.tags[8:])
	return (bits.Len64(lo)+7)>>3 + (bits.Len32(hi)+7)>>3
}

func (b *bucket) full() bool { return b.tags[slots-1] != 0 }

// add fills the first empty slot.
func (b *bucket) add(tag uint8, r slab.Ref) {
	i := b.count()
	b.tags[i], b.refs[i] = tag, r
}

// take empties the last filled slot.
func (b *bucket) take() (tag uint8, r slab.Ref) {
	i := b.count() - 1
	tag, r = b.tags[i], b.refs[i]
	b.tags[i], b.refs[i] = 0, 0
	return tag, r
}
