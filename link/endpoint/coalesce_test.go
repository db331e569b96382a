package endpoint

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"

	"github.com/catamaran-os/catamaran/link/pipe"
)

// A tcpSpec says what differs between the segments of these tests. The zero value is a segment without data.
type tcpSpec struct {
	v6       bool
	port     uint16
	seq, ack uint32
	flags    header.TCPFlags // ACK is added
	window   uint16
	options  []byte // a multiple of 4
	payload  string
	tos, ttl uint8
	padding  int
	dst      []byte // Ethernet address; default ours
}

// frame makes a frame with the right checksums.
func (c tcpSpec) frame() []byte {
	p := make([]byte, 20, 20+len(c.options)+len(c.payload))
	header.TCP(p).Encode(&header.TCPFields{
		SrcPort: 1000 + c.port, DstPort: 2, SeqNum: c.seq, AckNum: c.ack, WindowSize: c.window,
		DataOffset: uint8(20 + len(c.options)), Flags: header.TCPFlagAck | c.flags,
	})
	p = append(append(p, c.options...), c.payload...)
	src, dst := src4, dst4
	if c.v6 {
		src, dst = src6, dst6
	}
	sum := header.PseudoHeaderChecksum(header.TCPProtocolNumber, src, dst, uint16(len(p)))
	header.TCP(p).SetChecksum(^checksum.Checksum(p, sum))
	to := macOurs
	if c.dst != nil {
		to = c.dst
	}
	if c.v6 {
		b := with(ip6(protoTCP, p), false, func(b []byte) {
			b[1] |= c.tos << 4
			b[7] += c.ttl
		})
		return frame(to, typeIPv6, append(b, make([]byte, c.padding)...))
	}
	b := with(ip4(protoTCP, p), true, func(b []byte) {
		b[1] = c.tos
		b[8] += c.ttl
	})
	return frame(to, typeIPv4, append(b, make([]byte, c.padding)...))
}

// A piece is what TCP learns from a packet about one byte of the stream, or from a packet without data.
type piece struct {
	seq, ack uint32
	window   uint16
	flags    header.TCPFlags // of the last byte of a packet; ACK alone before that
	options  string
	data     string // one byte, or none
}

// pieces takes delivered packets apart, by flow, and checks their lengths and header checksums. What is not TCP, or whose
// ports cannot be known, is the flow "".
func pieces(t *testing.T, got []delivered) map[string][]piece {
	t.Helper()
	flows := make(map[string][]piece)
	for _, d := range got {
		b := d.data[14:]
		var flow string
		tcp, end := 0, 0
		switch d.proto {
		case header.IPv4ProtocolNumber:
			h := header.IPv4(b)
			if !h.IsValid(len(b)) || !h.IsChecksumValid() {
				t.Fatalf("delivered with a bad header: %x", b)
			}
			tcp, end = int(h.HeaderLength()), int(h.TotalLength())
			flow = fmt.Sprint(h.SourceAddress(), h.DestinationAddress(), h.Protocol())
			if h.Protocol() != protoTCP || h.More() || h.FragmentOffset() != 0 {
				tcp = 0
			}
		case header.IPv6ProtocolNumber:
			h := header.IPv6(b)
			if !h.IsValid(len(b)) {
				t.Fatalf("delivered with a bad header: %x", b)
			}
			tcp, end = 40, 40+int(h.PayloadLength())
			flow = fmt.Sprint(h.SourceAddress(), h.DestinationAddress(), h.NextHeader())
			if h.NextHeader() != protoTCP {
				tcp = 0
			}
		}
		if tcp == 0 || int(b[tcp+12]>>4)*4 < 20 || tcp+int(b[tcp+12]>>4)*4 > end {
			flows[""] = append(flows[""], piece{data: string(b)})
			continue
		}
		h := header.TCP(b[tcp:end])
		flow += fmt.Sprint(" ", h.SourcePort(), h.DestinationPort())
		p := piece{h.SequenceNumber(), h.AckNumber(), h.WindowSize(), h.Flags(), string(h.Options()), ""}
		data := h.Payload()
		for i := range data {
			x := p
			x.seq, x.data = x.seq+uint32(i), string(data[i:i+1])
			if i < len(data)-1 {
				x.flags &^= header.TCPFlagPsh
			}
			flows[flow] = append(flows[flow], x)
		}
		if len(data) == 0 {
			flows[flow] = append(flows[flow], p)
		}
	}
	return flows
}

// deliverAll receives frames in bursts of at most the given size.
func (f *fixture) deliverAll(frames [][]byte, burst int) []delivered {
	f.Helper()
	f.sink.got = nil
	for chunk := range slices.Chunk(frames, burst) {
		for _, b := range chunk {
			f.inject(b)
		}
		if n, err := f.e.Poll(64); n != len(chunk) || err != nil {
			f.Fatal(n, err)
		}
	}
	return f.sink.got
}

