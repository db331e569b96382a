//go:build dpdk && linux && cgo

package dpdk_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/catamaran-os/catamaran/link/dpdk"
	"github.com/catamaran-os/catamaran/link/linktest"
)

// vhostPair opens both ends of a vhost-user socket: A is the device's back end, B its driver.
func vhostPair(t testing.TB, queues int) linktest.Pair {
	t.Helper()
	n := opened.Add(1)
	socket := filepath.Join(socketDir, fmt.Sprintf("vhost%d", n))
	p := linktest.Pair{Lossless: true}
	p.A = open(t, dpdk.Config{Frames: 4096, Queues: queues, Port: fmt.Sprintf("net_vhost%d,iface=%s,queues=%d", n, socket, queues)})
	p.B = open(t, dpdk.Config{Frames: 4096, Queues: queues, Port: fmt.Sprintf("net_virtio_user%d,path=%s,queues=%d,in_order=1", n, socket, queues)})
	up(t, p.A, p.B)
	return p
}

func TestConformanceVhost(t *testing.T) {
	linktest.Run(t, func(t *testing.T) linktest.Pair { return vhostPair(t, 1) })
}
