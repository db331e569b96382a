package linktest

import (
	"time"

	"github.com/catamaran-os/catamaran/link"
)

// settle receives and frees on both sides until nothing has come for a while, so that the next flow starts on an empty
// wire.
func (l *lab) settle() {
	var f [burst]link.Frame
	heard := time.Now()
	eventually("the wire to be quiet", func() bool {
		for _, s := range []*side{l.a, l.b} {
			n, err := s.rx(f[:])
			s.alive("RxBurst", err)
			s.free(f[:n])
			if n > 0 {
				heard = time.Now()
			}
		}
		return time.Since(heard) > quiet
	})
}
