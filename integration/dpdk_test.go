//go:build dpdk && linux && cgo

package integration

import (
	"fmt"
	"os"
	"testing"
)

// testEAL starts DPDK's environment in this process, which can be done once: without hugepages.
var testEAL = []string{"--no-huge", "--no-pci", "-m", "1024", fmt.Sprintf("--file-prefix=catamaran%d", os.Getpid())}

// socketDir makes a directory whose names are short enough for the path of a socket (unix(7): 108 bytes).
func socketDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "catamaran-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
