//go:build dpdk && linux && cgo

package dpdk_test

import (
	"testing"

	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/dpdk"
)

// The owner of a closed queue whose frames come back late frees them while another device is closed, and asks for its counters.
func TestLateFree(t *testing.T) {
	for range 50 {
		d := open(t, dpdk.Config{Port: "net_null86,size=64", Frames: 1024})
		other := open(t, dpdk.Config{Port: "net_null87,size=64", Frames: 1024})
		q := d.Queue(0)
		var f [64]link.Frame
		n, err := q.RxBurst(f[:])
		if n != len(f) || err != nil {
			t.Fatal(n, err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() { done <- other.Close() }()
		for i := range f {
			q.Free(f[i : i+1])
			if a := q.Stats().Accounts; a.Held != len(f)-1-i || a.Sum() != a.Total {
				t.Errorf("%+v", a)
			}
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
}
