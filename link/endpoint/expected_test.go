package endpoint

import (
	"fmt"
	"slices"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip/header"

	"github.com/catamaran-os/catamaran/link/pipe"
)

// forget makes the endpoint expect nothing.
func (f *fixture) forget() {
	for i := range f.e.runs.expected {
		f.e.runs.expected[i].Store(0)
	}
}

// acknowledge lets the stack send what acknowledges up to spec.ack, with size bytes of data.
func (f *fixture) acknowledge(spec tcpSpec, size int) {
	f.Helper()
	spec.payload = letters(size)
	pkt := spec.segmented(1000, 4096)
	swap := func(a, b []byte) {
		for i := range a {
			a[i], b[i] = b[i], a[i]
		}
	}
	tcp, ip := pkt.TransportHeader().Slice(), pkt.NetworkHeader().Slice()
	swap(tcp[0:2], tcp[2:4])
	if spec.v6 {
		swap(ip[8:24], ip[24:40])
	} else {
		swap(ip[12:16], ip[16:20])
	}
	if err := f.send(pkt); err != nil {
		f.Fatal(err)
	}
	f.frames()
}

// TestOutOfOrder: what comes behind a gap is delivered one by one, in the burst of the gap and later, until the stack says
// that it is filled.
func TestOutOfOrder(t *testing.T) {
	for _, v6 := range []bool{false, true} {
		for _, size := range []int{0, 500, 5000} {
			t.Run(fmt.Sprintf("%v/%d", v6, size), func(t *testing.T) {
				f := newFixture(t, pipe.Config{}, Options{})
				burst := func(want []int, seqs ...uint32) {
					t.Helper()
					var frames [][]byte
					for _, seq := range seqs {
						frames = append(frames, tcpSpec{v6: v6, seq: seq, payload: "ab"}.frame())
					}
					var got []int
					for _, d := range f.deliverAll(frames, 64) {
						n := 20
						if v6 {
							n = 40
						}
						got = append(got, len(header.TCP(d.data[14+n:]).Payload()))
					}
					if !slices.Equal(got, want) {
						t.Errorf("%d: delivered packets of %d bytes, want %d", seqs, got, want)
					}
				}
				burst([]int{4}, 10, 12)
				burst([]int{4, 2, 2, 2}, 14, 16, 20, 22, 24) // 18 is missing
				burst([]int{2, 2}, 26, 28)
				burst([]int{2, 2}, 18, 30) // the gap is filled, and the stack has not said so
				f.acknowledge(tcpSpec{v6: v6, ack: 32}, size)
				burst([]int{6}, 32, 34, 36)
				burst([]int{4}, 38, 40)
				f.acknowledge(tcpSpec{v6: v6, ack: 40}, size) // the last segment was dropped
				burst([]int{2, 2}, 42, 44)
				burst([]int{6}, 40, 42, 44)
				// Another flow is not concerned.
				f.acknowledge(tcpSpec{v6: v6, ack: 99, port: 1}, size)
				burst([]int{4}, 46, 48)
			})
		}
	}
}

// TestDeliveredAlone: a segment that cannot be coalesced, alone in its burst or in front of others, is no gap for those behind it,
// though the stack has not acknowledged it yet.
func TestDeliveredAlone(t *testing.T) {
	for _, v6 := range []bool{false, true} {
		f := newFixture(t, pipe.Config{}, Options{})
		seq := uint32(10)
		segments := func(flags ...header.TCPFlags) (frames [][]byte) {
			for _, flag := range flags {
				frames = append(frames, tcpSpec{v6: v6, seq: seq, payload: "ab", flags: flag}.frame())
				seq += 2
			}
			return frames
		}
		const push = header.TCPFlagPsh
		for i, c := range []struct {
			flags []header.TCPFlags
			want  int // packets
		}{
			{[]header.TCPFlags{0, 0, push}, 1}, {[]header.TCPFlags{push}, 1}, {[]header.TCPFlags{0, 0}, 1}, {[]header.TCPFlags{0}, 1},
			{[]header.TCPFlags{push, 0, 0, 0, push}, 2}, {[]header.TCPFlags{push, push, 0, 0}, 3},
		} {
			if got := f.deliverAll(segments(c.flags...), 64); len(got) != c.want {
				t.Errorf("IPv6 %v, burst %d: delivered %d packets, want %d", v6, i, len(got), c.want)
			}
		}
	}
}
