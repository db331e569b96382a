package afxdp

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/catamaran-os/catamaran/link"
)

// pass sends one frame from a to b.
func pass(t *testing.T, a, b link.Queue, frame []byte) {
	t.Helper()
	var f [1]link.Frame
	if a.Alloc(f[:]) != 1 {
		t.Fatal("no free frame")
	}
	f[0].Data = append(f[0].Data, frame...)
	if n, err := a.TxBurst(f[:]); n != 1 || err != nil {
		t.Fatalf("TxBurst: %d, %v", n, err)
	}
	if s := a.Stats(); s.TxFrames == 0 {
		t.Fatalf("refused: %+v", s)
	}
	got := receive(t, b)
	defer b.Free(got[:])
	if !bytes.Equal(got[0].Data, frame) {
		t.Fatalf("received %d bytes, differ from the %d sent", len(got[0].Data), len(frame))
	}
}

// receive waits for one frame.
func receive(t *testing.T, q link.Queue) (f [1]link.Frame) {
	t.Helper()
	eventually(t, "a frame", func() bool {
		n, err := q.RxBurst(f[:])
		if err != nil {
			t.Fatal(err)
		}
		return n == 1
	})
	return f
}

// TestQueues opens queues out of order: each gets what its peer of the same number sends.
func TestQueues(t *testing.T) {
	w := newWire(t, 4, 1500)
	a := w.a.mustOpen(t, small(nameA, ipA), 2, 0, 3)
	b := w.b.mustOpen(t, small(nameB, ipB), 2, 0, 3)
	if got := a.Info(); got.Queues != 3 || got.Mode != "copy" || !got.Virtual || got.MAC.String() != net.HardwareAddr(macA).String() {
		t.Errorf("Info: %+v", got)
	}
	for i, id := range []int{2, 0, 3} {
		if got := a.Queue(i).(*Queue).ID(); got != id {
			t.Errorf("queue %d has number %d, want %d", i, got, id)
		}
		pass(t, a.Queue(i), b.Queue(i), ipv4(ipA, ipB, 100+i))
		pass(t, b.Queue(i), a.Queue(i), ipv4(ipB, ipA, 200+i))
	}
}

// TestKernelNextToUs has a kernel peer send to our address and to the kernel's on the same interface.
func TestKernelNextToUs(t *testing.T) {
	for _, mode := range []string{ModeAuto, ModeGeneric} {
		t.Run(mode, func(t *testing.T) { kernelNextToUs(t, mode) })
	}
}

