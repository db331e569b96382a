//go:build !race

package netstack_test

import (
	"runtime"
	"testing"

	"github.com/catamaran-os/catamaran/libos/libostest"
	"github.com/catamaran-os/catamaran/libos/netstack"
	"github.com/catamaran-os/catamaran/link/pipe"
)

// On a virtual clock time moves when nothing else does. What goroutines of the stack still do must be done by then, so that
// there is one processor for all; the race detector sees more in TestConformanceStock.
func TestConformanceVirtual(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	libostest.Run(t, conformancePair("netstack on a pipe, virtual clock", true, netstack.TCPInline, pipe.Config{}))
}
