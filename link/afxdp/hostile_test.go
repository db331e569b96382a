package afxdp

import (
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/link"
)

// fakeKernel is the kernel's side of rings in plain memory, which may write anything into them.
type fakeKernel struct {
	q                               *Queue
	fillConsumer, completeProducer  uint32
	rxProducer, txConsumer          uint32
	fillProducer, completeConsumer  uint32
	rxConsumer, txProducer, noFlags uint32
}

func newFakeKernel(t testing.TB, frames, size int) *fakeKernel {
	u, err := newUMEM(frames, 2048)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := u.unmap(); err != nil {
			t.Error(err)
		}
	})
	// A socket that takes empty messages and has nothing to receive stands in for the XSK.
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		unix.Close(pair[0])
		unix.Close(pair[1])
	})
	k := &fakeKernel{}
	mask := uint32(size - 1)
	x := &socket{fd: pair[0], batch: defaultBatch}
	x.fill = addrRing{ring{producer: &k.fillProducer, consumer: &k.fillConsumer, flags: &k.noFlags, mask: mask}, make([]uint64, size)}
	x.complete = addrRing{ring{producer: &k.completeProducer, consumer: &k.completeConsumer, flags: &k.noFlags, mask: mask}, make([]uint64, size)}
	x.rx = descRing{ring{producer: &k.rxProducer, consumer: &k.rxConsumer, flags: &k.noFlags, mask: mask}, make([]unix.XDPDesc, size)}
	x.tx = descRing{ring{producer: &k.txProducer, consumer: &k.txConsumer, flags: &k.noFlags, mask: mask}, make([]unix.XDPDesc, size)}
	k.q = newQueue(&Device{}, 0, x, u, 1500)
	return k
}

// startAt sets all indices, as if that many frames had passed before.
func (k *fakeKernel) startAt(index uint32) {
	for _, word := range []*uint32{
		&k.fillConsumer, &k.fillProducer, &k.completeProducer, &k.completeConsumer,
		&k.rxProducer, &k.rxConsumer, &k.txConsumer, &k.txProducer,
	} {
		*word = index
	}
	x := k.q.xsk
	for _, r := range []*ring{&x.fill.ring, &x.complete.ring, &x.rx.ring, &x.tx.ring} {
		r.mine, r.theirs = index, index
	}
}

// deliver puts a descriptor into the RX ring, true or not.
func (k *fakeKernel) deliver(d unix.XDPDesc) {
	r := &k.q.xsk.rx
	r.entry[k.rxProducer&r.mask] = d
	k.rxProducer++
}

func (k *fakeKernel) complete(addr uint64) {
	r := &k.q.xsk.complete
	r.entry[k.completeProducer&r.mask] = addr
	k.completeProducer++
}

func (k *fakeKernel) check(t *testing.T) {
	t.Helper()
	count := map[state]int{}
	for _, m := range k.q.umem.meta {
		count[m.state]++
	}
	a := k.q.umem.accounts()
	if a.Sum() != a.Total || a.Free != count[stateFree] || a.RX != count[stateRX] || a.Held != count[stateHeld] || a.TX != count[stateTX] {
		t.Fatalf("accounts %+v, frames %v", a, count)
	}
}

func TestHostileDescriptors(t *testing.T) {
	k := newFakeKernel(t, 64, 16)
	q := k.q
	var f [16]link.Frame
	if n, err := q.RxBurst(f[:]); n != 0 || err != nil || k.fillProducer != 16 {
		t.Fatalf("RxBurst: %d, %v, fill ring has %d", n, err, k.fillProducer)
	}
	lent := append([]uint64(nil), q.xsk.fill.entry[:7]...)
	free := uint64(q.umem.free[0]) << 11
	for _, d := range []unix.XDPDesc{
		{Addr: 64 * 2048, Len: 60},                                       // after the memory
		{Addr: ^uint64(0), Len: 60},                                      // far after
		{Addr: 1<<48 | lent[0], Len: 60},                                 // an offset as in unaligned mode
		{Addr: free + headroom, Len: 60},                                 // not lent
		{Addr: lent[0] + headroom, Len: 2048 - headroom + 1},             // into the next frame
		{Addr: lent[1] + headroom, Len: ^uint32(0)},                      // longer than all
		{Addr: lent[2] + headroom, Len: 0},                               // nothing
		{Addr: lent[3] + headroom, Len: 60, Options: unix.XDP_PKT_CONTD}, // a part of a frame
		{Addr: lent[4] + headroom, Len: 60},                              // good
		{Addr: lent[4] + headroom, Len: 60},                              // once more
		{Addr: lent[5] + headroom, Len: 2048 - headroom},                 // good, the longest
	} {
		k.deliver(d)
	}
	n, err := q.RxBurst(f[:])
	if n != 2 || err != nil || len(f[0].Data) != 60 || len(f[1].Data) != 2048-headroom {
		t.Fatalf("RxBurst: %d, %v", n, err)
	}
	if q.stats.RxInvalid != 9 || q.stats.RxFrames != 2 {
		t.Errorf("counted %+v", q.stats)
	}
	k.check(t)

	if n, err := q.TxBurst(f[:2]); n != 2 || err != nil {
		t.Fatalf("TxBurst: %d, %v", n, err)
	}
	// The second is longer than the MTU allows.
	if q.stats.TxFrames != 1 || q.stats.TxInvalid != 1 || q.umem.lent.tx != 1 {
		t.Errorf("counted %+v", q.stats)
	}
	for _, addr := range []uint64{64 * 2048, ^uint64(0), free, lent[6], lent[4] + headroom, lent[4] + headroom} {
		k.complete(addr)
	}
	q.guard.enter()
	q.reap()
	q.guard.leave(true)
	if q.stats.TxInvalid != 1+5 || q.umem.lent.tx != 0 {
		t.Errorf("counted %+v", q.stats)
	}
	k.check(t)
}

