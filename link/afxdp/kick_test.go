package afxdp

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/link"
)

// send sends n frames from q in one burst.
func send(t *testing.T, q link.Queue, n int) {
	t.Helper()
	f := make([]link.Frame, n)
	if got := q.Alloc(f); got != n {
		t.Fatalf("%d free frames, want %d", got, n)
	}
	for i := range f {
		f[i].Data = append(f[i].Data, ipv4(ipA, ipB, 30)...)
	}
	if got, err := q.TxBurst(f); got != n || err != nil {
		t.Fatalf("TxBurst: %d of %d, %v", got, n, err)
	}
}

// TestKickDrains sends a burst of more frames than the kernel takes per system call: one TxBurst must send it all.
func TestKickDrains(t *testing.T) {
	w := newWire(t, 1, 1500)
	cfg := Config{Interface: nameA, Frames: 1024, Addrs: addrsA}
	a := w.a.mustOpen(t, cfg, 0).Queue(0).(*Queue)
	cfg.Interface, cfg.Addrs = nameB, addrsB
	b := w.b.mustOpen(t, cfg, 0).Queue(0)

	if a.xsk.batch != defaultBatch { // as older kernels do it, which do not know the option
		batch := uint32(defaultBatch)
		if err := setsockopt(a.xsk.fd, unix.XDP_MAX_TX_SKB_BUDGET, &batch); err != nil {
			t.Fatal(err)
		}
		a.xsk.batch = batch
	}
	const n = 200
	send(t, a, n)
	if a.owed {
		t.Error("a kick is owed after TxBurst")
	}
	if s := a.Stats(); s.Kicks < n/defaultBatch || s.KickErrors != 0 || s.TxDropped != 0 {
		t.Errorf("counted %+v", s)
	}
	got := 0
	var f [64]link.Frame
	eventually(t, "all frames", func() bool {
		k, err := b.RxBurst(f[:])
		if err != nil {
			t.Fatal(err)
		}
		b.Free(f[:k])
		got += k
		return got == n
	})
	eventually(t, "all frames back", func() bool { return a.Stats().Accounts.TX == 0 })
}

// TestPeerDown sends into a cable that is cut: what the driver drops is counted, and no frame is lost to the accounts.
func TestPeerDown(t *testing.T) {
	w := newWire(t, 1, 1500)
	a := w.a.mustOpen(t, small(nameA, ipA), 0).Queue(0).(*Queue)
	if err := w.setUp(w.b, nameB, false); err != nil {
		t.Fatal(err)
	}
	const n = 50
	send(t, a, n)
	eventually(t, "all frames back", func() bool {
		if _, err := a.TxBurst(nil); err != nil {
			t.Fatal(err)
		}
		return a.Stats().Accounts.TX == 0
	})
	if s := a.Stats(); s.TxFrames != n || s.TxDropped != n || s.KickErrors != 0 {
		t.Errorf("counted %+v", s)
	}
	if _, ok := a.Arm(); !ok {
		t.Error("Arm asks to poll although nothing is under way")
	}
}

// TestShort holds and sends until frames run out. Arm asks to poll only while some are on their way back.
func TestShort(t *testing.T) {
	k := newFakeKernel(t, 64, 16)
	q := k.q
	var f [64]link.Frame
	n := q.Alloc(f[:])
	for i := range f[:n] {
		f[i].Data = f[i].Data[:60]
	}
	sent, err := q.TxBurst(f[:n])
	if n != 64 || sent != 16 || err != nil || q.stats.TxBackpressure != 48 {
		t.Fatalf("Alloc %d, TxBurst %d, %v, %+v", n, sent, err, q.stats)
	}
	if _, ok := q.Arm(); ok {
		t.Error("Arm sleeps with the TX ring full and nothing to wake it")
	}
	for i := range uint32(16) {
		k.complete(q.xsk.tx.entry[i].Addr)
	}
	k.txConsumer = 16
	if _, ok := q.Arm(); ok {
		t.Error("Arm sleeps although the TX ring has room again")
	}
	if sent, err = q.TxBurst(f[16:20]); sent != 4 || err != nil {
		t.Errorf("TxBurst after completions: %d, %v", sent, err)
	}
	k.check(t)
}
