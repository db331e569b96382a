package netstack_test

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"syscall"
	"testing"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip/header"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/libos/netstack"
)

// What a flood may cost in memory: more than the stack's own bounds (512 neighbors, 64 resolutions with 256 packets each,
// 4 MiB of fragments a protocol), and much less than the flood.
const floodMemory = 16 << 20

func heap() int64 {
	runtime.GC()
	runtime.GC() // what was in pools at the first
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// flood sends n frames and lets the host answer each, then checks what is left.
func (w *wire) flood(n, timers int, make func(i int) []byte) {
	w.Helper()
	before := heap()
	for i := range n {
		w.send(make(i))
		w.drain()
	}
	if grown := heap() - before; grown > floodMemory {
		w.Errorf("%d frames cost %d bytes", n, grown)
	}
	if s := w.h.engine.Stats(); s.Timers > timers || s.Endpoint.RxDelivered < uint64(n) {
		w.Errorf("%d timers, want at most %d; %+v", s.Timers, timers, s.Endpoint)
	}
}

func (w *wire) drain() {
	w.Helper()
	w.collect()
	w.seen = nil
}

// idle lets virtual time pass.
func (w *wire) idle(d time.Duration) {
	w.Helper()
	for range d / (10 * time.Millisecond) {
		w.now = w.now.Add(10 * time.Millisecond)
		w.drain()
	}
}

func (w *wire) listen(backlog int) (libos.QD, netip.AddrPort) {
	w.Helper()
	at := netip.AddrPortFrom(addrA, 7)
	l, err := w.h.rt.Socket(syscall.AF_INET, syscall.SOCK_STREAM)
	if err == nil {
		err = w.h.rt.Bind(l, at)
	}
	if err == nil {
		err = w.h.rt.Listen(l, backlog)
	}
	if err != nil {
		w.Fatal(err)
	}
	return l, at
}

// TestNeighborFlood: whoever claims to be many hosts, or to be asked for by many, does not fill the memory.
func TestNeighborFlood(t *testing.T) {
	const n = 5000
	broadcast, nobody := []byte{255, 255, 255, 255, 255, 255}, make([]byte, 6)
	w := newWire(t, netstack.Config{})
	w.greet()
	w.flood(n, 600, func(i int) []byte {
		from := netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)})
		return frame(broadcast, macTest, header.ARPProtocolNumber, arpPacket(header.ARPRequest, from, addrA, macTest, nobody))
	})
	w.flood(n, 600, func(i int) []byte {
		from := addrB6.As16()
		binary.BigEndian.PutUint32(from[8:], uint32(i))
		b := append([]byte{135, 0, 0, 0, 0, 0, 0, 0}, addrA6.AsSlice()...)
		return icmp6(netip.AddrFrom16(from), addrA6, append(append(b, 1, 1), macTest...))
	})
	// Nobody answers for these, so that the replies to them wait.
	payload := make([]byte, 1400)
	w.flood(4*n, 600, func(i int) []byte {
		return echo4(netip.AddrFrom4([4]byte{10, 0, 0, byte(3 + i%250)}), addrA, 1, payload)
	})
	w.idle(time.Minute)
	if n := w.h.engine.Stats().Timers; n > 3 {
		t.Errorf("%d timers are left", n)
	}
	w.greet()
}

// TestSynFlood: handshakes that nobody finishes are bounded by the backlog, keep nobody out, and end.
func TestSynFlood(t *testing.T) {
	const n, backlog = 5000, 16
	w := newWire(t, netstack.Config{})
	w.greet()
	l, at := w.listen(backlog)
	w.flood(n, 2*backlog, func(i int) []byte {
		return segment(netip.AddrPortFrom(addrB, uint16(2000+i)), at, header.TCPFlagSyn, 1000, 0, "")
	})
	if s := w.h.engine.Stats().TCP; s.SynCookies < n-2*backlog {
		t.Errorf("no SYN cookies: %+v", s)
	}
	from := netip.AddrPortFrom(addrB, 1999)
	w.until("one that is in earnest has its SYN-ACK", func() bool { return w.handshake(from, at) })
	qt, err := w.h.rt.Accept(l)
	if err != nil {
		t.Fatal(err)
	}
	w.until("the connection is accepted", func() bool {
		res, err := w.h.rt.Wait(qt, 0)
		return err == nil && res.Err == nil && res.Addr == from
	})
	w.idle(5 * time.Minute)
	if s := w.h.engine.Stats(); s.Timers > 3 || s.TCP.Established != 1 {
		t.Errorf("left: %d timers, %+v", s.Timers, s.TCP)
	}
}

