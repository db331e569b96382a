package kernel

import (
	"errors"
	"net/netip"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/libos"
)

// TestBindInUse: one address on two sockets is refused at the second Bind, whatever the first is doing, and also if the
// port has been through the retry with SO_REUSEADDR.
func TestBindInUse(t *testing.T) {
	eachDomain(t, func(t *testing.T, domain int) {
		for _, typ := range []int{unix.SOCK_STREAM, unix.SOCK_DGRAM} {
			v := open(t, libos.Adaptive)
			first, addr := v.bound(domain, typ)
			second := v.socket(domain, typ)
			for range 2 {
				wantErr(t, v.Bind(second, addr), syscall.EADDRINUSE)
			}
			if typ == unix.SOCK_STREAM {
				v.must(v.Listen(first, 1))
				wantErr(t, v.Bind(second, addr), syscall.EADDRINUSE)
			}
			v.close(first)
			v.must(v.Bind(second, addr)) // a refusal leaves the socket as it was
		}
	})
}

// TestRestart: a server that closed first leaves TIME_WAIT, and one whose connections are still open leaves those; the next
// server binds and listens at once, and is not shared with a third.
func TestRestart(t *testing.T) {
	eachDomain(t, func(t *testing.T, domain int) {
		v := open(t, libos.Adaptive)
		lis, addr := v.listener(domain)
		at, err := v.Accept(lis)
		v.must(err)
		c := v.socket(domain, unix.SOCK_STREAM)
		v.ok(v.Connect(c, addr))
		s := v.ok(at, nil).NewQD
		at, err = v.Accept(lis)
		v.must(err)
		stays := v.socket(domain, unix.SOCK_STREAM)
		v.ok(v.Connect(stays, addr))
		v.ok(at, nil)
		v.close(lis)
		v.close(s)
		v.eof(c)
		v.close(c)

		// The state is as described: without the flag the address is taken.
		probe := v.raw(domain, unix.SOCK_STREAM)
		if errno := v.e.encode(probe.fd, domain, addr); errno != 0 {
			t.Fatal(errno)
		}
		if errno := sysBind(probe.fd, &v.e.name); errno != unix.EADDRINUSE {
			t.Fatalf("a plain bind gives %v: the test shows nothing", errno)
		}
		next, third := v.socket(domain, unix.SOCK_STREAM), v.socket(domain, unix.SOCK_STREAM)
		v.must(v.Bind(next, addr))
		wantErr(t, v.Bind(third, addr), syscall.EADDRINUSE)
		v.must(v.Listen(next, 16))
		wantErr(t, v.Bind(third, addr), syscall.EADDRINUSE)
		at, err = v.Accept(next)
		v.must(err)
		c = v.socket(domain, unix.SOCK_STREAM)
		v.ok(v.Connect(c, addr))
		v.ok(at, nil)
	})
}

// TestSelfConnect: a connect to a closed port of the ephemeral range is refused, also when the kernel picks that very port
// for the connecting socket.
func TestSelfConnect(t *testing.T) {
	v := open(t, libos.Adaptive)
	gone, addr := v.bound(unix.AF_INET, unix.SOCK_STREAM)
	v.close(gone)
	met := false
	for range 200 {
		s := v.raw(unix.AF_INET, unix.SOCK_STREAM)
		// IP_LOCAL_PORT_RANGE, Linux 6.3: the kernel has no other choice.
		const ipLocalPortRange = 51
		p := int(addr.Port())
		if err := unix.SetsockoptInt(s.fd, unix.IPPROTO_IP, ipLocalPortRange, p<<16|p); err != nil {
			t.Logf("IP_LOCAL_PORT_RANGE: %v; left to chance", err)
		}
		qd, err := v.Insert(s)
		v.must(err)
		v.want(syscall.ECONNREFUSED)(v.Connect(qd, addr))
		if s.local == addr {
			met = true
			break
		}
	}
	t.Logf("the kernel picked the port itself: %v", met)
	// The port is free at once.
	qd := v.socket(unix.AF_INET, unix.SOCK_STREAM)
	v.must(v.Bind(qd, addr))
	v.must(v.Listen(qd, 1))
}

