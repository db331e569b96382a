package afxdp

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	ebpflink "github.com/cilium/ebpf/link"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// wantError checks that err is want, is one line, and has all of the words.
func wantError(t *testing.T, err, want error, words ...string) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
	for _, w := range append(words, "afxdp: ") {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("error has several lines: %q", err)
	}
	t.Log(err)
}

func TestOpenErrors(t *testing.T) {
	w := newWire(t, 2, 1500)
	taken := netip.MustParseAddr("10.99.0.9")
	err := w.a.Do(func() error {
		l, err := netlink.LinkByName(nameA)
		if err != nil {
			return err
		}
		return netlink.AddrAdd(l, &netlink.Addr{IPNet: netlink.NewIPNet(taken.AsSlice())})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		cfg   Config
		queue int
		want  syscall.Errno
		words []string
	}{
		{"interface", Config{Interface: "haxnone"}, 0, syscall.ENODEV, []string{"haxnone", "no such interface", "ip link"}},
		{"loopback", Config{Interface: "lo", MTU: 1500}, 0, syscall.EOPNOTSUPP, []string{"not an Ethernet"}},
		{"address", Config{Interface: nameA, Addrs: []netip.Addr{ipA, taken}}, 0, syscall.EADDRINUSE, []string{"10.99.0.9", "ip address del"}},
		{"mapped address", Config{Interface: nameA, Addrs: []netip.Addr{netip.AddrFrom16(taken.As16())}}, 0, syscall.EADDRINUSE, nil},
		{"mtu over interface", Config{Interface: nameA, MTU: 9000}, 0, syscall.EMSGSIZE, []string{"9000", "1500"}},
		{"mtu over frame", Config{Interface: "lo"}, 0, syscall.EMSGSIZE, []string{"65536", "3826", "set"}},
		{"queue", Config{Interface: nameA}, 2, syscall.EINVAL, []string{"queue 2", "the interface has 2", "ethtool -L haxa"}},
		{"queue far away", Config{Interface: nameA}, 1 << 20, syscall.EINVAL, []string{"the interface has 2"}},
		{"negative queue", Config{Interface: nameA}, -1, syscall.EINVAL, []string{"from 0"}},
		{"zero-copy", Config{Interface: nameA, Mode: ModeZeroCopy}, 0, syscall.EOPNOTSUPP, []string{"no zero-copy", "mode copy or auto"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := w.a.open(c.cfg, c.queue)
			if err == nil {
				d.Close()
			}
			wantError(t, err, c.want, c.words...)
			if info := w.a.attached(t, nameA); info.xdpMode != 0 {
				t.Errorf("a %s program was left", info.modeName())
			}
		})
	}
}

// shortenWait is for opens that fail because of what is not going to be released.
func shortenWait() (restore func()) {
	was := releaseWait
	releaseWait = 50 * time.Millisecond
	return func() { releaseWait = was }
}

// TestQueueTaken shows that a queue and an interface that another device has are told apart, and left alone.
func TestQueueTaken(t *testing.T) {
	w := newWire(t, 2, 1500)
	d := w.a.mustOpen(t, small(nameA, ipA), 0)
	before := w.a.attached(t, nameA)
	restore := shortenWait()
	defer restore()

	_, err := w.a.open(small(nameA), 0)
	wantError(t, err, syscall.EBUSY, "haxa queue 0", "already taken by another AF_XDP socket")

	_, err = w.a.open(small(nameA), 1)
	wantError(t, err, syscall.EBUSY, `"catamaran"`, fmt.Sprint("id ", before.xdpID), "another Catamaran process")

	err = w.a.Do(func() error { _, err := d.OpenQueue(0); return err })
	wantError(t, err, syscall.EBUSY, "already opened by this device")

	if after := w.a.attached(t, nameA); after != before {
		t.Errorf("interface is %+v, was %+v", after, before)
	}
	restore() // the kernel may still be releasing what was bound to queue 1 above
	if err := w.a.Do(func() error { _, err := d.OpenQueue(1); return err }); err != nil {
		t.Errorf("open another queue after that: %v", err)
	}
}

func TestForeignProgram(t *testing.T) {
	w := newWire(t, 1, 1500)
	for _, flags := range []ebpflink.XDPAttachFlags{ebpflink.XDPDriverMode, ebpflink.XDPGenericMode} {
		prog, err := ebpf.NewProgram(&ebpf.ProgramSpec{
			Name: "someone_else", Type: ebpf.XDP, License: "Apache-2.0",
			Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, xdpPass), asm.Return()},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer prog.Close()
		var l ebpflink.Link
		err = w.a.Do(func() error {
			nl, err := netlink.LinkByName(nameA)
			if err == nil {
				l, err = ebpflink.AttachXDP(ebpflink.XDPOptions{Program: prog, Interface: nl.Attrs().Index, Flags: flags})
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		before := w.a.attached(t, nameA)
		for _, mode := range []string{ModeAuto, ModeCopy, ModeGeneric} {
			cfg := small(nameA, ipA)
			cfg.Mode = mode
			_, err = w.a.open(cfg, 0)
			wantError(t, err, syscall.EBUSY, "someone_else", fmt.Sprint("id ", before.xdpID), "left in place", before.modeName())
			var foreign *ForeignProgramError
			if !errors.As(err, &foreign) || foreign.ID != before.xdpID || foreign.Name != "someone_else" {
				t.Errorf("error has %+v", foreign)
			}
		}
		if after := w.a.attached(t, nameA); after != before {
			t.Errorf("interface is %+v, was %+v", after, before)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		w.a.mustOpen(t, small(nameA, ipA), 0).Close()
	}
}

// TestFallback opens a device whose driver has no native XDP.
func TestFallback(t *testing.T) {
	w := newWire(t, 1, 1500)
	err := w.a.Do(func() error {
		attrs := netlink.NewLinkAttrs()
		attrs.Name = "haxd"
		return netlink.LinkAdd(&netlink.Bridge{LinkAttrs: attrs})
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.a.open(Config{Interface: "haxd", Frames: 256, Mode: ModeCopy}, 0)
	wantError(t, err, syscall.EOPNOTSUPP, "no native XDP", "mode generic or auto")
	d := w.a.mustOpen(t, small("haxd"), 0)
	if got := d.Info(); got.Mode != "generic" || got.Virtual {
		t.Errorf("Info: %+v", got)
	}
	if info := w.a.attached(t, "haxd"); info.modeName() != "generic" {
		t.Errorf("program is %s", info.modeName())
	}
}

// TestTooFewQueues attaches to a veth whose peer has more transmit queues.
func TestTooFewQueues(t *testing.T) {
	w := newWire(t, 1, 1500)
	err := w.a.Do(func() error {
		attrs := netlink.NewLinkAttrs()
		attrs.Name, attrs.NumRxQueues, attrs.NumTxQueues = "haxc", 1, 1
		return netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: "haxe", PeerNumRxQueues: 2, PeerNumTxQueues: 2})
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.a.open(small("haxc"), 0)
	wantError(t, err, syscall.ENOSPC, "too few queues", "mode generic")
	if info := w.a.attached(t, "haxc"); info.xdpMode != 0 {
		t.Errorf("a %s program was left", info.modeName())
	}
}

// TestMTU opens interfaces at and over what drivers and frames hold.
func TestMTU(t *testing.T) {
	for _, c := range []struct {
		mtu  int
		mode string
		want error
		word string
	}{
		{1778, ModeCopy, nil, ""},
		{3506, ModeCopy, nil, ""},
		{3507, ModeCopy, syscall.ERANGE, "3506"},
		{3507, ModeAuto, syscall.ERANGE, "generic"},
		{3507, ModeGeneric, nil, ""},
		{3826, ModeGeneric, nil, ""},
		{3827, ModeGeneric, syscall.EMSGSIZE, "at most 3826"},
		{9000, ModeAuto, syscall.EMSGSIZE, "veth: 3506"},
	} {
		t.Run(fmt.Sprint(c.mtu, c.mode), func(t *testing.T) {
			w := newWire(t, 1, c.mtu)
			cfg := small(nameA, ipA)
			cfg.Mode = c.mode
			a, err := w.a.open(cfg, 0)
			if c.want != nil {
				wantError(t, err, c.want, c.word)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			cfg.Interface, cfg.Addrs = nameB, addrsB
			b := w.b.mustOpen(t, cfg, 0)
			if got := a.Info().MTU; got != c.mtu {
				t.Errorf("MTU is %d", got)
			}
			pass(t, a.Queue(0), b.Queue(0), ipv4(ipA, ipB, c.mtu-20))
		})
	}
}

// TestMTUOfPeer shows which of the two ends' MTUs veth's driver looks at, and that asking for less does not help.
func TestMTUOfPeer(t *testing.T) {
	for _, c := range []struct {
		own, peer, ask int
		want           error
	}{
		{9000, 3506, 3826, nil},
		{1500, 3507, 0, syscall.ERANGE},
		{9000, 9000, 1500, syscall.ERANGE},
	} {
		t.Run(fmt.Sprint(c.own, c.peer, c.ask), func(t *testing.T) {
			w := newWire(t, 1, 1500)
			if err := errors.Join(w.a.setMTU(nameA, c.own), w.b.setMTU(nameB, c.peer)); err != nil {
				t.Fatal(err)
			}
			cfg := small(nameA, ipA)
			cfg.MTU = c.ask
			d, err := w.a.open(cfg, 0)
			if c.want != nil {
				wantError(t, err, c.want, "the peer's", "not only the one asked for")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			if info := d.Info(); info.MTU != c.ask || info.Mode != "copy" {
				t.Errorf("Info: %+v", info)
			}
			if err := w.b.setMTU(nameB, 3507); !errors.Is(err, syscall.EINVAL) {
				t.Errorf("raise the peer's MTU while the program is attached: %v", err)
			}
		})
	}
}

// TestPrivilege drops capabilities one by one and reads what is said to be missing.
func TestPrivilege(t *testing.T) {
	w := newWire(t, 1, 1500)
	without := func(keep ...uint) error {
		return w.a.Do(func() error {
			var set [2]unix.CapUserData
			for _, c := range keep {
				set[c/32].Permitted |= 1 << (c % 32)
				set[c/32].Effective |= 1 << (c % 32)
			}
			if err := unix.Capset(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &set[0]); err != nil {
				return fmt.Errorf("capset: %w", err)
			}
			cfg := small(nameA, ipA)
			if len(keep) > 0 && keep[len(keep)-1] == unix.CAP_NET_RAW {
				cfg.Frames = 1 << 16 // 128 MiB, more than locked memory is limited to
			}
			d, err := Open(cfg)
			if err != nil {
				return err
			}
			defer d.Close()
			_, err = d.OpenQueue(0)
			return err
		})
	}
	wantError(t, without(), syscall.EPERM, "CAP_NET_RAW", "CAP_NET_ADMIN", "CAP_BPF")
	wantError(t, without(unix.CAP_NET_RAW, unix.CAP_IPC_LOCK), syscall.EPERM, "CAP_NET_ADMIN and CAP_BPF")
	if limitedMemory(t, 1<<27) {
		wantError(t, without(unix.CAP_NET_RAW), syscall.ENOBUFS, "131072 KiB", "ulimit -l", "CAP_IPC_LOCK")
	}
	if err := without(unix.CAP_NET_RAW, unix.CAP_NET_ADMIN, unix.CAP_BPF, unix.CAP_IPC_LOCK); err != nil {
		t.Errorf("with the capabilities that the messages name: %v", err)
	}
	if info := w.a.attached(t, nameA); info.xdpMode != 0 {
		t.Errorf("a %s program was left", info.modeName())
	}
}

func limitedMemory(t *testing.T, bytes uint64) bool {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_MEMLOCK, &r); err != nil {
		t.Fatal(err)
	}
	return r.Cur < bytes
}
