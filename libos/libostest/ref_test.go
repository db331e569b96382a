package libostest

import (
	"net/netip"
	"syscall"
	"time"

	"github.com/catamaran-os/catamaran/libos"
)

// refNet is a network in memory, as small as it can be: what the suite is tested with. A connection writes right into the
// buffer of its peer. Faults make it wrong in ways that the suite must notice.
type refNet struct {
	socks  map[refKey]*refSock // by local address
	next   uint16
	faults faults
	clock  time.Time
	hosts  []*refEngine
}

type refKey struct {
	typ  int
	addr netip.AddrPort
}

// refBuffer bounds what a connection buffers.
const refBuffer = 256 << 10

type refEngine struct {
	net   *refNet
	rt    *libos.Runtime
	addrs Addrs
	socks map[*refSock]bool
	moved bool
}

func (g *refEngine) Poll() bool {
	moved := g.moved
	g.moved = false
	for s := range g.socks {
		s.deliver()
		if s.peer != nil {
			s.pump()
		}
	}
	return moved
}

func (g *refEngine) Arm() (int, time.Time, bool) { return -1, time.Time{}, false }

func (g *refEngine) Close() error {
	for s := range g.socks {
		s.end(syscall.ECONNRESET)
	}
	return nil
}

func (g *refEngine) Socket(domain, typ int) (libos.Socket, error) {
	if domain != syscall.AF_INET && domain != syscall.AF_INET6 || typ != stream && typ != dgram {
		return nil, g.net.faults.errno("socket", syscall.ENOTSUP)
	}
	s := &refSock{g: g, typ: typ, v6: domain == syscall.AF_INET6}
	g.socks[s] = true
	return s, nil
}
