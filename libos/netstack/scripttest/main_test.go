package scripttest

import (
	"os"
	"runtime"
	"testing"

	"gvisor.dev/gvisor/pkg/refs"
)

// TestMain fails the run when a packet buffer of a stack was not released, also after scripts that fail.
func TestMain(m *testing.M) {
	runtime.GOMAXPROCS(1) // see Test
	refs.SetLeakMode(refs.LeaksPanic)
	code := m.Run()
	refs.DoLeakCheck()
	os.Exit(code)
}
