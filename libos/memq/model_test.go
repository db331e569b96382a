package memq_test

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"

	"github.com/catamaran-os/catamaran/libos"
)

// TestRandomAgainstModel compares a queue with slices: what is queued, which pushes and which pops are pending.
func TestRandomAgainstModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	type push struct {
		qt libos.QToken
		id uint64
	}
	for _, capacity := range []int{1, 2, 16, 17, 40} {
		v := open(t, 4<<20, libos.Spin)
		qd := v.queue(capacity)
		var queued []uint64
		var pushes []push
		var pops []libos.QToken
		id := uint64(0)
		take := func(qt libos.QToken, want uint64) {
			t.Helper()
			got := v.text(v.done(qt, nil))
			if len(got) != 8+int(want%300) || binary.LittleEndian.Uint64([]byte(got)) != want {
				t.Fatalf("capacity %d: popped %d bytes, want message %d", capacity, len(got), want)
			}
		}
		// Phases lean to pushes or to pops, so that the queue runs full and empty.
		for i := range 20_000 {
			bias := 3
			if i/200%2 == 0 {
				bias = 6
			}
			switch r := rng.IntN(10); {
			case r < bias:
				id++
				msg := binary.LittleEndian.AppendUint64(nil, id)
				qt := v.push(qd, append(msg, make([]byte, id%300)...))
				switch {
				case len(pops) > 0:
					v.done(qt, nil)
					take(pops[0], id)
					pops = pops[1:]
				case len(queued) < capacity:
					v.done(qt, nil)
					queued = append(queued, id)
				default:
					pushes = append(pushes, push{qt, id})
				}
			case r < 9:
				qt := v.pop(qd)
				if len(queued) == 0 {
					pops = append(pops, qt)
					break
				}
				take(qt, queued[0])
				queued = queued[1:]
				if len(pushes) > 0 {
					v.done(pushes[0].qt, nil)
					queued = append(queued, pushes[0].id)
					pushes = pushes[1:]
				}
			case len(pushes) > 0:
				j := rng.IntN(len(pushes))
				if err := v.Cancel(pushes[j].qt); err != nil {
					t.Fatal(err)
				}
				v.done(pushes[j].qt, syscall.ECANCELED)
				pushes = slices.Delete(pushes, j, j+1)
			case len(pops) > 0:
				j := rng.IntN(len(pops))
				if err := v.Cancel(pops[j]); err != nil {
					t.Fatal(err)
				}
				v.done(pops[j], syscall.ECANCELED)
				pops = slices.Delete(pops, j, j+1)
			}
			if live := v.arena.Stats().Live; live != len(queued) {
				t.Fatalf("capacity %d: %d messages hold memory, the model has %d", capacity, live, len(queued))
			}
			if len(pushes) > 0 && i%97 == 0 {
				v.pending(pushes[0].qt)
			}
			if len(pops) > 0 && i%97 == 0 {
				v.pending(pops[0])
			}
		}
	}
}
