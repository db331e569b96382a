//go:build dpdk && linux && cgo

package dpdk_test

import (
	"errors"
	"fmt"
	"os/exec"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/internal/netnstest"
	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/dpdk"
)

// A received frame has no more room than there is behind its first byte, which the kernel puts 256 bytes further on than other
// drivers do.
func TestRoomAFXDP(t *testing.T) {
	netnstest.NeedRoot(t)
	ns, err := netnstest.New()
	if err != nil {
		t.Fatal(err)
	}
	defer ns.Close()
	err = ns.Do(func() error {
		for _, args := range [][]string{
			{"link", "add", "va", "type", "veth", "peer", "name", "vb"}, {"link", "set", "va", "up"}, {"link", "set", "vb", "up"},
		} {
			if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
				return fmt.Errorf("ip %v: %w\n%s", args, err, out)
			}
		}
		d, err := dpdk.Open(dpdk.Config{EAL: ealArgs, Port: "net_af_xdp0,iface=vb"})
		if err != nil {
			return err
		}
		defer d.Close()
		q := d.Queue(0)
		var sent, f [1]link.Frame
		if q.Alloc(sent[:]) != 1 {
			return errors.New("no frame")
		}
		room := cap(sent[0].Data)
		q.Free(sent[:])
		for end := time.Now().Add(10 * time.Second); ; { // IPv6 looks for routers
			n, err := q.RxBurst(f[:])
			if n == 1 {
				break
			}
			if time.Now().After(end) {
				return fmt.Errorf("no frame came, %v", err)
			}
		}
		if got := cap(f[0].Data); got != room-256 {
			t.Errorf("a received frame has room for %d bytes, want %d", got, room-256)
		}
		q.Free(f[:])
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