func TestErrnos(t *testing.T) {
	v := open(t, libos.Adaptive)
	e := v.e
	for _, c := range [][2]int{{unix.AF_UNIX, unix.SOCK_STREAM}, {unix.AF_INET, unix.SOCK_RAW}, {-1, -1}} {
		_, err := e.Socket(c[0], c[1])
		wantErr(t, err, syscall.ENOTSUP)
	}
	tcp, udp := v.socket(unix.AF_INET, unix.SOCK_STREAM), v.socket(unix.AF_INET, unix.SOCK_DGRAM)
	tcp6 := v.socket(unix.AF_INET6, unix.SOCK_STREAM)
	v4, mapped := netip.MustParseAddrPort("127.0.0.1:0"), netip.MustParseAddrPort("[::ffff:127.0.0.1]:0")
	wantErr(t, v.Bind(tcp6, v4), syscall.EAFNOSUPPORT)
	wantErr(t, v.Bind(tcp6, mapped), syscall.EAFNOSUPPORT)
	wantErr(t, v.Bind(tcp, loopback(unix.AF_INET6)), syscall.EAFNOSUPPORT)
	wantErr(t, v.Bind(tcp, netip.AddrPort{}), syscall.EINVAL)
	wantErr(t, v.Bind(tcp, netip.MustParseAddrPort("192.0.2.1:0")), syscall.EADDRNOTAVAIL)
	wantErr(t, v.Bind(tcp, mapped), syscall.EAFNOSUPPORT)
	v.must(v.Bind(tcp, v4))
	one := libos.Bytes([]byte("x"))
	v.want(syscall.ENOTCONN)(v.PushTo(tcp, one, netip.MustParseAddrPort("127.0.0.1:9")))
	v.want(syscall.EINVAL)(v.PushTo(udp, one, netip.MustParseAddrPort("127.0.0.1:0")))
	v.want(syscall.EAFNOSUPPORT)(v.PushTo(udp, one, netip.MustParseAddrPort("[::1]:9")))
	v.want(syscall.EOPNOTSUPP)(v.Accept(udp))
	wantErr(t, v.Listen(udp, 1), syscall.EOPNOTSUPP)
	c, _, _ := v.pair(unix.AF_INET)
	v.want(syscall.EISCONN)(v.PushTo(c, one, netip.MustParseAddrPort("127.0.0.1:9")))
	for _, o := range []struct {
		qd    libos.QD
		opt   libos.Option
		value int
		want  syscall.Errno
	}{
		{tcp, 0, 0, syscall.ENOPROTOOPT},
		{tcp, 99, 0, syscall.ENOPROTOOPT},
		{udp, libos.OptNoDelay, 1, syscall.ENOPROTOOPT},
		{udp, libos.OptKeepAlive, 1, syscall.ENOPROTOOPT},
		{udp, libos.OptLinger, -1, syscall.ENOPROTOOPT},
		{tcp, libos.OptNoDelay, 2, syscall.EINVAL},
		{tcp, libos.OptKeepAlive, -1, syscall.EINVAL},
		{tcp, libos.OptKeepAlive, 1 << 20, syscall.EINVAL},
		{tcp, libos.OptLinger, 1, syscall.EINVAL},
		{udp, libos.OptSendBuffer, 0, syscall.EINVAL},
		{tcp, libos.OptReceiveBuffer, -5, syscall.EINVAL},
	} {
		wantErr(t, v.SetOption(o.qd, o.opt, o.value), o.want)
	}
	_, err := Open(nil, Config{})
	wantErr(t, err, syscall.EINVAL)
	_, err = Open(v.mem, Config{Events: maxEvents + 1})
	wantErr(t, err, syscall.EINVAL)
}

// TestOptions reads back what SetOption and the defaults do, and what a connection inherits from its listener.
func TestOptions(t *testing.T) {
	v := open(t, libos.Adaptive)
	lis := v.raw(unix.AF_INET, unix.SOCK_STREAM)
	qd, err := v.Insert(lis)
	v.must(err)
	v.must(v.Bind(qd, loopback(unix.AF_INET)))
	v.must(v.SetOption(qd, libos.OptKeepAlive, 45))
	v.must(v.SetOption(qd, libos.OptSendBuffer, 30000))
	v.must(v.SetOption(qd, libos.OptReceiveBuffer, 1<<40))
	v.must(v.Listen(qd, 8))
	addr, err := v.LocalAddr(qd)
	v.must(err)
	c := v.socket(unix.AF_INET, unix.SOCK_STREAM)
	at, err := v.Accept(qd)
	v.must(err)
	v.ok(v.Connect(c, addr))
	v.ok(at, nil)
	conn := v.last()
	for _, s := range []*socket{lis, conn} {
		for _, o := range []struct{ level, opt, want int }{
			{unix.IPPROTO_TCP, unix.TCP_NODELAY, 1},
			{unix.SOL_SOCKET, unix.SO_OOBINLINE, 1},
			{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
			{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 45},
			{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 4},
			{unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 9},
			{unix.SOL_SOCKET, unix.SO_SNDBUF, 60000},
		} {
			if got, err := unix.GetsockoptInt(s.fd, o.level, o.opt); err != nil || got != o.want {
				t.Errorf("option %d.%d is %d (%v), want %d", o.level, o.opt, got, err, o.want)
			}
		}
	}
	v.must(v.SetOption(qd, libos.OptKeepAlive, 0))
	v.must(v.SetOption(qd, libos.OptNoDelay, 0))
	for _, o := range [][2]int{{unix.SOL_SOCKET, unix.SO_KEEPALIVE}, {unix.IPPROTO_TCP, unix.TCP_NODELAY}} {
		if got, err := unix.GetsockoptInt(lis.fd, o[0], o[1]); err != nil || got != 0 {
			t.Errorf("option %v is %d (%v), want 0", o, got, err)
		}
	}
}

// TestNoDescriptors: without a free descriptor an accept fails and the connection waits for the next.
func TestNoDescriptors(t *testing.T) {
	v := open(t, libos.Adaptive)
	lis, addr := v.listener(unix.AF_INET)
	c := v.socket(unix.AF_INET, unix.SOCK_STREAM)
	v.ok(v.Connect(c, addr))
	var old unix.Rlimit
	v.must(unix.Getrlimit(unix.RLIMIT_NOFILE, &old))
	v.must(unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 3, Max: old.Max}))
	qt, err := v.Accept(lis)
	var res libos.QResult
	if err == nil {
		res, err = v.Wait(qt, patience)
	}
	v.must(unix.Setrlimit(unix.RLIMIT_NOFILE, &old))
	v.must(err)
	wantErr(t, res.Err, syscall.EMFILE)
	v.ok(v.Accept(lis))
}