func TestCoalesce(t *testing.T) {
	data := func(seq uint32, payload string) tcpSpec { return tcpSpec{seq: seq, payload: payload} }
	ts := []byte{1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2}
	ts2 := []byte{1, 1, 8, 10, 0, 0, 0, 3, 0, 0, 0, 2}
	big := string(make([]byte, 1440))
	var long []tcpSpec
	for i := range 64 {
		long = append(long, data(uint32(i*1440), big))
	}
	var many []tcpSpec
	for i := range maxRuns + 1 {
		many = append(many, tcpSpec{port: uint16(i), payload: "ab"})
	}
	for i := range maxRuns + 1 {
		many = append(many, tcpSpec{port: uint16(i), seq: 2, payload: "ab"})
	}
	for _, c := range []struct {
		name string
		in   []tcpSpec
		want []int // payload bytes of the packets
	}{
		{"one", []tcpSpec{data(1, "ab")}, []int{2}},
		{"in sequence", []tcpSpec{data(1, "ab"), data(3, "cd"), data(5, "ef")}, []int{6}},
		{"sequence number wraps", []tcpSpec{data(0xfffffffe, "ab"), data(0, "cd")}, []int{4}},
		{"shorter ends", []tcpSpec{data(1, "ab"), data(3, "c"), data(4, "d")}, []int{3, 1}},
		{"longer", []tcpSpec{data(1, "ab"), data(3, "cde"), data(6, "fgh")}, []int{2, 6}},
		{"gap", []tcpSpec{data(1, "ab"), data(5, "cd"), data(3, "xx"), data(7, "ef")}, []int{2, 2, 2, 2}},
		{"overlap", []tcpSpec{data(1, "ab"), data(2, "bc"), data(4, "de")}, []int{2, 2, 2}},
		{"repeated", []tcpSpec{data(1, "ab"), data(1, "ab"), data(3, "cd")}, []int{2, 2, 2}},
		{"push ends", []tcpSpec{data(1, "ab"), {seq: 3, payload: "cd", flags: header.TCPFlagPsh}, data(5, "ef")}, []int{4, 2}},
		{"push first", []tcpSpec{{seq: 1, payload: "ab", flags: header.TCPFlagPsh}, data(3, "cd")}, []int{2, 2}},
		{"FIN", []tcpSpec{data(1, "ab"), {seq: 3, payload: "cd", flags: header.TCPFlagFin}}, []int{2, 2}},
		{"RST", []tcpSpec{data(1, "ab"), {seq: 3, flags: header.TCPFlagRst}, data(3, "cd")}, []int{2, 0, 2}},
		{"URG", []tcpSpec{data(1, "ab"), {seq: 3, payload: "cd", flags: header.TCPFlagUrg}}, []int{2, 2}},
		{"CWR", []tcpSpec{{seq: 1, payload: "ab", flags: 0x80}, data(3, "cd")}, []int{2, 2}},
		{"ECE", []tcpSpec{data(1, "ab"), {seq: 3, payload: "cd", flags: 0x40}}, []int{2, 2}},
		{"acknowledgment between", []tcpSpec{data(1, "ab"), data(3, ""), data(3, "cd")}, []int{2, 0, 2}},
		{"acknowledgments alone", []tcpSpec{data(1, ""), data(1, "")}, []int{0, 0}},
		{"other acknowledgment", []tcpSpec{data(1, "ab"), {seq: 3, payload: "cd", ack: 1}}, []int{2, 2}},
		{"other window", []tcpSpec{data(1, "ab"), {seq: 3, payload: "cd", window: 1}}, []int{2, 2}},
		{"options", []tcpSpec{{seq: 1, payload: "ab", options: ts}, {seq: 3, payload: "cd", options: ts}}, []int{4}},
		{"other options", []tcpSpec{{seq: 1, payload: "ab", options: ts}, {seq: 3, payload: "cd", options: ts2}}, []int{2, 2}},
		{"no options", []tcpSpec{{seq: 1, payload: "ab", options: ts}, data(3, "cd")}, []int{2, 2}},
		{"congestion mark", []tcpSpec{data(1, "ab"), {seq: 3, payload: "cd", tos: 3}}, []int{2, 2}},
		{"other TTL", []tcpSpec{data(1, "ab"), {seq: 3, payload: "cd", ttl: 1}}, []int{2, 2}},
		{"broadcast", []tcpSpec{data(1, "ab"), {seq: 3, payload: "cd", dst: macAll}}, []int{2, 2}},
		{"padded", []tcpSpec{{seq: 1, payload: "ab", padding: 6}, {seq: 3, payload: "cd", padding: 4}}, []int{4}},
		{"two flows", []tcpSpec{
			data(1, "ab"), {port: 1, seq: 9, payload: "cd"}, data(3, "ef"), {port: 1, seq: 11, payload: "gh"},
		}, []int{4, 4}},
		{"longest", long, []int{45 * 1440, 19 * 1440}},
		{"more flows than are open", many, []int{4, 4, 4, 4, 4, 4, 4, 4, 2, 2}},
	} {
		for _, v6 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%v", c.name, v6), func(t *testing.T) {
				f := newFixture(t, pipe.Config{}, Options{})
				var frames [][]byte
				for _, s := range c.in {
					s.v6 = v6
					frames = append(frames, s.frame())
				}
				var got []int
				for _, d := range f.deliverAll(frames, 64) {
					n := 0
					for _, flow := range pieces(t, []delivered{d}) {
						for _, p := range flow {
							n += len(p.data)
						}
					}
					got = append(got, n)
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("delivered packets of %d bytes, want %d", got, c.want)
				}
				if s := f.e.Stats(); s.RxDelivered+s.RxCoalesced != s.RxFrames || int(s.RxDelivered) != len(c.want) {
					t.Errorf("%+v", s)
				}
				if !f.sink.got[0].verified {
					t.Error("the stack was told to verify")
				}
				alone := newFixture(t, pipe.Config{}, Options{})
				same(t, f.sink.got, alone.deliverAll(frames, 1))
			})
		}
	}
}

