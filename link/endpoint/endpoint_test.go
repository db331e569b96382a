package endpoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"testing"

	"gvisor.dev/gvisor/pkg/buffer"
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

func TestReceive(t *testing.T) {
	f := newFixture(t, pipe.Config{}, Options{})
	tcp := ip4(protoTCP, transport(protoTCP, false, "hello"))
	fragment := with(tcp, true, set(6, 0x20))
	type want struct {
		counter  *uint64
		verified bool
		typ      tcpip.PacketType
	}
	s := &f.e.stats
	for i, c := range []struct {
		b []byte
		want
	}{
		{frame(macOurs, typeIPv4, tcp), want{&s.RxDelivered, true, tcpip.PacketHost}},
		{frame(macAll, typeIPv4, fragment), want{&s.RxDelivered, false, tcpip.PacketBroadcast}},
		{frame(macGroup, typeIPv4, tcp), want{&s.RxDelivered, true, tcpip.PacketMulticast}},
		{frame(macOurs, typeARP, make([]byte, 28)), want{&s.RxDelivered, false, tcpip.PacketHost}},
		{frame(macOther, typeIPv4, tcp), want{counter: &s.RxNotOurs}},
		{frame(macOurs, typeIPv4, with(tcp, false, flip(44))), want{counter: &s.RxBadChecksum}},
		{frame(macOurs, typeIPv4, with(tcp, true, set(8, 0))), want{counter: &s.RxMalformed}},
		{frame(macOurs, typeIPv4, tcp[:30]), want{counter: &s.RxTooShort}},
		{macOurs, want{counter: &s.RxTooShort}},
		{frame(macOurs, 0x88cc, tcp), want{counter: &s.RxUnknownType}},
	} {
		f.sink.got = nil
		before := *c.counter
		f.inject(c.b)
		if n, err := f.e.Poll(64); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if *c.counter != before+1 {
			t.Errorf("case %d is not counted: %+v", i, f.e.Stats())
		}
		if c.typ == 0 != (len(f.sink.got) == 0) && c.counter != &s.RxDelivered {
			t.Errorf("case %d: delivered %d", i, len(f.sink.got))
		}
		if c.counter == &s.RxDelivered {
			if len(f.sink.got) != 1 {
				t.Fatalf("case %d is not delivered", i)
			}
			g := f.sink.got[0]
			if g.verified != c.verified || g.typ != c.typ || !bytes.Equal(g.data, c.b) {
				t.Errorf("case %d: delivered %+v", i, g)
			}
		}
	}
	st := f.e.Stats()
	if sum := st.RxDelivered + st.RxNotOurs + st.RxTooShort + st.RxMalformed + st.RxBadChecksum + st.RxUnknownType; sum != st.RxFrames {
		t.Errorf("counters sum to %d, want %d", sum, st.RxFrames)
	}
}

// TestDetach: a packet that makes the stack go away ends the deliveries.
func TestDetach(t *testing.T) {
	f := newFixture(t, pipe.Config{}, Options{})
	f.sink.then = func() { f.e.Attach(nil) }
	for range 3 {
		f.inject(frame(macOurs, typeARP, nil))
	}
	if n, err := f.e.Poll(64); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	if s := f.e.Stats(); s.RxDelivered != 1 || s.RxDetached != 2 || f.e.IsAttached() {
		t.Errorf("%+v", s)
	}
	if f.e.IsAttached() {
		t.Error("attached")
	}
}

// write lets the stack write packets of the given payloads, and returns how many were taken.
func (f *fixture) write(payloads ...[]byte) (int, tcpip.Error) {
	var list stack.PacketBufferList
	for _, p := range payloads {
		pkt := stack.NewPacketBuffer(stack.PacketBufferOptions{
			ReserveHeaderBytes: int(f.e.MaxHeaderLength()), Payload: buffer.MakeWithData(p),
		})
		pkt.NetworkProtocolNumber = typeIPv4
		pkt.EgressRoute.LocalLinkAddress = f.e.LinkAddress()
		pkt.EgressRoute.RemoteLinkAddress = tcpip.LinkAddress(macOther)
		f.e.AddHeader(pkt)
		list.PushBack(pkt)
	}
	defer list.DecRef()
	return f.e.WritePackets(list)
}

func number(i int) []byte { return []byte(fmt.Sprintf("packet %06d", i)) }

func TestSend(t *testing.T) {
	wrote := 0
	f := newFixture(t, pipe.Config{}, Options{Staged: func() { wrote++ }})
	if n, err := f.write(number(0), number(1)); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	if got := f.received(); len(got) != 0 {
		t.Fatalf("sent before the flush: %q", got)
	}
	if !f.e.Pending() || wrote != 1 {
		t.Errorf("pending %v, told %d times", f.e.Pending(), wrote)
	}
	if _, ok := f.e.Arm(); ok {
		t.Error("armed with frames staged")
	}
	if n := f.e.Flush(); n != 2 {
		t.Errorf("flushed %d", n)
	}
	want := append(append(bytes.Clone(macOther), macOurs...), 8, 0)
	got := f.received()
	if len(got) != 2 || !bytes.Equal(got[0], append(bytes.Clone(want), number(0)...)) {
		t.Errorf("received %q", got)
	}
	if n, err := f.write(make([]byte, 1501)); n != 0 || fmt.Sprint(err) != fmt.Sprint(&tcpip.ErrMessageTooLong{}) {
		t.Errorf("over the MTU: %d, %v", n, err)
	}
	if n, err := f.write(make([]byte, 1500)); n != 1 || err != nil {
		t.Errorf("the MTU: %d, %v", n, err)
	}
	if _, ok := f.e.Arm(); ok {
		t.Error("armed with a frame staged")
	}
	f.e.Flush()
	if fd, ok := f.e.Arm(); !ok || fd < 0 {
		t.Errorf("arm: %d, %v", fd, ok)
	}
	if s := f.e.Stats(); s.TxFrames != 3 || s.TxTooLong != 1 || s.Staged != 0 {
		t.Errorf("%+v", s)
	}
}

