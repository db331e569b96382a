package endpoint

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/stack"

	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/pipe"
)

// segmented makes a packet as TCP does: with headers, only the sum over the pseudo-header in place of the checksum, and the
// payload in views of the given size.
func (c tcpSpec) segmented(mss uint16, view int) *stack.PacketBuffer {
	tcp := 20 + len(c.options)
	pkt := stack.NewPacketBuffer(stack.PacketBufferOptions{ReserveHeaderBytes: maxHeader})
	for b := range slices.Chunk([]byte(c.payload), max(view, 1)) {
		x := buffer.MakeWithData(b)
		pkt.Data().MergeBuffer(&x)
	}
	h := header.TCP(pkt.TransportHeader().Push(tcp))
	h.Encode(&header.TCPFields{
		SrcPort: 1000 + c.port, DstPort: 2, SeqNum: c.seq, AckNum: c.ack, WindowSize: c.window,
		DataOffset: uint8(tcp), Flags: header.TCPFlagAck | c.flags,
	})
	copy(h[20:], c.options)
	src, dst, typ := src4, dst4, stack.GSOTCPv4
	if c.v6 {
		src, dst, typ = src6, dst6, stack.GSOTCPv6
	}
	h.SetChecksum(header.PseudoHeaderChecksum(header.TCPProtocolNumber, src, dst, uint16(pkt.Size())))
	if c.v6 {
		n := pkt.Size()
		pkt.NetworkProtocolNumber = header.IPv6ProtocolNumber
		copy(pkt.NetworkHeader().Push(40), with(ip6(protoTCP, nil), false, set16(4, uint16(n))))
	} else {
		n := pkt.Size()
		pkt.NetworkProtocolNumber = header.IPv4ProtocolNumber
		copy(pkt.NetworkHeader().Push(20), with(ip4(protoTCP, nil), true, func(b []byte) {
			set16(2, uint16(20+n))(b)
			set16(4, 0xfffe)(b)
		}))
	}
	pkt.GSOOptions = stack.GSO{Type: typ, NeedsCsum: true, MSS: mss}
	pkt.EgressRoute.LocalLinkAddress = tcpip.LinkAddress(macOther)
	pkt.EgressRoute.RemoteLinkAddress = tcpip.LinkAddress(macOurs)
	return pkt
}

// send writes a packet as the stack does, and reports whether it was taken.
func (f *fixture) send(pkt *stack.PacketBuffer) tcpip.Error {
	defer pkt.DecRef()
	f.e.AddHeader(pkt)
	return f.e.WritePacket(pkt)
}

// frames flushes and receives until nothing comes.
func (f *fixture) frames() (all [][]byte) {
	for {
		n := f.e.Flush()
		got := f.received()
		if all = append(all, got...); n == 0 && len(got) == 0 {
			return all
		}
	}
}

// check takes frames of one flow apart as a receiver does and returns the bytes they carry.
func (f *fixture) check(spec tcpSpec, frames [][]byte, mss int) (stream []byte) {
	f.Helper()
	seq := spec.seq
	for i, b := range frames {
		typ := binary.BigEndian.Uint16(b[12:])
		if v := inspect(typ, b[14:], link.CsumUnknown, false); v != verified {
			f.Fatalf("frame %d: verdict %d: %x", i, v, b)
		}
		s, k := findTCP(typ, b, true)
		if k != tcpPlain || s.v6() != spec.v6 || len(s.b) != len(b) {
			f.Fatalf("frame %d is no plain segment: %x", i, b)
		}
		if !s.v6() && header.IPv4(b[14:]).ID() != 0xfffe+uint16(i) {
			f.Errorf("frame %d: ID %#x", i, header.IPv4(b[14:]).ID())
		}
		first, last := i == 0, i == len(frames)-1
		want := header.TCPFlagAck | spec.flags
		if !first {
			want &^= tcpFlagCWR
		}
		if !last {
			want &^= header.TCPFlagFin | header.TCPFlagPsh
		}
		h := header.TCP(b[s.tcp:])
		if h.Flags() != want || s.seq() != seq || h.AckNumber() != spec.ack || h.WindowSize() != spec.window ||
			!bytes.Equal(h.Options(), spec.options) {
			f.Fatalf("frame %d: sequence number %d, want %d; flags %v, want %v; %x", i, s.seq(), seq, h.Flags(), want, b)
		}
		if s.payload() > mss || !last && s.payload() != mss {
			f.Errorf("frame %d carries %d bytes", i, s.payload())
		}
		seq += uint32(s.payload())
		stream = append(stream, h.Payload()...)
	}
	return stream
}

