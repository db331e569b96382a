package kernel

import (
	"bytes"
	"net/netip"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/libos"
)

func TestDatagrams(t *testing.T) {
	eachDomain(t, func(t *testing.T, domain int) {
		v := open(t, libos.Adaptive)
		a, from := v.bound(domain, unix.SOCK_DGRAM)
		b, to := v.bound(domain, unix.SOCK_DGRAM)
		most := 65507
		if domain == unix.AF_INET6 {
			most = 65527
		}
		for _, n := range []int{1, 1472, 1473, 9000, 65507, most} {
			early := n%2 == 0 // the pop before the datagram, or after it
			var qt libos.QToken
			var err error
			if early {
				qt = v.idle(v.Pop(b))
			}
			msg := pattern(n, uint64(n))
			r := v.ok(v.PushTo(a, libos.Gather(libos.Segment{Data: msg[:n/2]}, libos.Segment{Data: msg[n/2:]}), to))
			if r.N != n {
				t.Fatalf("push of %d bytes says %d", n, r.N)
			}
			if !early {
				qt, err = v.Pop(b)
				v.must(err)
			}
			r = v.ok(qt, nil)
			if !bytes.Equal(r.SGA.Flat(), msg) || r.Addr != from {
				t.Fatalf("%d bytes from %v, want %d from %v", r.N, r.Addr, n, from)
			}
			v.must(v.Free(r.SGA))
		}
		v.want(syscall.EMSGSIZE)(v.PushTo(a, libos.Bytes(make([]byte, most+1)), to))
		v.want(syscall.EDESTADDRREQ)(v.Push(a, libos.Bytes([]byte("x"))))

		// More segments than sendmsg takes are one datagram all the same.
		var segs []libos.Segment
		for i := range 3000 {
			segs = append(segs, libos.Segment{Data: []byte{byte(i), byte(i >> 8)}})
		}
		v.ok(v.PushTo(a, libos.Gather(segs...), to))
		r := v.ok(v.Pop(b))
		want := libos.Gather(segs...)
		if !bytes.Equal(r.SGA.Flat(), want.Flat()) {
			t.Fatal("a datagram of 3,000 segments arrived changed")
		}
		v.must(v.Free(r.SGA))
		for range 20 {
			segs = append(segs, libos.Segment{Data: make([]byte, 4000)})
		}
		v.want(syscall.EMSGSIZE)(v.PushTo(a, libos.Gather(segs...), to))
	})
}

// TestEmptyDatagram: one without data is a pop of zero bytes with a sender. Only a foreign socket can send it.
func TestEmptyDatagram(t *testing.T) {
	v := open(t, libos.Adaptive)
	b, to := v.bound(unix.AF_INET, unix.SOCK_DGRAM)
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	v.must(err)
	defer unix.Close(fd)
	sa := &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}
	v.must(unix.Sendto(fd, nil, 0, sa))
	v.must(unix.Sendto(fd, []byte("x"), 0, sa))
	if r := v.ok(v.Pop(b)); r.N != 0 || !r.Addr.IsValid() {
		t.Fatalf("empty datagram: %+v", r)
	}
	r := v.ok(v.Pop(b))
	if r.N != 1 {
		t.Fatalf("the datagram after it: %+v", r)
	}
	v.must(v.Free(r.SGA))
}

// TestClosedPort: a datagram to a closed port does nothing, to pops and to later pushes, although the kernel reports the
// ICMP error on a connected socket.
func TestClosedPort(t *testing.T) {
	eachDomain(t, func(t *testing.T, domain int) {
		v := open(t, libos.Adaptive)
		gone, dead := v.bound(domain, unix.SOCK_DGRAM)
		v.close(gone)
		a, addr := v.bound(domain, unix.SOCK_DGRAM)
		v.ok(v.Connect(a, dead))
		for range 5 { // the pushes meet the errors
			v.push(a, []byte("into the void"))
		}
		pop := v.idle(v.Pop(a))
		for range 5 { // the pop meets them
			v.push(a, []byte("into the void"))
			v.idle(pop, nil)
		}
		if v.e.stats.Swallowed == 0 {
			t.Fatal("no ICMP error came: the test shows nothing")
		}
		// The peer appears at last.
		b := v.socket(domain, unix.SOCK_DGRAM)
		v.must(v.Bind(b, dead))
		v.ok(v.PushTo(b, libos.Bytes([]byte("hello")), addr))
		r := v.ok(pop, nil)
		if string(r.SGA.Flat()) != "hello" || r.Addr != dead {
			t.Fatalf("got %q from %v", r.SGA.Flat(), r.Addr)
		}
		v.must(v.Free(r.SGA))
	})
}

