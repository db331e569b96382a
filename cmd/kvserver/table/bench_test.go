package table

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

var sizes = []int{1000, 1_000_000, 10_000_000}

// keyLen is the length of the benchmarks' keys.
const keyLen = 16

func key(dst []byte, i uint64) []byte {
	binary.BigEndian.PutUint64(dst, 0x6b65793a6b65793a)
	binary.BigEndian.PutUint64(dst[8:], i)
	return dst[:keyLen]
}

// keyed is a table of keys that lie in a slab.
type keyed struct {
	*Table
	heap *slab.Heap
	seed maphash.Seed
}

func newKeyed() *keyed {
	k := &keyed{heap: slab.New(), seed: maphash.MakeSeed()}
	k.Table = New(func(r slab.Ref) uint64 { return maphash.Bytes(k.seed, k.heap.Bytes(r)[:keyLen]) })
	return k
}

func (k *keyed) insert(key []byte) {
	r := k.heap.Alloc(keyLen)
	copy(k.heap.Bytes(r), key)
	k.Insert(maphash.Bytes(k.seed, key), r)
}

func (k *keyed) find(key []byte) slab.Ref {
	for c := k.Seek(maphash.Bytes(k.seed, key)); c.Next(); {
		if r := c.Ref(); string(k.heap.Bytes(r)[:keyLen]) == string(key) {
			return r
		}
	}
	return 0
}

func BenchmarkFind(b *testing.B) {
	for _, n := range sizes {
		k := newKeyed()
		bare := New(mix)
		m := map[string]uint32{}
		var buf [keyLen]byte
		for i := range uint64(n) {
			k.insert(key(buf[:], i))
			bare.Insert(mix(slab.Ref(i+1)), slab.Ref(i+1))
			m[string(key(buf[:], i))] = uint32(i)
		}
		rnd := rand.New(rand.NewPCG(1, 1))
		b.Run(fmt.Sprintf("hit/table-only/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := slab.Ref(rnd.Uint64N(uint64(n)) + 1)
				c := bare.Seek(mix(r))
				for c.Next() && c.Ref() != r {
				}
			}
		})
		b.Run(fmt.Sprintf("hit/keys/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if k.find(key(buf[:], rnd.Uint64N(uint64(n)))) == 0 {
					b.Fatal("not found")
				}
			}
		})
		b.Run(fmt.Sprintf("hit/map/%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, ok := m[string(key(buf[:], rnd.Uint64N(uint64(n))))]; !ok {
					b.Fatal("not found")
				}
			}
		})
		b.Run(fmt.Sprintf("miss/keys/%d", n), func(b *testing.B) {
			for b.Loop() {
				if k.find(key(buf[:], 1<<63|rnd.Uint64())) != 0 {
					b.Fatal("found")
				}
			}
		})
		b.Run(fmt.Sprintf("miss/map/%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, ok := m[string(key(buf[:], 1<<63|rnd.Uint64()))]; ok {
					b.Fatal("found")
				}
			}
		})
		k.heap.Reset()
	}
}

// One operation inserts all of them.
func BenchmarkGrow(b *testing.B) {
	for _, n := range []int{1_000_000, 10_000_000} {
		var buf [keyLen]byte
		each := func(b *testing.B) {
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/entry")
		}
		b.Run(fmt.Sprintf("table-only/%d", n), func(b *testing.B) {
			for b.Loop() {
				t := New(mix)
				for i := range uint64(n) {
					t.Insert(mix(slab.Ref(i+1)), slab.Ref(i+1))
				}
			}
			each(b)
		})
		b.Run(fmt.Sprintf("keys/%d", n), func(b *testing.B) {
			for b.Loop() {
				k := newKeyed()
				for i := range uint64(n) {
					k.insert(key(buf[:], i))
				}
				k.heap.Reset()
			}
			each(b)
		})
		b.Run(fmt.Sprintf("map/%d", n), func(b *testing.B) {
			for b.Loop() {
				m := map[string]uint32{}
				for i := range uint64(n) {
					m[string(key(buf[:], i))] = uint32(i)
				}
			}
			each(b)
		})
	}
}