func letters(n int) string {
	rng := rand.New(rand.NewPCG(uint64(n), 3))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return string(b)
}

func TestSegment(t *testing.T) {
	ts := []byte{1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2}
	for _, c := range []struct {
		name   string
		size   int
		mss    uint16
		view   int
		flags  header.TCPFlags
		config pipe.Config
		mtu    int
		want   int // bytes in each frame; 0: the MSS
	}{
		{name: "no data", mss: 1400, view: 1},
		{name: "one frame", size: 1400, mss: 1400, view: 4096},
		{name: "one byte more", size: 1401, mss: 1400, view: 4096},
		{name: "longest", size: 65_375, mss: 1400, view: 65_536},
		{name: "longest of all", size: 65_535 - 40 - 12, mss: 1400, view: 65_536},
		{name: "small views", size: 20_000, mss: 1400, view: 7},
		{name: "odd", size: 9_999, mss: 1399, view: 1001},
		{name: "small segments", size: 5_000, mss: 48, view: 700},
		{name: "flags", size: 3_000, mss: 1400, view: 4096, flags: header.TCPFlagFin | header.TCPFlagPsh | tcpFlagCWR},
		{name: "few frames", size: 60_000, mss: 1400, view: 4096, config: pipe.Config{Ring: 16, Frames: 64}, flags: header.TCPFlagPsh},
		{name: "MTU is less", size: 10_000, mss: 1400, view: 4096, mtu: 1280, want: 1280 - 60 - 12},
	} {
		for _, v6 := range []bool{false, true} {
			for _, options := range [][]byte{nil, ts} {
				t.Run(fmt.Sprintf("%s/%v/%d", c.name, v6, len(options)), func(t *testing.T) {
					f := newFixture(t, c.config, Options{MTU: c.mtu})
					spec := tcpSpec{
						v6: v6, seq: 0xffffff00, ack: 7, window: 9, options: options, flags: c.flags,
						payload: letters(min(c.size, 65_535-60-len(options))),
					}
					if err := f.send(spec.segmented(c.mss, c.view)); err != nil {
						t.Fatal(err)
					}
					got := f.frames()
					want := int(c.mss)
					if c.want > 0 {
						want = c.want + 60 - (len(options) - 12) - 60
						if !v6 {
							want += 20
						}
					}
					if data := f.check(spec, got, want); string(data) != spec.payload {
						t.Errorf("%d bytes arrived, want %d", len(data), len(spec.payload))
					}
					s := f.e.Stats()
					if s.TxFrames != uint64(len(got)) || (s.TxSegmented == 1) != (len(got) > 1) || s.Held != 0 || s.Staged != 0 {
						t.Errorf("%+v", s)
					}
					// What was cut is merged again.
					other := newFixture(t, pipe.Config{}, Options{})
					back := other.deliverAll(got, 64)
					if c.flags == 0 && len(got) > 1 && len(got) < 46 && len(back) != 1 {
						t.Errorf("%d frames were merged into %d packets", len(got), len(back))
					}
				})
			}
		}
	}
}