// TestStaleEvent: an event that is addressed to a closed socket does not reach the next one in its slot.
func TestStaleEvent(t *testing.T) {
	v := open(t, libos.Adaptive)
	a := v.raw(unix.AF_INET, unix.SOCK_DGRAM)
	gen := v.e.slots[a.slot].gen
	dup, err := unix.Dup(a.fd) // keeps the registration alive after close, as a process being forked does
	v.must(err)
	defer unix.Close(dup)
	v.must(a.closeFD())
	b := v.raw(unix.AF_INET, unix.SOCK_DGRAM)
	if b.slot != a.slot || v.e.slots[b.slot].gen == gen {
		t.Fatalf("slot %d generation %d after slot %d generation %d", b.slot, v.e.slots[b.slot].gen, a.slot, gen)
	}
	// Only the old socket's event is left to come.
	v.must(unix.EpollCtl(v.e.ep, unix.EPOLL_CTL_DEL, b.fd, nil))
	v.e.harvest()
	if v.e.stats.Events == 0 {
		t.Fatal("no event came: the test shows nothing")
	}
	if b.writable {
		t.Fatal("the event of a closed socket reached the next one")
	}
}

// TestEngines: two engines in one runtime, waited for together.
func TestEngines(t *testing.T) {
	for _, idle := range []libos.Idle{libos.Spin, libos.Block} {
		v := open(t, idle)
		second, err := Open(v.mem, Config{Events: 1})
		v.must(err)
		v.Add(second)
		lis, addr := v.listener(unix.AF_INET)
		c, err := v.SocketOn(second, unix.AF_INET, unix.SOCK_STREAM)
		v.must(err)
		at, err := v.Accept(lis)
		v.must(err)
		v.ok(v.Connect(c, addr))
		s := v.ok(at, nil).NewQD
		for range 100 {
			v.push(c, []byte("ping"))
			v.popN(s, 4)
			v.push(s, []byte("pong"))
			v.popN(c, 4)
		}
	}
}

// TestEngineClose: what is pending ends with ECANCELED, and closing twice is once.
func TestEngineClose(t *testing.T) {
	v := open(t, libos.Adaptive)
	c, s, lis := v.pair(unix.AF_INET)
	var qts []libos.QToken
	for _, start := range []func() (libos.QToken, error){
		func() (libos.QToken, error) { return v.Accept(lis) },
		func() (libos.QToken, error) { return v.Pop(s) },
		func() (libos.QToken, error) { return v.Push(c, libos.Bytes(make([]byte, 64<<20))) },
		func() (libos.QToken, error) { return v.Pop(c) },
	} {
		qt, err := start()
		v.must(err)
		qts = append(qts, qt)
	}
	for range 2 {
		v.must(v.e.Close())
	}
	for _, qt := range qts {
		if r := v.done(qt, nil); !errors.Is(r.Err, syscall.ECANCELED) && r.Opcode != libos.OpPop {
			t.Errorf("%v: %v", r.Opcode, r.Err)
		} else if r.Err == nil {
			v.must(v.Free(r.SGA))
		}
	}
	if v.e.pending != 0 || v.e.Poll() {
		t.Fatalf("%d operations pending after Close", v.e.pending)
	}
	_, err := v.e.Socket(unix.AF_INET, unix.SOCK_STREAM)
	wantErr(t, err, syscall.EBADF)
}
