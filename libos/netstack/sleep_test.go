package netstack_test

import (
	"errors"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/link/pipe"
)

// TestSleep: two runtimes that sleep whenever nothing moves, on goroutines of their own, miss no wake-up: neither from the
// device nor from goroutines of the stack. There is a bound on the whole, but none on an echo.
func TestSleep(t *testing.T) {
	for name, idle := range map[string]libos.Idle{"block": libos.Block, "adaptive": libos.Adaptive} {
		t.Run(name, func(t *testing.T) {
			a, b := newPair(t, pipe.Config{}, hostOptions{Options: libos.Options{Idle: idle}}, nil)
			at := netip.AddrPortFrom(addrB, 7)
			l, err := b.rt.Socket(syscall.AF_INET, syscall.SOCK_STREAM)
			if err = errors.Join(err, b.rt.Bind(l, at), b.rt.Listen(l, 8)); err != nil {
				t.Fatal(err)
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				if err := serve(b.rt, l); err != nil {
					t.Errorf("server: %v", err)
				}
			}()
			if err := client(a.rt, at, 3000); err != nil {
				t.Errorf("client: %v", err)
				b.rt.Interrupt()
			}
			// The server's FIN comes last: the client's stack has to be there to acknowledge it.
			for serving := true; serving; {
				select {
				case <-done:
					serving = false
				default:
					var res [1]libos.QResult
					if _, err := a.rt.WaitNext(res[:], 10*time.Millisecond); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
						t.Error(err)
					}
				}
			}
			if err := errors.Join(a.rt.Close(), b.rt.Close()); err != nil {
				t.Error(err)
			}
		})
	}
}

const sleepBound = 30 * time.Second

// serve accepts one connection and echoes until its end.
func serve(rt *libos.Runtime, l libos.QD) error {
	qt, err := rt.Accept(l)
	if err != nil {
		return err
	}
	res, err := rt.Wait(qt, sleepBound)
	if err = errors.Join(err, res.Err); err != nil {
		return err
	}
	conn := res.NewQD
	for {
		if qt, err = rt.Pop(conn); err != nil {
			return err
		}
		if res, err = rt.Wait(qt, sleepBound); err != nil || res.Err != nil {
			return errors.Join(err, res.Err)
		}
		if res.N == 0 {
			break
		}
		got := res.SGA
		if qt, err = rt.Push(conn, got); err != nil {
			return err
		}
		if res, err = rt.Wait(qt, sleepBound); err != nil || res.Err != nil {
			return errors.Join(err, res.Err)
		}
		if err := rt.Free(got); err != nil {
			return err
		}
	}
	if qt, err = rt.CloseQueue(conn); err != nil {
		return err
	}
	res, err = rt.Wait(qt, sleepBound)
	return errors.Join(err, res.Err)
}

func client(rt *libos.Runtime, at netip.AddrPort, echoes int) error {
	qd, err := rt.Socket(syscall.AF_INET, syscall.SOCK_STREAM)
	if err != nil {
		return err
	}
	qt, err := rt.Connect(qd, at)
	if err != nil {
		return err
	}
	res, err := rt.Wait(qt, sleepBound)
	if err = errors.Join(err, res.Err); err != nil {
		return err
	}
	for range echoes {
		push, err := rt.Push(qd, libos.Bytes([]byte("hello")))
		if err != nil {
			return err
		}
		pop, err := rt.Pop(qd)
		if err != nil {
			return err
		}
		var both [2]libos.QResult
		if err := rt.WaitAll([]libos.QToken{push, pop}, both[:], sleepBound); err != nil {
			return err
		}
		if err := errors.Join(both[0].Err, both[1].Err, rt.Free(both[1].SGA)); err != nil {
			return err
		}
	}
	if qt, err = rt.CloseQueue(qd); err != nil {
		return err
	}
	res, err = rt.Wait(qt, sleepBound)
	return errors.Join(err, res.Err)
}

// TestArm: an idle engine can sleep, and one with something to do cannot.
func TestArm(t *testing.T) {
	a, b := newPair(t, pipe.Config{}, hostOptions{}, nil)
	settle := func() {
		for end := time.Now().Add(10 * time.Second); a.rt.Poll() || b.rt.Poll(); {
			if time.Now().After(end) {
				t.Fatal("never idle")
			}
		}
	}
	settle()
	fd, _, ok := a.engine.Arm()
	if !ok || fd < 0 {
		t.Fatalf("arm: %d, %v", fd, ok)
	}
	qd, err := a.rt.Socket(syscall.AF_INET, syscall.SOCK_DGRAM)
	if err != nil {
		t.Fatal(err)
	}
	qt, err := a.rt.PushTo(qd, libos.Bytes([]byte("x")), netip.AddrPortFrom(addrB, 9))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, ok := a.engine.Arm(); ok {
		t.Error("armed with a frame to send")
	}
	settle()
	if _, next, ok := a.engine.Arm(); !ok || next.IsZero() || time.Until(next) > time.Second {
		t.Errorf("arm: next timer %v, %v: want a look at the device within a second", next, ok)
	}
	if res, err := a.rt.Wait(qt, 0); err != nil || res.Err != nil {
		t.Error(err, res.Err)
	}
	if err := errors.Join(a.rt.Close(), b.rt.Close()); err != nil {
		t.Error(err)
	}
}
