package netstack_test

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"gvisor.dev/gvisor/pkg/refs"

	"github.com/catamaran-os/catamaran/libos"
)

// finish closes the hosts, and fails for whatever is still there before or after: sockets, timers, tokens, memory,
// frames, packets.
func (s *sim) finish() {
	s.Helper()
	s.settle()
	s.plan.patience = s.now.Sub(s.began) + 5*time.Minute // the stack's own timers for what has ended are of one
	s.until("nothing is left to happen", func() bool {
		for _, x := range s.sides {
			st := x.engine.Stats()
			if st.Sockets > 0 || st.Timers > 0 || st.Endpoint.Held+st.Endpoint.Staged > 0 {
				return false
			}
		}
		return len(s.alarms) == 0
	})
	for _, x := range s.sides {
		s.tokens(x)
		if a := x.arena.Stats(); a.Live != 0 || a.InUse != 0 {
			s.Errorf("%s: memory is left: %+v", x.name(), a)
		}
		a := x.dev.Queue(0).Stats().Accounts
		if a.Sum() != a.Total || a.TX != 0 {
			s.Errorf("%s: frames before the close: %+v", x.name(), a)
		}
	}
	for _, x := range s.sides {
		q := x.dev.Queue(0)
		s.must(x.rt.Close())
		if a := q.Stats().Accounts; a.Sum() != a.Total || a.Held != 0 || a.TX != 0 {
			s.Errorf("%s: frames after the close: %+v", x.name(), a)
		}
	}
}

// leaked says that packets of the stack were left. They are found again and again, so that nobody looks any more.
var leaked bool

// packets fails for packets that are left when both hosts are closed, whether the simulation came to its end or not.
func (s *sim) packets() {
	s.Helper()
	defer func() {
		if left := recover(); left != nil {
			leaked = true
			s.Errorf("packets are left; later simulations do not look: %v", left)
		}
	}()
	if !leaked {
		refs.DoRepeatedLeakCheck()
	}
}

// tokens fails if an operation is outstanding. A wait without a bound for the next one is refused if there is none, and
// interrupted if there is.
func (s *sim) tokens(x *side) {
	s.Helper()
	var res [1]libos.QResult
	x.rt.Interrupt()
	if n, err := x.rt.WaitNext(res[:], -1); n != 0 || !errors.Is(err, syscall.EINVAL) {
		s.Errorf("%s: tokens are left: %d, %v, %+v", x.name(), n, err, res)
	}
}

// leftBehind returns a function whose error tells the descriptors and goroutines that came since before, and that do not go
// for as long as wait.
func leftBehind(wait time.Duration) func() error {
	files := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			return -1
		}
		return len(entries)
	}
	fds, goroutines := files(), runtime.NumGoroutine()
	return func() error {
		if n := files(); n > fds || n < 0 {
			return fmt.Errorf("%d descriptors are open, %d were", n, fds)
		}
		for end := time.Now().Add(wait); runtime.NumGoroutine() > goroutines; runtime.Gosched() {
			if time.Now().After(end) {
				return fmt.Errorf("%d goroutines run, %d did", runtime.NumGoroutine(), goroutines)
			}
		}
		return nil
	}
}

func TestLeftBehind(t *testing.T) {
	check := leftBehind(0)
	if err := check(); err != nil {
		t.Error(err)
	}
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if err := check(); err == nil {
		t.Error("an open file is not noticed")
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	stop := make(chan struct{})
	for range 64 { // more than may still be ending from tests before
		go func() { <-stop }()
	}
	if err := check(); err == nil {
		t.Error("a goroutine is not noticed")
	}
	close(stop)
}
