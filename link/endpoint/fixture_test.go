package endpoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/stack"

	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/pipe"
)

// A fixture is an endpoint on one side of a pipe; the test has the other side.
type fixture struct {
	*testing.T
	e       *Endpoint
	dev     *pipe.Device
	q, peer link.Queue
	sink    *sink
	closed  bool // by the test: the device takes nothing back any more
}

// A sink is a stack that takes packets apart at once.
type sink struct {
	e    *Endpoint
	got  []delivered
	then func()
}

type delivered struct {
	proto    tcpip.NetworkProtocolNumber
	data     []byte // from the Ethernet header on
	verified bool
	typ      tcpip.PacketType
}

func (s *sink) DeliverNetworkPacket(proto tcpip.NetworkProtocolNumber, pkt *stack.PacketBuffer) {
	view := pkt.ToView()
	defer view.Release()
	s.got = append(s.got, delivered{
		proto, bytes.Clone(view.AsSlice()), s.e.Capabilities()&stack.CapabilityRXChecksumOffload != 0, pkt.PktType,
	})
	if s.then != nil {
		s.then()
	}
}

func (*sink) DeliverLinkPacket(tcpip.NetworkProtocolNumber, *stack.PacketBuffer) {}

// drop is a stack that wants nothing.
type drop struct{}

func (drop) DeliverNetworkPacket(tcpip.NetworkProtocolNumber, *stack.PacketBuffer) {}
func (drop) DeliverLinkPacket(tcpip.NetworkProtocolNumber, *stack.PacketBuffer)    {}

func newFixture(t *testing.T, p pipe.Config, o Options) *fixture {
	t.Helper()
	a, b, err := pipe.New(p)
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(a.Queue(0), a.Info(), o)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{T: t, e: e, dev: a, q: a.Queue(0), peer: b.Queue(0), sink: &sink{e: e}}
	e.Attach(f.sink)
	t.Cleanup(func() {
		e.Close()
		e.Close()
		if acc := f.q.Stats().Accounts; acc.Held != 0 && !f.closed {
			t.Errorf("frames were not given back: %+v", acc)
		}
		if n := f.q.Stats().NotHeld; n != 0 {
			t.Errorf("%d frames were given to the device that were not held", n)
		}
		if err := errors.Join(a.Close(), b.Close()); err != nil {
			t.Error(err)
		}
	})
	return f
}

var (
	macOurs  = []byte{2, 0, 0, 0, 0, 1} // pipe's default for the first side
	macOther = []byte{2, 0, 0, 0, 0, 9}
	macAll   = []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	macGroup = []byte{0x33, 0x33, 0, 0, 0, 1}
)

func frame(dst []byte, etherType uint16, payload []byte) []byte {
	b := append(bytes.Clone(dst), 2, 0, 0, 0, 0, 2)
	return append(binary.BigEndian.AppendUint16(b, etherType), payload...)
}

// inject sends a frame from the other side.
func (f *fixture) inject(b []byte) {
	f.Helper()
	fr := make([]link.Frame, 1)
	if f.peer.Alloc(fr) != 1 {
		f.Fatal("no frame")
	}
	fr[0].Data = append(fr[0].Data, b...)
	if n, err := f.peer.TxBurst(fr); n != 1 || err != nil {
		f.Fatal(n, err)
	}
}

// received returns what arrived on the other side.
func (f *fixture) received() (got [][]byte) {
	f.Helper()
	fr := make([]link.Frame, 64)
	for {
		n, err := f.peer.RxBurst(fr)
		if err != nil {
			f.Fatal(err)
		}
		if n == 0 {
			return got
		}
		for _, x := range fr[:n] {
			got = append(got, bytes.Clone(x.Data))
		}
		f.peer.Free(fr[:n])
	}
}