// TestSegmentHeld: while the device takes nothing, segments are held in order with the packets around them, up to the bound
// in frames, and none is lost.
func TestSegmentHeld(t *testing.T) {
	const held = 100
	f := newFixture(t, pipe.Config{Ring: 16, Frames: 64}, Options{MaxHeld: held})
	spec := tcpSpec{flags: header.TCPFlagPsh}
	var want []byte
	taken := 0
	for i := 0; ; i++ {
		spec.payload = letters(100 + i%3*15_000)
		room := f.e.Room()
		if err := f.send(spec.segmented(1000, 4096)); err != nil {
			if _, ok := err.(*tcpip.ErrNoBufferSpace); !ok || room >= 31 {
				t.Fatalf("room for %d, and write says %v", room, err)
			}
			break
		}
		want = append(want, spec.payload...)
		spec.seq += uint32(len(spec.payload))
		taken++
		f.e.Flush()
	}
	if s := f.e.Stats(); s.TxNoBuffer != 1 || s.Held > held || s.Held < held-31 {
		t.Fatalf("%d taken: %+v", taken, s)
	}
	room := f.e.Room()
	for range room {
		if _, err := f.write(number(0)); err != nil {
			t.Fatalf("room for %d, and write says %v", room, err)
		}
	}
	if _, err := f.write(number(0)); err == nil {
		t.Errorf("there was room for %d and one more", room)
	}
	var stream []byte
	frames := f.frames()
	for i, b := range frames[:len(frames)-room] {
		s, k := findTCP(typeIPv4, b, inspect(typeIPv4, b[14:], link.CsumUnknown, false) == verified)
		if k != tcpPlain || int(s.seq()) != len(stream) {
			t.Fatalf("frame %d of %d: %x", i, len(frames), b)
		}
		stream = append(stream, s.b[s.data:]...)
	}
	if !bytes.Equal(stream, want) {
		t.Errorf("%d bytes arrived, want %d", len(stream), len(want))
	}
	if s := f.e.Stats(); s.Held != 0 || s.Staged != 0 || int(s.TxFrames) != len(frames) || f.e.Pending() {
		t.Errorf("%+v", s)
	}
}

// TestSegmentAlone: a segment that needs more frames than may be held is taken when nothing is held.
func TestSegmentAlone(t *testing.T) {
	f := newFixture(t, pipe.Config{Ring: 16, Frames: 64}, Options{MaxHeld: 1})
	spec := tcpSpec{payload: letters(65_000)}
	if err := f.send(spec.segmented(1000, 4096)); err != nil {
		t.Fatal(err)
	}
	if n := f.e.Room(); n != 0 {
		t.Errorf("room for %d", n)
	}
	if err := f.send(tcpSpec{}.segmented(1000, 1)); err == nil {
		t.Error("another packet was taken")
	}
	if got := f.check(spec, f.frames(), 1000); string(got) != spec.payload {
		t.Errorf("%d bytes arrived", len(got))
	}
}

// TestSegmentClosed: what a segment still needed is counted, and its packet released.
func TestSegmentClosed(t *testing.T) {
	f := newFixture(t, pipe.Config{Ring: 16, Frames: 64}, Options{})
	if err := f.send(tcpSpec{payload: letters(60_000)}.segmented(1000, 4096)); err != nil {
		t.Fatal(err)
	}
	sent := f.e.Flush()
	f.e.Close()
	if s := f.e.Stats(); sent != 16 || s.TxClosed != 60-16 || s.Held != 0 {
		t.Errorf("%d sent: %+v", sent, s)
	}
}

func TestSegmentRejects(t *testing.T) {
	f := newFixture(t, pipe.Config{}, Options{})
	for name, change := range map[string]func(*stack.PacketBuffer){
		"no segmentation": func(pkt *stack.PacketBuffer) { pkt.GSOOptions = stack.GSO{} },
		"another kind":    func(pkt *stack.PacketBuffer) { pkt.GSOOptions.Type = stack.GSOGvisor },
		"no size":         func(pkt *stack.PacketBuffer) { pkt.GSOOptions.MSS = 0 },
	} {
		pkt := tcpSpec{payload: letters(3000)}.segmented(1000, 4096)
		change(pkt)
		if _, ok := f.send(pkt).(*tcpip.ErrMessageTooLong); !ok {
			t.Errorf("%s: taken", name)
		}
	}
	if s := f.e.Stats(); s.TxTooLong != 3 || s.Staged != 0 || s.Held != 0 {
		t.Errorf("%+v", s)
	}
}

func BenchmarkSegment(b *testing.B) {
	f := newFixture(&testing.T{}, pipe.Config{}, Options{})
	pkt := tcpSpec{payload: letters(60_000)}.segmented(1448, 65_536)
	f.e.AddHeader(pkt)
	frames := make([]link.Frame, 64)
	b.SetBytes(60_000)
	b.ReportAllocs()
	for b.Loop() {
		if err := f.e.WritePacket(pkt); err != nil {
			b.Fatal(err)
		}
		f.e.Flush()
		n, err := f.peer.RxBurst(frames)
		if err != nil {
			b.Fatal(err)
		}
		f.peer.Free(frames[:n])
	}
	pkt.DecRef()
	f.e.Close()
}