func kernelNextToUs(t *testing.T, mode string) {
	w := newWire(t, 1, 1500)
	theirs := netip.MustParseAddr("10.99.0.3")
	address := func(name string, a netip.Addr) func() error {
		return func() error {
			l, err := netlink.LinkByName(name)
			if err != nil {
				return err
			}
			return netlink.AddrAdd(l, &netlink.Addr{IPNet: &net.IPNet{IP: a.AsSlice(), Mask: net.CIDRMask(24, 32)}})
		}
	}
	if err := errors.Join(w.a.Do(address(nameA, theirs)), w.b.Do(address(nameB, ipB))); err != nil {
		t.Fatal(err)
	}
	cfg := small(nameA, ipA)
	cfg.Mode = mode
	q := w.a.mustOpen(t, cfg, 0).Queue(0)
	var kernel, peer *net.UDPConn
	err := w.a.Do(func() (err error) {
		kernel, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(theirs, 7)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer kernel.Close()
	err = w.b.Do(func() (err error) {
		peer, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ipB, 7)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()

	// The peer asks for our hardware address first; the answer is ours to give.
	if _, err := peer.WriteToUDPAddrPort([]byte("to us"), netip.AddrPortFrom(ipA, 7)); err != nil {
		t.Fatal(err)
	}
	f := receive(t, q)
	if want := arp(1, ipB, ipA); !bytes.Equal(f[0].Data[:42], want) {
		t.Fatalf("received %x, want the request %x", f[0].Data, want)
	}
	reply := arp(2, ipA, ipB)
	copy(reply, macB)
	copy(reply[6:], macA)
	copy(reply[22:], macA)
	copy(reply[32:], macB)
	f[0].Data = f[0].Data[:copy(f[0].Data[:cap(f[0].Data)], reply)]
	if n, err := q.TxBurst(f[:]); n != 1 || err != nil {
		t.Fatalf("TxBurst of a received frame: %d, %v", n, err)
	}
	f = receive(t, q)
	if !bytes.HasSuffix(f[0].Data, []byte("to us")) {
		t.Errorf("received %q", f[0].Data)
	}
	q.Free(f[:])

	for range 100 {
		if _, err := peer.WriteToUDPAddrPort([]byte("to the kernel"), netip.AddrPortFrom(theirs, 7)); err != nil {
			t.Fatal(err)
		}
		if err := kernel.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		var b [64]byte
		if n, _, err := kernel.ReadFromUDPAddrPort(b[:]); err != nil || string(b[:n]) != "to the kernel" {
			t.Fatalf("the kernel received %q, %v", b[:n], err)
		}
	}
	if s := q.Stats(); s.RxFrames != 2 || s.Drops() != 0 {
		t.Errorf("what was the kernel's came to us too: %+v", s)
	}
}

// TestCloseWhileHeld reads frames after Close, until they are freed.
func TestCloseWhileHeld(t *testing.T) {
	w := newWire(t, 1, 1500)
	d := w.a.mustOpen(t, small(nameA, ipA), 0)
	q := d.Queue(0)
	var f [4]link.Frame
	if q.Alloc(f[:]) != 4 {
		t.Fatal("no free frames")
	}
	for i := range f {
		f[i].Data = append(f[i].Data, "still here"...)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if a := q.Stats().Accounts; a.Held != 4 || a.Free != 252 || a.Sum() != a.Total {
		t.Errorf("accounts after Close: %+v", a)
	}
	for i := range f {
		if string(f[i].Data) != "still here" {
			t.Errorf("frame %d has %q", i, f[i].Data)
		}
		q.Free(f[i : i+1])
		q.Free(f[i : i+1])
	}
	if u := q.(*Queue).umem; u.mem != nil {
		t.Error("memory is mapped although every frame was freed")
	}
	if s := q.Stats(); s.NotHeld != 4 || s.Accounts.Free != s.Accounts.Total {
		t.Errorf("after freeing twice: %+v", s)
	}
	if err := w.a.Do(func() error { _, err := d.OpenQueue(0); return err }); !errors.Is(err, net.ErrClosed) {
		t.Errorf("OpenQueue after Close: %v", err)
	}
}

// TestGarbageCollection keeps nothing but the queue: the program must stay attached.
func TestGarbageCollection(t *testing.T) {
	w := newWire(t, 1, 1500)
	q := func() link.Queue {
		d, err := w.a.open(small(nameA, ipA), 0)
		if err != nil {
			t.Fatal(err)
		}
		return d.Queue(0)
	}()
	for range 5 {
		runtime.GC()
	}
	if info := w.a.attached(t, nameA); info.modeName() != "native" {
		t.Errorf("program is %s after a garbage collection", info.modeName())
	}
	if err := q.(*Queue).dev.Close(); err != nil {
		t.Error(err)
	}
}

// TestOpenDown opens an interface that is down. It says so, and works once it is up.
func TestOpenDown(t *testing.T) {
	w := newWire(t, 1, 1500)
	if err := w.setUp(w.a, nameA, false); err != nil {
		t.Fatal(err)
	}
	a, b := w.a.mustOpen(t, small(nameA, ipA), 0).Queue(0), w.b.mustOpen(t, small(nameB, ipB), 0).Queue(0)
	var f [1]link.Frame
	eventually(t, "ENETDOWN", func() bool {
		_, err := a.RxBurst(f[:])
		return errors.Is(err, syscall.ENETDOWN)
	})
	if _, ok := a.Arm(); !ok {
		t.Error("Arm asks to poll a device that is down")
	}
	if err := w.setUp(w.a, nameA, true); err != nil {
		t.Fatal(err)
	}
	if _, ok := a.Arm(); ok {
		t.Error("Arm sleeps over a device that came up")
	}
	pass(t, a, b, ipv4(ipA, ipB, 100))
}

// TestInterfaceRemoved takes the interface away under an open queue.
func TestInterfaceRemoved(t *testing.T) {
	w := newWire(t, 1, 1500)
	d := w.a.mustOpen(t, small(nameA, ipA), 0)
	err := w.a.Do(func() error {
		l, err := netlink.LinkByName(nameA)
		if err != nil {
			return err
		}
		return netlink.LinkDel(l)
	})
	if err != nil {
		t.Fatal(err)
	}
	q := d.Queue(0)
	var f [1]link.Frame
	var state error
	eventually(t, "an error", func() bool {
		_, state = q.RxBurst(f[:])
		return state != nil
	})
	if _, ok := q.Arm(); !ok {
		t.Error("Arm asks to poll a device that is gone")
	}
	if a := q.Stats().Accounts; a.Sum() != a.Total {
		t.Errorf("accounts: %+v", a)
	}
	t.Log(state)
}