// TestAcceptQueue: connections that the service does not accept are bounded by the backlog too.
func TestAcceptQueue(t *testing.T) {
	const backlog = 16
	w := newWire(t, netstack.Config{})
	w.greet()
	_, at := w.listen(backlog)
	done := 0
	for i := range 10 * backlog {
		if w.handshake(netip.AddrPortFrom(addrB, uint16(2000+i)), at) {
			done++
		}
	}
	w.until("the queue is full", func() bool { return w.h.engine.Stats().TCP.SynDropped > 0 })
	if s := w.h.engine.Stats().TCP; done > 2*backlog || s.Established < backlog || s.Established > backlog+1 {
		t.Errorf("%d handshakes, %+v", done, s)
	}
}

// handshake opens a connection, and reports false if the host does not answer the SYN.
func (w *wire) handshake(from, to netip.AddrPort) bool {
	w.Helper()
	w.send(segment(from, to, header.TCPFlagSyn, 1000, 0, ""))
	for range 100 {
		w.collect()
		for _, b := range w.seen {
			if isTCP4(header.TCPFlagSyn|header.TCPFlagAck)(b) && header.TCP(b[34:]).DestinationPort() == from.Port() {
				w.seen = nil
				w.send(segment(from, to, header.TCPFlagAck, 1001, header.TCP(b[34:]).SequenceNumber()+1, "hello"))
				w.drain()
				return true
			}
		}
		w.seen = nil
	}
	return false
}

// until polls until cond, for at most 20 s of the machine's time.
func (w *wire) until(what string, cond func() bool) {
	w.Helper()
	for end := time.Now().Add(20 * time.Second); !cond(); w.drain() {
		if time.Now().After(end) {
			w.Fatalf("timed out waiting until %s: %+v", what, w.h.engine.Stats())
		}
	}
}

// TestDatagramFlood: a socket that nobody pops keeps what its buffer is for, whatever the size of the datagrams, and in
// order.
func TestDatagramFlood(t *testing.T) {
	const n = 60_000
	for _, size := range []int{0, 1, 4, 1400} {
		w := newWire(t, netstack.Config{})
		w.greet()
		qd, err := w.h.rt.Socket(syscall.AF_INET, syscall.SOCK_DGRAM)
		if err == nil {
			err = w.h.rt.Bind(qd, netip.AddrPortFrom(addrA, 9))
		}
		if err != nil {
			t.Fatal(err)
		}
		w.flood(n, 3, func(i int) []byte {
			b := make([]byte, 8+size)
			header.UDP(b).Encode(&header.UDPFields{SrcPort: uint16(1 + i), DstPort: 9, Length: uint16(len(b))})
			return ipFrame(17, addrB, addrA, b) // without checksum
		})
		kept := 0
		for ; ; kept++ {
			qt, err := w.h.rt.Pop(qd)
			if err != nil {
				t.Fatal(err)
			}
			res, err := w.h.rt.Wait(qt, 0)
			if err != nil {
				break // nothing is left
			}
			if res.Err != nil || res.N != size || res.Addr != netip.AddrPortFrom(addrB, uint16(1+kept)) {
				t.Fatalf("datagram %d: %+v", kept, res)
			}
			if err := w.h.rt.Free(res.SGA); err != nil {
				t.Fatal(err)
			}
		}
		if full := w.h.engine.Stats().UDP.BufferFull; kept < 100 || kept > 10_000 || full != uint64(n-kept) {
			t.Errorf("%d bytes: %d datagrams kept and %d dropped of %d", size, kept, full, n)
		}
	}
}

// TestFragmentFlood: pieces of packets that never become whole are bounded, and thrown away in time.
func TestFragmentFlood(t *testing.T) {
	w := newWire(t, netstack.Config{})
	w.greet()
	piece := func(id, off, size int) []byte {
		_, b := packet(17, addrB, addrA, make([]byte, size))
		h := header.IPv4(b)
		h.SetFlagsFragmentOffset(header.IPv4FlagMoreFragments, uint16(off))
		h.SetID(uint16(id))
		h.SetChecksum(0)
		h.SetChecksum(^h.CalculateChecksum())
		return frame(macHost, macTest, header.IPv4ProtocolNumber, b)
	}
	before := heap()
	w.flood(20_000, 3, func(i int) []byte { return piece(i, 0, 1400) })             // 28 MB
	w.flood(20_000, 3, func(i int) []byte { return piece(i/4000, 16*(i%4000), 8) }) // holes between all
	w.idle(2 * time.Minute)
	if left := heap() - before; left > 3<<20 { // maps that grew
		t.Errorf("%d bytes are left", left)
	}
}