// TestCoalesceHidden: behind options, extension headers and fragments there may be a segment of any flow.
func TestCoalesceHidden(t *testing.T) {
	a, b := tcpSpec{payload: "ab"}, tcpSpec{seq: 2, payload: "cd"}
	fragment := with(a.frame()[14:], true, set(6, 0x20))
	options := with(a.frame()[14:], true, func([]byte) {})
	options = with(append(append(options[:20:20], 1, 1, 1, 1), options[20:]...), true, func(b []byte) { b[0], b[3] = 0x46, b[3]+4 })
	hop := ip6(protoHopByHop, append([]byte{protoTCP, 0, 7: 0}, transport(protoTCP, true, "x")...))
	for _, c := range []struct {
		name string
		b    []byte
		want int
	}{
		{"fragment", frame(macOurs, typeIPv4, fragment), 3},
		{"options", frame(macOurs, typeIPv4, options), 3},
		{"extension", frame(macOurs, typeIPv6, hop), 3},
		{"ARP", frame(macOurs, typeARP, make([]byte, 28)), 2},
		{"UDP", frame(macOurs, typeIPv4, ip4(protoUDP, transport(protoUDP, false, "x"))), 2},
		{"ICMPv6", frame(macOurs, typeIPv6, ip6(protoICMPv6, transport(protoICMPv6, true, "x"))), 2},
		{"damaged", frame(macOurs, typeIPv4, with(b.frame()[14:], false, flip(40))), 1},
	} {
		f := newFixture(t, pipe.Config{}, Options{})
		if got := f.deliverAll([][]byte{a.frame(), c.b, b.frame()}, 64); len(got) != c.want {
			t.Errorf("%s: %d packets, want %d", c.name, len(got), c.want)
		}
	}
}

// same checks that TCP learns the same from two sequences of packets.
func same(t *testing.T, got, want []delivered) {
	t.Helper()
	g, w := pieces(t, got), pieces(t, want)
	for flow := range w {
		if !slices.Equal(g[flow], w[flow]) {
			t.Fatalf("flow %q: %d pieces, want %d: %v\nwant %v", flow, len(g[flow]), len(w[flow]), g[flow], w[flow])
		}
	}
	if len(g) != len(w) {
		t.Fatalf("%d flows, want %d", len(g), len(w))
	}
}

