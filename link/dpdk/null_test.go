//go:build dpdk && linux && cgo

package dpdk_test

import (
	"errors"
	"net"
	"syscall"
	"testing"

	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/dpdk"
)

// null's driver makes frames for each poll and takes all that are sent.
func TestNull(t *testing.T) {
	d := open(t, dpdk.Config{Port: "net_null82,size=100", Frames: 1024})
	info := d.Info()
	if info.Driver != "net_null" || info.Name != "net_null82" || info.Queues != 1 || len(info.MAC) != 6 || !info.Virtual {
		t.Errorf("%+v", info)
	}
	q := d.Queue(0)
	var f [32]link.Frame
	for round := range uint64(1000) {
		n, err := q.RxBurst(f[:])
		if n != len(f) || err != nil {
			t.Fatalf("RxBurst: %d, %v", n, err)
		}
		for i := range f {
			if len(f[i].Data) != 100 {
				t.Fatalf("a frame of %d bytes", len(f[i].Data))
			}
		}
		if n, err := q.TxBurst(f[:]); n != len(f) || err != nil {
			t.Fatalf("TxBurst: %d, %v", n, err)
		}
		s := q.Stats()
		frames := 32 * (round + 1)
		if s.RxFrames != frames || s.TxFrames != frames || s.RxBytes != 100*frames || s.TxBytes != 100*frames {
			t.Fatalf("round %d: %+v", round, s)
		}
		if a := s.Accounts; a.Sum() != a.Total || a.Total != 1024 || a.Held != 0 {
			t.Fatalf("round %d: %+v", round, a)
		}
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// Two runtimes can each have a queue of a port, which is closed with the last of them.
func TestOpenQueue(t *testing.T) {
	c := dpdk.Config{EAL: ealArgs, Port: "net_null83,size=64", Queues: 2, Frames: 1024}
	var owners [2]link.Device
	for i := range owners {
		var err error
		if owners[i], err = dpdk.OpenQueue(c, i); err != nil {
			t.Fatal(err)
		}
		if owners[i].Info().Queues != 1 || owners[i].Queue(1) != nil {
			t.Errorf("owner %d has other queues than its own", i)
		}
	}
	_, err := dpdk.OpenQueue(c, 2)
	wants(t, err, syscall.EINVAL, "no queue 2 of 2")
	_, err = dpdk.OpenQueue(c, -1)
	wants(t, err, syscall.EINVAL, "no queue -1 of 2")
	_, err = dpdk.OpenQueue(c, 1)
	wants(t, err, syscall.EBUSY, "queue 1 has an owner")
	other := c
	other.Frames = 2048
	_, err = dpdk.OpenQueue(other, 1)
	wants(t, err, syscall.EBUSY, "another configuration")

	result := make(chan error, len(owners))
	for _, d := range owners {
		go func() {
			var f [32]link.Frame
			for range 10_000 {
				n, err := d.Queue(0).RxBurst(f[:])
				if sent, e := d.Queue(0).TxBurst(f[:n]); err != nil || e != nil || sent != n {
					result <- errors.Join(err, e, errors.New("a queue does not work beside the other"))
					return
				}
			}
			if s := d.Queue(0).Stats(); s.RxFrames != 320_000 || s.Accounts.Sum() != s.Accounts.Total {
				result <- errors.New("a queue counted frames of the other")
				return
			}
			result <- nil
		}()
	}
	for range owners {
		if err := <-result; err != nil {
			t.Error(err)
		}
	}
	if err := errors.Join(owners[0].Close(), owners[0].Close()); err != nil {
		t.Error(err)
	}
	var f [1]link.Frame
	if n, err := owners[0].Queue(0).RxBurst(f[:]); n != 0 || !errors.Is(err, net.ErrClosed) {
		t.Errorf("after its owner closed: %d, %v", n, err)
	}
	if n, err := owners[1].Queue(0).RxBurst(f[:]); n != 1 || err != nil {
		t.Errorf("after the other owner closed: %d, %v", n, err)
	}
	owners[1].Queue(0).Free(f[:])
	if err := owners[1].Close(); err != nil {
		t.Error(err)
	}
	d, err := dpdk.OpenQueue(c, 1)
	if err != nil {
		t.Fatal("a port that was closed: ", err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}
