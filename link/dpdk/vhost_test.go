//go:build dpdk && linux && cgo

package dpdk_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/dpdk"
	"github.com/catamaran-os/catamaran/link/linktest"
)

// vhostPair opens both ends of a vhost-user socket: B is the device's back end, A its driver, which leaves checksums and segments
// to B.
func vhostPair(t testing.TB, queues int) linktest.Pair {
	t.Helper()
	n := opened.Add(1)
	socket := filepath.Join(socketDir, fmt.Sprintf("vhost%d", n))
	c := dpdk.Config{Frames: 4096, Queues: queues, Offload: true}
	p := linktest.Pair{Lossless: true}
	c.Port = fmt.Sprintf("net_vhost%d,iface=%s,queues=%d,tso=1", n, socket, queues)
	p.B = open(t, c)
	c.Port = fmt.Sprintf("net_virtio_user%d,path=%s,queues=%d,in_order=1", n, socket, queues)
	p.A = open(t, c)
	if p.A.Info().Offloads != link.TxChecksum|link.TxSegmentation {
		t.Errorf("virtio_user's offloads are %d", p.A.Info().Offloads)
	}
	up(t, p.B, p.A)
	return p
}

func TestConformanceVhost(t *testing.T) {
	linktest.Run(t, func(t *testing.T) linktest.Pair { return vhostPair(t, 1) })
}

// A port whose ring has no room for a long packet does not offer to cut it.
func TestShortRing(t *testing.T) {
	n := opened.Add(1)
	socket := filepath.Join(socketDir, fmt.Sprintf("vhost%d", n))
	c := dpdk.Config{Frames: 1024, Offload: true, Descriptors: 16, Port: fmt.Sprintf("net_vhost%d,iface=%s,tso=1", n, socket)}
	b := open(t, c)
	defer b.Close()
	c.Port = fmt.Sprintf("net_virtio_user%d,path=%s", n, socket)
	a := open(t, c)
	defer a.Close()
	if a.Info().Offloads != link.TxChecksum {
		t.Errorf("its offloads are %d", a.Info().Offloads)
	}
}
