package integration

import (
	"bytes"
	"errors"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/libos/mem"
	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/fault"
)

// Our stream to a kernel that echoes it is byte-exact, and ends in order, over a network that loses, doubles, turns round and
// damages frames. What the kernel sends is not damaged: over a veth its checksums are unfinished, and tell nothing.
func TestKernelBadNetwork(t *testing.T) {
	faults := fault.Faults{Drop: 0.03, Duplicate: 0.03, Reorder: 0.05, ReorderFrames: 3, ReorderTime: time.Millisecond, After: 4}
	damaging := faults
	damaging.Corrupt = 0.02
	l := newLab(t)
	for _, v6 := range []bool{false, true} {
		t.Run(family(v6), func(t *testing.T) {
			kind := "TCP4-LISTEN"
			if v6 {
				kind = "TCP6-LISTEN"
			}
			// After our end of the stream socat gives what is left half a second, unless it is told otherwise.
			l.a.start(t, "socat", "-t", "300", "-d", "-d", "-b", "65536", kind+":9,fork,reuseaddr", "EXEC:cat").says(t, "listening on")
			for seed := range uint64(3) {
				var bad *fault.Device
				s := open(t, l.b, func(d link.Device) (_ link.Device, err error) {
					bad, err = fault.New(d, fault.Config{Seed: seed, TX: damaging, RX: faults})
					return bad, err
				})
				data := random(200_000)
				if got := s.echo(t, netip.MustParseAddrPort(hostPort(l.a.kernelAddr(v6), 9)), data); !bytes.Equal(got, data) {
					t.Errorf("seed %d: %d of %d bytes came back, or others", seed, len(got), len(data))
				}
				rx, tx := bad.Counters(0)
				if rx.Dropped == 0 || tx.Dropped == 0 || tx.Corrupted == 0 || tx.Duplicated == 0 {
					t.Errorf("seed %d: too little was harmed: %+v, %+v", seed, rx, tx)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// A service is a runtime of this process on a host's interface.
type service struct{ *libos.Runtime }

func open(t *testing.T, h *host, wrap func(link.Device) (link.Device, error)) service {
	t.Helper()
	arena, err := mem.New(mem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rt, err := libos.New(libos.Options{Memory: arena})
	if err != nil {
		t.Fatal(err)
	}
	e, err := openNetstack(h, arena, wrap)
	if err != nil {
		t.Fatal(errors.Join(err, rt.Close()))
	}
	rt.Add(e)
	return service{rt}
}

// wait returns a result that has to be a success.
func (s service) wait(t *testing.T, qt libos.QToken, err error) libos.QResult {
	t.Helper()
	var res libos.QResult
	if err == nil {
		res, err = s.Wait(qt, limit)
	}
	if err = errors.Join(err, res.Err); err != nil {
		t.Fatal(errors.Join(err, s.Close()))
	}
	return res
}

// echo sends data and returns what comes back until the peer's end of the stream, which answers ours.
func (s service) echo(t *testing.T, to netip.AddrPort, data []byte) (got []byte) {
	t.Helper()
	domain := syscall.AF_INET
	if to.Addr().Is6() {
		domain = syscall.AF_INET6
	}
	qd, err := s.Socket(domain, syscall.SOCK_STREAM)
	if err != nil {
		t.Fatal(errors.Join(err, s.Close()))
	}
	qt, err := s.Connect(qd, to)
	s.wait(t, qt, err)
	push, err := s.Push(qd, libos.Bytes(data))
	if err == nil {
		err = s.Shutdown(qd, syscall.SHUT_WR)
	}
	for {
		pop, popErr := s.Pop(qd)
		res := s.wait(t, pop, errors.Join(err, popErr))
		if res.N == 0 {
			break
		}
		got = append(got, res.SGA.Flat()...)
		if err := s.Free(res.SGA); err != nil {
			t.Error(err)
		}
	}
	s.wait(t, push, nil)
	qt, err = s.CloseQueue(qd)
	s.wait(t, qt, err)
	return got
}
