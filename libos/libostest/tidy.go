package libostest

import (
	"errors"
	"os"

	"github.com/catamaran-os/catamaran/libos"
)

// tidy closes what the scenario left open, waits for every token, and checks that the memory is back.
func (e *env) tidy() {
	e.Helper()
	for _, h := range e.hosts {
		e.closeAll(h)
	}
	var res [64]libos.QResult
	e.until("every token completes after its queue was closed", func() bool {
		left := 0
		for _, h := range e.hosts {
			for {
				n, err := h.rt.WaitNext(res[:], 0)
				if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
					e.Fatalf("wait next: %v", err)
				}
				for _, r := range res[:n] {
					e.taken(h, r)
					e.free(h, r.SGA)
				}
				if n == 0 {
					break
				}
			}
			e.closeAll(h) // what accepts brought meanwhile
			left += len(h.pending)
		}
		return left == 0
	})
	if e.p.InUse == nil {
		return
	}
	for _, h := range e.hosts {
		e.until("the memory of "+h.name+" is given back", func() bool { return e.p.InUse(h.rt) <= h.inUse+e.p.Keeps })
	}
}

// closeAll ends every connection of a host at once.
func (e *env) closeAll(h *host) {
	e.Helper()
	for qd := range h.queues {
		s := &side{host: h, e: e}
		t := (&queue{s, qd}).close()
		e.must(h.rt.Cancel(t.qt))
	}
}