// TestBackPressure: what the device does not take is held in order, up to the bound, and sent when there is room.
func TestBackPressure(t *testing.T) {
	const ring, held = 16, 100
	f := newFixture(t, pipe.Config{Ring: ring, Frames: 64}, Options{MaxHeld: held})
	written := 0
	for {
		room := f.e.Room()
		n, err := f.write(number(written))
		if err == nil != (room > 0) {
			t.Fatalf("room for %d, and write says %v", room, err)
		}
		if err != nil {
			if _, ok := err.(*tcpip.ErrNoBufferSpace); !ok || n != 0 {
				t.Fatal(n, err)
			}
			break
		}
		written++
		f.e.Flush()
	}
	s := f.e.Stats()
	if s.TxNoBuffer != 1 || s.Held != held || s.TxFrames != ring || written != ring+s.Staged+held {
		t.Errorf("%d written: %+v", written, s)
	}
	// The device refused: it tells when it takes more.
	if fd, ok := f.e.Arm(); !ok || fd < 0 {
		t.Errorf("arm under back-pressure: %d, %v", fd, ok)
	}
	next := 0
	for next < written {
		got := f.received()
		if len(got) == 0 {
			t.Fatalf("nothing comes after %d of %d: %+v", next, written, f.e.Stats())
		}
		for _, b := range got {
			if !bytes.HasSuffix(b, number(next)) {
				t.Fatalf("packet %d is %q", next, b)
			}
			next++
		}
		f.e.Flush()
	}
	if s := f.e.Stats(); s.Held != 0 || s.Staged != 0 || s.TxFrames != uint64(written) || f.e.Pending() {
		t.Errorf("%+v", s)
	}
}

// TestCloseCounts: what was not sent is counted, and its frames and packets go back.
func TestCloseCounts(t *testing.T) {
	f := newFixture(t, pipe.Config{Ring: 16, Frames: 64}, Options{})
	for i := range 60 {
		if _, err := f.write(number(i)); err != nil {
			t.Fatal(err)
		}
	}
	sent := f.e.Flush()
	f.e.Close()
	if n, err := f.write(number(99)); n != 0 || err == nil {
		t.Errorf("write after close: %d, %v", n, err)
	}
	if s := f.e.Stats(); sent != 16 || s.TxClosed != 60-16+1 || s.Held != 0 || s.Staged != 0 {
		t.Errorf("%+v", s)
	}
}

// TestDeviceClosed: a device that was closed under the endpoint takes nothing more.
func TestDeviceClosed(t *testing.T) {
	f := newFixture(t, pipe.Config{}, Options{})
	if _, err := f.write(number(0)); err != nil {
		t.Fatal(err)
	}
	f.closed = true
	if err := f.dev.Close(); err != nil {
		t.Fatal(err)
	}
	if n := f.e.Flush(); n != 0 {
		t.Errorf("flushed %d", n)
	}
	if _, err := f.e.Poll(64); !errors.Is(err, net.ErrClosed) {
		t.Errorf("poll: %v", err)
	}
	if s := f.e.Stats(); s.TxClosed != 1 || s.RxErrors != 1 || s.TxErrors != 1 {
		t.Errorf("%+v", s)
	}
}

// TestWriters: goroutines of the stack write while the owner flushes.
func TestWriters(t *testing.T) {
	const writers, each = 4, 500
	f := newFixture(t, pipe.Config{Frames: 512}, Options{})
	var wg sync.WaitGroup
	for range writers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range each {
				if _, err := f.write(number(i)); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	got := 0
	for finished := false; !finished || f.e.Pending() || f.e.Stats().Staged > 0; {
		select {
		case <-done:
			finished = true
		default:
		}
		f.e.Flush()
		got += len(f.received())
	}
	if got += len(f.received()); got != writers*each {
		t.Errorf("%d of %d arrived: %+v", got, writers*each, f.e.Stats())
	}
}

func TestNewRejects(t *testing.T) {
	a, _, err := pipe.New(pipe.Config{})
	if err != nil {
		t.Fatal(err)
	}
	info := a.Info()
	for i, o := range []Options{
		{MAC: net.HardwareAddr{1, 2, 3}},
		{MAC: net.HardwareAddr{1, 0, 0, 0, 0, 1}},
		{MAC: make(net.HardwareAddr, 6)},
		{MTU: 67},
		{MTU: 1501},
		{MaxHeld: -1},
	} {
		if _, err := New(a.Queue(0), info, o); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("case %d: %v", i, err)
		}
	}
	if _, err := New(nil, info, Options{}); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("no queue: %v", err)
	}
	if acc := a.Queue(0).Stats().Accounts; acc.Held != 0 {
		t.Errorf("a refused endpoint keeps frames: %+v", acc)
	}
}
