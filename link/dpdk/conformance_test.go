//go:build dpdk && linux && cgo

package dpdk_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/dpdk"
	"github.com/catamaran-os/catamaran/link/linktest"
)

// ealArgs are enough for every test of the process, without hugepages.
var ealArgs = []string{"--no-huge", "--no-pci", "-m", "512", fmt.Sprintf("--file-prefix=cat%d", os.Getpid())}

func open(t testing.TB, c dpdk.Config) link.Device {
	t.Helper()
	c.EAL = ealArgs
	d, err := dpdk.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func ringPair(t testing.TB) linktest.Pair {
	t.Helper()
	n := opened.Add(1)
	a, b, err := dpdk.RingPair(ealArgs, fmt.Sprintf("a%d", n%8), fmt.Sprintf("b%d", n%8))
	if err != nil {
		t.Fatal(err)
	}
	return linktest.Pair{A: open(t, dpdk.Config{Port: a, Frames: 2048}), B: open(t, dpdk.Config{Port: b, Frames: 2048}), Lossless: true}
}

var opened atomic.Int32

func TestConformanceRing(t *testing.T) {
	linktest.Run(t, func(t *testing.T) linktest.Pair { return ringPair(t) })
}

// memifPair opens a pair of ports of memif. A third one, which is never opened, keeps the socket: the driver leaves a
// descriptor open of each socket that it no longer listens on.
func memifPair(t testing.TB) linktest.Pair {
	t.Helper()
	socket := filepath.Join(socketDir, "memif")
	n := opened.Add(1)
	args := fmt.Sprintf("id=%d,socket=%s,socket-abstract=no", n, socket)
	c := dpdk.Config{Frames: 4096, Port: fmt.Sprintf("net_memif%d,role=server,%s", 2*n, args)}
	p := linktest.Pair{Lossless: true, A: open(t, c)}
	c.Port = fmt.Sprintf("net_memif%d,role=client,%s", 2*n+1, args)
	p.B = open(t, c)
	up(t, p.A, p.B)
	return p
}

// up polls devices until they are up.
func up(t testing.TB, devs ...link.Device) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); len(devs) > 0; {
		var f [32]link.Frame
		if _, err := devs[0].Queue(0).RxBurst(f[:]); err == nil {
			devs = devs[1:]
		} else if time.Now().After(end) {
			t.Fatalf("%s: %v", devs[0].Info().Name, err)
		}
	}
}

func TestConformanceMemif(t *testing.T) {
	linktest.Run(t, func(t *testing.T) linktest.Pair { return memifPair(t) })
}

var socketDir string

func TestMain(m *testing.M) {
	var err error
	if socketDir, err = os.MkdirTemp("", "catamaran"); err != nil {
		panic(err)
	}
	ealArgs = append(ealArgs, fmt.Sprintf("--vdev=net_memif0,id=0,role=server,socket=%s/memif,socket-abstract=no", socketDir))
	if child := os.Getenv(childEnv); child != "" {
		os.Exit(runChild(child, socketDir))
	}
	status := m.Run()
	os.RemoveAll(socketDir)
	os.Exit(status)
}
