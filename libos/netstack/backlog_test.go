package netstack

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"
)

// TestBacklog holds a backlog against a slice of slices.
func TestBacklog(t *testing.T) {
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		const limit, most = 4096, 300
		var b backlog
		var want [][]byte
		port := func(p []byte) netip.AddrPort {
			return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, 1}), uint16(len(p)))
		}
		cost := 0
		for step := range 20_000 {
			if rnd.IntN(1000) < 400+int(seed)*10 {
				p := make([]byte, rnd.IntN(most))
				if len(p) >= 8 {
					binary.BigEndian.PutUint64(p, uint64(step))
				}
				room, ok := b.room(len(p), limit)
				if ok != (cost < limit) || ok && len(room) != len(p) {
					t.Fatalf("seed %d: room for %d bytes at cost %d: %d, %v", seed, len(p), cost, len(room), ok)
				}
				if ok && rnd.IntN(8) > 0 { // or the datagram does not come after all
					copy(room, p)
					b.add(len(p), port(p))
					want = append(want, p)
					cost += len(p) + price
				}
			} else if len(want) > 0 {
				got := make([]byte, b.oldest())
				if from := b.take(got); !bytes.Equal(got, want[0]) || from != port(want[0]) {
					t.Fatalf("seed %d: took %d bytes from %v, want %d", seed, len(got), from, len(want[0]))
				}
				cost -= len(want[0]) + price
				want = want[1:]
			}
			if b.len() != len(want) || b.cost != cost {
				t.Fatalf("seed %d: %d kept at cost %d, want %d at %d", seed, b.len(), b.cost, len(want), cost)
			}
		}
		if cap(b.data) > 4*(limit+most) || cap(b.entries) > 4*limit/price+4 {
			t.Errorf("seed %d: grew to %d bytes and %d entries", seed, cap(b.data), cap(b.entries))
		}
	}
}