// TestHostileIndices has the kernel write indices that cannot be: behind ours, or more than a ring ahead.
func TestHostileIndices(t *testing.T) {
	k := newFakeKernel(t, 256, 16)
	q := k.q
	var f [32]link.Frame
	for _, v := range []uint32{1 << 31, ^uint32(0), 17, 1000, 0, 1<<31 - 1} {
		k.rxProducer, k.completeProducer, k.fillConsumer, k.txConsumer = v, v+1, v+2, v+3
		n, err := q.RxBurst(f[:])
		if n > 16 || err != nil {
			t.Fatalf("index %d: RxBurst %d, %v", v, n, err)
		}
		q.Free(f[:n])
		n = q.Alloc(f[:])
		for i := range f[:n] {
			f[i].Data = f[i].Data[:60]
		}
		sent, err := q.TxBurst(f[:n])
		if sent > 16 || err != nil {
			t.Fatalf("index %d: TxBurst %d, %v", v, sent, err)
		}
		q.Free(f[sent:n])
		k.check(t)
	}
}

// TestIndicesWrap has an honest kernel reflect frames while all indices pass 2^32: none is lost, refused or doubled.
func TestIndicesWrap(t *testing.T) {
	k := newFakeKernel(t, 64, 16)
	k.startAt(^uint32(0) - 99)
	q := k.q
	var f [16]link.Frame
	next, got, sent := byte(0), 0, 0
	for range 100 {
		n, err := q.RxBurst(f[:])
		if err != nil {
			t.Fatal(err)
		}
		for i := range f[:n] {
			if f[i].Data[0] != byte(got) {
				t.Fatalf("frame %d has content %d", got, f[i].Data[0])
			}
			got++
		}
		if n, err = q.TxBurst(f[:n]); err != nil {
			t.Fatal(err)
		}
		sent += n
		for range 7 {
			if k.fillConsumer == k.fillProducer {
				t.Fatal("the fill ring is empty")
			}
			a := q.xsk.fill.entry[k.fillConsumer&q.xsk.fill.mask] + headroom
			k.fillConsumer++
			q.umem.mem[a] = next
			next++
			k.deliver(unix.XDPDesc{Addr: a, Len: 60})
		}
		for k.txConsumer != k.txProducer {
			d := q.xsk.tx.entry[k.txConsumer&q.xsk.tx.mask]
			k.txConsumer++
			k.complete(d.Addr)
		}
		k.check(t)
	}
	if got != 99*7 || sent != got || k.rxConsumer > 1000 || k.txConsumer > 1000 || k.completeConsumer > 1000 || k.fillProducer > 1000 {
		t.Errorf("received %d, sent %d of %d; indices %+v", got, sent, 99*7, k)
	}
	if s := q.stats; s.RxInvalid+s.TxInvalid+s.NotHeld+s.TxBackpressure != 0 {
		t.Errorf("counted %+v", s)
	}
}

// TestRandomKernel mixes honest and hostile behaviour for a long time.
func TestRandomKernel(t *testing.T) {
	for seed := range uint64(50) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		k := newFakeKernel(t, 64, 16)
		if seed%2 == 1 {
			k.startAt(^uint32(0) - rnd.Uint32N(200))
		}
		q := k.q
		var held []link.Frame
		var f [8]link.Frame
		for range 2000 {
			switch rnd.IntN(8) {
			case 0:
				if k.fillConsumer != k.fillProducer {
					a := q.xsk.fill.entry[k.fillConsumer&q.xsk.fill.mask]
					k.fillConsumer++
					k.deliver(unix.XDPDesc{Addr: a + headroom, Len: 60})
				}
			case 1:
				if k.txConsumer != k.txProducer {
					d := q.xsk.tx.entry[k.txConsumer&q.xsk.tx.mask]
					k.txConsumer++
					k.complete(d.Addr)
				}
			case 2:
				k.deliver(unix.XDPDesc{Addr: rnd.Uint64N(70 * 2048), Len: rnd.Uint32N(3000), Options: rnd.Uint32N(8) / 7})
			case 3:
				if k.completeProducer-k.completeConsumer < 8 {
					k.complete(rnd.Uint64N(70 * 2048))
				}
			case 4:
				n := q.Alloc(f[:rnd.IntN(8)])
				for i := range f[:n] {
					f[i].Data = f[i].Data[:rnd.IntN(1600)]
				}
				held = append(held, f[:n]...)
			case 5:
				n, err := q.RxBurst(f[:])
				if err != nil {
					t.Fatal(err)
				}
				held = append(held, f[:n]...)
			case 6:
				n, err := q.TxBurst(held[:min(len(held), 8)])
				if err != nil {
					t.Fatal(err)
				}
				held = held[n:]
			case 7:
				n := min(len(held), rnd.IntN(8))
				q.Free(held[:n])
				held = held[n:]
			}
			k.check(t)
			if got := q.umem.lent.held; got != len(held) {
				t.Fatalf("seed %d: held %d, want %d", seed, got, len(held))
			}
		}
	}
}
