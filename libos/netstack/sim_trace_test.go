package netstack_test

import (
	"hash/crc32"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/fault"
)

// A trace is a sum over every frame that a host has sent or received, and over the times at which that was. Two runs with
// one sum did the same.
type trace struct {
	frames uint64
	sum    uint64
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (t *trace) add(side int, at time.Duration, sum uint32) {
	t.frames++
	for _, v := range []uint64{uint64(side), uint64(at), uint64(sum)} {
		t.sum = (t.sum ^ v) * 0x9e3779b97f4a7c15
		t.sum ^= t.sum >> 29
	}
}

// traced is a device whose frames are traced.
type traced struct {
	link.Device
	s    *sim
	side int
}

func (d traced) Queue(i int) link.Queue {
	return &tracedQueue{Queue: d.Device.Queue(i), s: d.s, side: d.side}
}

type tracedQueue struct {
	link.Queue
	s    *sim
	side int
	sums [256]uint32
}

// TxBurst sums before it sends: a frame that was sent is not ours to look at.
func (q *tracedQueue) TxBurst(f []link.Frame) (int, error) {
	for i := range f {
		if q.s.plan.swap {
			swapWords(f[i].Data)
		}
		q.sums[i%len(q.sums)] = crc32.Checksum(f[i].Data, castagnoli)
		q.s.show(q.side, ">", f[i].Data)
	}
	n, err := q.Queue.TxBurst(f)
	for i := range n {
		q.s.trace.add(q.side, q.s.now.Sub(q.s.began), q.sums[i%len(q.sums)])
	}
	return n, err
}

func (q *tracedQueue) RxBurst(f []link.Frame) (int, error) {
	n, err := q.Queue.RxBurst(f)
	for i := range f[:n] {
		q.s.show(q.side, "<", f[i].Data)
		q.s.trace.add(2+q.side, q.s.now.Sub(q.s.began), crc32.Checksum(f[i].Data, castagnoli))
	}
	return n, err
}

// swapWords swaps two words of a full frame's payload, which leaves the checksum as it was (RFC 1071 section 2).
func swapWords(b []byte) {
	if len(b) < 1000 {
		return
	}
	x, y := b[500:502], b[600:602]
	x[0], x[1], y[0], y[1] = y[0], y[1], x[0], x[1]
}

// bad wraps devices in a network that loses, doubles, turns round and damages frames.
func bad(t *testing.T, seed uint64, f fault.Faults) func(func() time.Time, int, link.Device) link.Device {
	return func(now func() time.Time, side int, d link.Device) link.Device {
		f.After = 4 // as in sim.open
		x, err := fault.New(d, fault.Config{Seed: seed*2 + uint64(side), TX: f, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		return wired{x}
	}
}

// A wired device does not let frames with an unfinished checksum in, for which one in 65,536 damaged ones passes.
type wired struct{ link.Device }

func (d wired) Info() link.Info {
	info := d.Device.Info()
	info.Virtual = false
	return info
}
