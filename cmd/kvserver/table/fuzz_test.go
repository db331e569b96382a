package table

import (
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

// FuzzTable runs a program of one byte per step: inserts, removals, replacements and scan calls, with hashes as bad as the
// first byte says, against a model.
func FuzzTable(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 200, 201, 202, 203})
	grow := make([]byte, 400)
	for i := range grow {
		grow[i] = byte(i) &^ 3
	}
	f.Add(append(grow, make([]byte, 100)...))
	f.Add([]byte("\x07aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccccccccccddddddddddddddd"))
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) == 0 {
			return
		}
		bad := uint(program[0] % 64)
		m := newModel(func(r slab.Ref) uint64 { return mix(r) >> bad << bad << (bad / 2) })
		var live []slab.Ref
		next := slab.Ref(1)
		cursor := uint64(0)
		stays, returned := map[slab.Ref]bool{}, map[slab.Ref]bool{}
		const most = 500 // a chain of equal hashes is searched from end to end
		for _, op := range program[1:min(len(program), 300)] {
			arg := int(op >> 2)
			switch op & 3 {
			case 0:
				for range min(arg+1, most-len(live)) {
					m.insert(next)
					live = append(live, next)
					next++
				}
			case 1:
				for range min(arg+1, len(live)) {
					i := arg * 7 % len(live)
					m.remove(t, live[i])
					delete(stays, live[i])
					live[i] = live[len(live)-1]
					live = live[:len(live)-1]
				}
			case 2:
				if cursor == 0 {
					clear(stays)
					clear(returned)
					for _, r := range live {
						stays[r] = true
					}
				}
				cursor = m.Scan(cursor, func(r slab.Ref) { returned[r] = true })
				if cursor == 0 {
					for r := range stays {
						if !returned[r] {
							t.Fatalf("the scan has missed %d", r)
						}
					}
				}
			case 3:
				if len(live) > 0 {
					i := arg * 5 % len(live)
					c, ok := m.find(live[i])
					if !ok {
						t.Fatalf("%d is lost", live[i])
					}
					c.Replace(c.Ref())
				}
			}
		}
		m.check(t)
	})
}
