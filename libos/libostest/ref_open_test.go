package libostest

import (
	"errors"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/libos"
)

// faults are ways to be wrong. The zero value is right.
type faults struct {
	errnos        map[string]syscall.Errno // by call, in place of the right one
	loseByte      bool
	flipByte      bool
	forgetOnClose bool // pending operations stay pending
	closeEOF      bool // pending pops end with the end of the stream
	closeByKind   bool // pending operations end in another order than that of issue
	dropUnread    bool // close discards what the peer has not popped
	cancelTakes   bool // a cancelled pop takes data away from the next
	noCancel      bool
	lifo          bool // accepts return the newest connection
	keepPorts     bool
	noFin         bool
	noReset       bool
	merge         bool // joins messages
	wrongSource   bool
	promiscuous   bool // a connected datagram socket takes everybody's
	stuck         int  // pushes end after so many bytes
	boundary      int  // a pop returns at most so many bytes
	leaky, blind  bool // memory
	leakFD        bool

	swallow bool
	count   int
}

func (f *faults) errno(call string, right error) error {
	if e, ok := f.errnos[call]; ok {
		return e
	}
	return right
}

// damage changes data that is on its way.
func (f *faults) damage(data *[]byte) {
	if len(*data) == 0 {
		return
	}
	if f.swallow {
		f.swallow = false
		*data = (*data)[:0]
		return
	}
	f.count++
	switch {
	case f.loseByte && len(*data) > 50:
		*data = (*data)[1:]
	case f.flipByte && len(*data) > 50:
		(*data)[len(*data)-1] ^= 0x10
	}
}

// refOpener makes pairs of the reference: two runtimes with sockets, or one with memory queues alone.
func refOpener(f faults, memq bool, patience time.Duration) Opener {
	return func(tb TB, o Options) *Pair {
		n := &refNet{socks: map[refKey]*refSock{}, faults: f, clock: time.Unix(1e9, 0)}
		mems := map[*libos.Runtime]*refMemory{}
		mk := func() *libos.Runtime {
			m := newRefMemory(o.MemoryLimit)
			m.leaky, m.blind = f.leaky, f.blind
			lo := libos.Options{Memory: m, MaxTokens: o.MaxTokens, MaxQueues: o.MaxQueues, Misuse: o.Misuse}
			if !memq {
				lo.Now = func() time.Time { return n.clock }
			}
			rt, err := libos.New(lo)
			if err != nil {
				tb.Fatalf("open: %v", err)
			}
			mems[rt] = m
			return rt
		}
		queues := &refQueues{}
		p := &Pair{
			MemoryQueue: func(rt *libos.Runtime) (libos.QD, error) {
				q := &refQueue{rt: rt, faults: &n.faults}
				queues.queues = append(queues.queues, q)
				return rt.Insert(q)
			},
			InUse: func(rt *libos.Runtime) int64 { return mems[rt].used },
		}
		p.Name, p.Patience = "reference", patience
		p.A = mk()
		p.A.Add(queues)
		if p.B = p.A; !memq {
			p.B = mk()
			p.Stream, p.Datagram = true, true
			p.AddrA = Addrs{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fd00::1")}
			p.AddrB = Addrs{netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("fd00::2")}
			p.NonLocal = Addrs{netip.MustParseAddr("10.0.0.3"), netip.MustParseAddr("fd00::3")}
			p.DeadRemote = AddrPorts{netip.MustParseAddrPort("10.0.0.9:7"), netip.MustParseAddrPort("[fd00::9]:7")}
			p.Advance = func(d time.Duration) { n.clock = n.clock.Add(d) }
			for rt, addrs := range map[*libos.Runtime]Addrs{p.A: p.AddrA, p.B: p.AddrB} {
				g := &refEngine{net: n, rt: rt, addrs: addrs, socks: map[*refSock]bool{}}
				n.hosts = append(n.hosts, g)
				rt.Add(g)
			}
		}
		p.Close = func() error {
			if f.leakFD {
				leakFD(tb)
			}
			if p.A == p.B {
				return p.A.Close()
			}
			return errors.Join(p.A.Close(), p.B.Close())
		}
		return p
	}
}

func leakFD(tb TB) {
	if _, err := syscall.Dup(0); err != nil {
		tb.Fatalf("dup: %v", err)
	}
}

func TestReferenceSockets(t *testing.T) { Run(t, refOpener(faults{}, false, 0)) }

func TestReferenceQueues(t *testing.T) { Run(t, refOpener(faults{}, true, 0)) }