// TestCoalesceRandom: from random bursts of some flows, with losses, repetitions and changes between, TCP learns the same
// as from the frames one by one.
func TestCoalesceRandom(t *testing.T) {
	f, alone := newFixture(t, pipe.Config{}, Options{}), newFixture(t, pipe.Config{}, Options{})
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 7))
		flows := make([]tcpSpec, 1+rng.IntN(maxRuns+3))
		for i := range flows {
			flows[i] = tcpSpec{v6: rng.IntN(2) == 0, port: uint16(i / 2), seq: rng.Uint32()}
		}
		var frames [][]byte
		for range 64 {
			s := &flows[rng.IntN(len(flows))]
			x := *s
			x.payload = "0123456789"[:10-max(0, rng.IntN(20)-16)]
			switch rng.IntN(20) {
			case 0:
				x.payload = ""
			case 1:
				s.ack++
			case 2:
				x.flags = header.TCPFlagPsh
			case 3:
				x.flags = header.TCPFlagFin
			case 4:
				s.window++
			case 5:
				s.seq += uint32(rng.IntN(30)) - 15
			case 6:
				x.padding = rng.IntN(8)
			case 7:
				x.tos = 3
			case 8:
				x.options = []byte{1, 1, 1, byte(rng.IntN(2))}
			}
			s.seq += uint32(len(x.payload))
			frames = append(frames, x.frame())
		}
		f.forget()
		same(t, f.deliverAll(frames, 1+rng.IntN(64)), alone.deliverAll(frames, 1))
	}
	if s := f.e.Stats(); s.RxCoalesced < s.RxFrames/10 {
		t.Errorf("nearly nothing was coalesced: %+v", s)
	}
}

// FuzzCoalesce: the input is cut into frames by a length byte each. Whatever they are, TCP learns the same from a burst as
// from the frames one by one. With fix set, checksums are made right.
func FuzzCoalesce(f *testing.F) {
	cut := func(specs ...tcpSpec) (b []byte) {
		for _, s := range specs {
			x := s.frame()
			b = append(append(b, byte(len(x))), x...)
		}
		return b
	}
	for _, v6 := range []bool{false, true} {
		f.Add(true, cut(tcpSpec{v6: v6, payload: "abc"}, tcpSpec{v6: v6, seq: 3, payload: "def"}, tcpSpec{v6: v6, seq: 6, payload: "g"}))
		f.Add(true, cut(tcpSpec{v6: v6, options: []byte{1, 1, 1, 0}, payload: "abc"}, tcpSpec{v6: v6, seq: 2, payload: "cde"}))
		f.Add(false, cut(tcpSpec{v6: v6, payload: "abc"}, tcpSpec{v6: v6}, tcpSpec{v6: v6, seq: 3, payload: "d", flags: header.TCPFlagFin}))
	}
	f.Fuzz(func(t *testing.T, fix bool, b []byte) {
		var frames [][]byte
		for len(b) > 0 && len(frames) < maxBurst {
			n := min(int(b[0]), len(b)-1)
			if x := bytes.Clone(b[1 : 1+n]); n > 0 {
				if fix {
					repair(x)
				}
				frames = append(frames, x)
			}
			b = b[1+n:]
		}
		small := pipe.Config{Frames: 160, Ring: maxBurst}
		together, alone := newFixture(t, small, Options{}), newFixture(t, small, Options{})
		same(t, together.deliverAll(frames, maxBurst), alone.deliverAll(frames, 1))
		g, w := together.e.Stats(), alone.e.Stats()
		if w.RxCoalesced != 0 || g.RxDelivered+g.RxCoalesced != w.RxDelivered {
			t.Errorf("together %+v\nalone %+v", g, w)
		}
	})
}

// repair makes the destination and the checksums of a frame right, as far as its lengths are.
func repair(b []byte) {
	copy(b, macOurs)
	if len(b) < 34 {
		return
	}
	var p []byte
	var src, dst tcpip.Address
	if h := header.IPv6(b[14:]); h.IsValid(len(b) - 14) {
		p, src, dst = b[54:54+int(h.PayloadLength())], h.SourceAddress(), h.DestinationAddress()
	} else if h := header.IPv4(b[14:]); h.IsValid(len(b) - 14) {
		h.SetChecksum(0)
		h.SetChecksum(^h.CalculateChecksum())
		p, src, dst = b[14+int(h.HeaderLength()):14+int(h.TotalLength())], h.SourceAddress(), h.DestinationAddress()
	}
	if len(p) < 20 {
		return
	}
	binary.BigEndian.PutUint16(p[16:], 0)
	sum := header.PseudoHeaderChecksum(header.TCPProtocolNumber, src, dst, uint16(len(p)))
	binary.BigEndian.PutUint16(p[16:], ^checksum.Checksum(p, sum))
}

// BenchmarkReceive receives bursts of n full segments.
func BenchmarkReceive(b *testing.B) {
	for _, n := range []int{1, 2, 32} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f := newFixture(&testing.T{}, pipe.Config{}, Options{})
			f.e.Attach(drop{})
			var frames [][]byte
			for i := range n {
				frames = append(frames, tcpSpec{seq: uint32(i * 1460), payload: string(make([]byte, 1460))}.frame())
			}
			b.ReportAllocs()
			for b.Loop() {
				for _, x := range frames {
					f.inject(x)
				}
				if _, err := f.e.Poll(64); err != nil {
					b.Fatal(err)
				}
			}
			f.e.Close()
		})
	}
}
