//go:build dpdk && linux && cgo

package dpdk

import (
	"fmt"

	"github.com/catamaran-os/catamaran/link/dpdk/internal/ethdev"
)

// RingPair makes two ports of DPDK's ring driver that are joined in memory, of the names a and b, for Config.Port: for tests and
// demonstrations within a process. args start EAL, as Config.EAL does. A name can be used again when its port is closed.
func RingPair(args []string, a, b string) (portA, portB string, err error) {
	eal.Lock()
	defer eal.Unlock()
	if err := startEAL(args); err != nil {
		return "", "", err
	}
	if err := ethdev.RingPair(a, b, 1024); err != nil {
		return "", "", fmt.Errorf("join ports %s and %s: %w", a, b, err)
	}
	return "net_ring_" + a, "net_ring_" + b, nil
}
