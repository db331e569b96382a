package afxdp

import (
	"testing"

	"github.com/catamaran-os/catamaran/link"
)

// benchPair opens two devices on a veth with default rings.
func benchPair(b *testing.B) (a, c link.Queue) {
	w := newWire(b, 1, 1500)
	return w.a.mustOpen(b, Config{Interface: nameA, Addrs: addrsA}, 0).Queue(0),
		w.b.mustOpen(b, Config{Interface: nameB, Addrs: addrsB}, 0).Queue(0)
}

// move sends n frames from one queue to the other.
func move(b *testing.B, from, to link.Queue, f []link.Frame, header []byte) {
	n := from.Alloc(f)
	for i := range f[:n] {
		f[i].Data = append(f[i].Data, header...)
	}
	sent, err := from.TxBurst(f[:n])
	if sent != len(f) || err != nil {
		b.Fatalf("TxBurst: %d, %v", sent, err)
	}
	for got := 0; got < sent; {
		n, err := to.RxBurst(f)
		if err != nil {
			b.Fatal(err)
		}
		to.Free(f[:n])
		got += n
	}
}

// BenchmarkPingPong is one frame of 64 bytes there and back, both ends in one goroutine.
func BenchmarkPingPong(b *testing.B) {
	x, y := benchPair(b)
	there, back := ipv4(ipA, ipB, 30), ipv4(ipB, ipA, 30)
	var f [1]link.Frame
	b.ReportAllocs()
	for b.Loop() {
		move(b, x, y, f[:], there)
		move(b, y, x, f[:], back)
	}
}

// BenchmarkBurst is 64 frames of 64 bytes one way.
func BenchmarkBurst(b *testing.B) {
	x, y := benchPair(b)
	header := ipv4(ipA, ipB, 30)
	var f [64]link.Frame
	b.ReportAllocs()
	for b.Loop() {
		move(b, x, y, f[:], header)
	}
	b.ReportMetric(float64(b.N*len(f))/b.Elapsed().Seconds()/1000, "kpps")
}

// BenchmarkIdle is a burst that finds nothing, the cost of a spin.
func BenchmarkIdle(b *testing.B) {
	x, _ := benchPair(b)
	var f [64]link.Frame
	for b.Loop() {
		if n, err := x.RxBurst(f[:]); n > 0 || err != nil {
			b.Fatalf("RxBurst: %d, %v", n, err)
		}
	}
}
