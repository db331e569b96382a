package endpoint

import (
	"errors"
	"net"
	"syscall"
	"testing"

	"github.com/catamaran-os/catamaran/link/pipe"
)

// TestCloseCounts: what was not sent is counted, and its frames and packets go back.
func TestCloseCounts(t *testing.T) {
	f := newFixture(t, pipe.Config{Ring: 16, Frames: 64}, Options{})
	for i := range 60 {
		if _, err := f.write(number(i)); err != nil {
			t.Fatal(err)
		}
	}
	sent := f.e.Flush()
	f.e.Close()
	if n, err := f.write(number(99)); n != 0 || err == nil {
		t.Errorf("write after close: %d, %v", n, err)
	}
	if s := f.e.Stats(); sent != 16 || s.TxClosed != 60-16+1 || s.Held != 0 || s.Staged != 0 {
		t.Errorf("%+v", s)
	}
}

// TestDeviceClosed: a device that was closed under the endpoint takes nothing more.
func TestDeviceClosed(t *testing.T) {
	f := newFixture(t, pipe.Config{}, Options{})
	if _, err := f.write(number(0)); err != nil {
		t.Fatal(err)
	}
	f.closed = true
	if err := f.dev.Close(); err != nil {
		t.Fatal(err)
	}
	if n := f.e.Flush(); n != 0 {
		t.Errorf("flushed %d", n)
	}
	if _, err := f.e.Poll(64); !errors.Is(err, net.ErrClosed) {
		t.Errorf("poll: %v", err)
	}
	if s := f.e.Stats(); s.TxClosed != 1 || s.RxErrors != 1 || s.TxErrors != 1 {
		t.Errorf("%+v", s)
	}
}

func TestNewRejects(t *testing.T) {
	a, _, err := pipe.New(pipe.Config{})
	if err != nil {
		t.Fatal(err)
	}
	info := a.Info()
	for i, o := range []Options{
		{MAC: net.HardwareAddr{1, 2, 3}},
		{MAC: net.HardwareAddr{1, 0, 0, 0, 0, 1}},
		{MAC: make(net.HardwareAddr, 6)},
		{MTU: 67},
		{MTU: 1501},
		{MaxHeld: -1},
	} {
		if _, err := New(a.Queue(0), info, o); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("case %d: %v", i, err)
		}
	}
	if _, err := New(nil, info, Options{}); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("no queue: %v", err)
	}
	if acc := a.Queue(0).Stats().Accounts; acc.Held != 0 {
		t.Errorf("a refused endpoint keeps frames: %+v", acc)
	}
}