// TestNoMemory: while the memory is exhausted pops wait, and complete when there is some again.
func TestNoMemory(t *testing.T) {
	v := open(t, libos.Block)
	c, s, _ := v.pair(unix.AF_INET)
	a, to := v.bound(unix.AF_INET, unix.SOCK_DGRAM)
	v.mem.limit = receiveSize // one buffer and no copies
	msg := pattern(receiveSize, 9)
	v.push(c, append(msg, msg...))
	first := v.ok(v.Pop(s))
	if v.mem.used != v.mem.limit {
		t.Fatalf("%d bytes in use after a pop of %d", v.mem.used, first.N)
	}
	v.ok(v.PushTo(a, libos.Bytes([]byte("datagram")), to))
	stream := v.idle(v.Pop(s))
	datagram := v.idle(v.Pop(a))
	if v.e.stats.Starved == 0 {
		t.Fatal("the memory was not exhausted: the test shows nothing")
	}
	v.idle(stream, nil)
	got := append([]byte(nil), first.SGA.Flat()...)
	v.must(v.Free(first.SGA))
	// Either may come first; each needs the memory that the other took.
	var res libos.QResult
	both := []libos.QToken{stream, datagram}
	for len(both) > 0 {
		i, err := v.WaitAny(both, &res, patience)
		v.must(err)
		v.must(res.Err)
		if both[i] == stream {
			got = append(got, res.SGA.Flat()...)
		} else if string(res.SGA.Flat()) != "datagram" {
			t.Fatalf("got %q", res.SGA.Flat())
		}
		v.must(v.Free(res.SGA))
		both = append(both[:i], both[i+1:]...)
	}
	got = append(got, v.popN(s, 2*len(msg)-len(got))...)
	if !bytes.Equal(got, append(msg, msg...)) {
		t.Fatal("data arrived changed")
	}
	// Less than a whole buffer is enough for a stream.
	v.e.drop()
	v.mem.limit = 3000
	v.push(c, msg[:5000])
	if !bytes.Equal(v.popN(s, 5000), msg[:5000]) {
		t.Fatal("data arrived changed in small pieces")
	}
	v.mem.limit = 0
}

// TestUrgent: urgent data ends a receive early, and what follows must come all the same.
func TestUrgent(t *testing.T) {
	v := open(t, libos.Adaptive)
	lis, addr := v.listener(unix.AF_INET)
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	v.must(err)
	defer unix.Close(fd)
	at, err := v.Accept(lis)
	v.must(err)
	v.must(unix.Connect(fd, &unix.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()}))
	s := v.ok(at, nil).NewQD
	for range 50 {
		v.must(unix.Sendto(fd, []byte("before"), 0, nil))
		v.must(unix.Sendto(fd, []byte("!"), unix.MSG_OOB, nil))
		v.must(unix.Sendto(fd, []byte("after"), 0, nil))
		if got := v.popN(s, 12); string(got) != "before!after" {
			t.Fatalf("got %q", got)
		}
	}
}

// TestAllocs: the data path does not allocate, but for the checks of the runtime, and streams are not read in vain.
func TestAllocs(t *testing.T) {
	v := open(t, libos.Spin)
	guard := func(name string, f func()) {
		t.Helper()
		for range 100 {
			f()
		}
		if n := testing.AllocsPerRun(2000, f); n != 0 && !checks {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	two := libos.Gather(libos.Segment{Data: make([]byte, 64)}, libos.Segment{Data: make([]byte, 64)})
	eachDomain(t, func(t *testing.T, domain int) {
		c, s, _ := v.pair(domain)
		dry := v.e.stats.DryRecvs
		for _, msg := range []libos.SGArray{libos.Bytes(make([]byte, 64)), two} {
			guard("stream", func() {
				pop, err := v.Pop(s)
				v.must(err)
				v.ok(v.Push(c, msg))
				v.must(v.Free(v.ok(pop, nil).SGA))
			})
		}
		if n := v.e.stats.DryRecvs - dry; n != 0 {
			t.Errorf("%d receives found nothing", n)
		}
		a, _ := v.bound(domain, unix.SOCK_DGRAM)
		b, to := v.bound(domain, unix.SOCK_DGRAM)
		guard("datagram", func() {
			pop, err := v.Pop(b)
			v.must(err)
			v.ok(v.PushTo(a, two, to))
			v.must(v.Free(v.ok(pop, nil).SGA))
		})
	})
}

// TestZones: a link-local address keeps its zone both ways.
func TestZones(t *testing.T) {
	v := open(t, libos.Adaptive)
	a := v.raw(unix.AF_INET6, unix.SOCK_DGRAM)
	for _, addr := range []string{"[fe80::1%lo]:7", "[::1]:7", "[2001:db8::1]:7"} {
		want := netip.MustParseAddrPort(addr)
		if errno := v.e.encode(a.fd, a.domain, want); errno != 0 {
			t.Fatalf("%s: %v", addr, errno)
		}
		if got := v.e.decode(a.fd); got != want {
			t.Fatalf("%s became %v", addr, got)
		}
	}
	if errno := v.e.encode(a.fd, a.domain, netip.MustParseAddrPort("[fe80::1%1]:7")); errno != 0 {
		t.Fatal(errno)
	}
	if got := v.e.decode(a.fd); got.Addr().Zone() != "lo" {
		t.Fatalf("zone 1 became %v", got)
	}
	for _, addr := range []string{"[fe80::1%nosuchif]:7", "[fe80::1%a-name-longer-than-interfaces-have]:7"} {
		if errno := v.e.encode(a.fd, a.domain, netip.MustParseAddrPort(addr)); errno != unix.ENODEV {
			t.Fatalf("%s: %v", addr, errno)
		}
	}
}
