package kernel

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/internal/require"
	"github.com/catamaran-os/catamaran/libos"
)

// unreachable sends the ICMP message (RFC 792) "destination unreachable" with a code, about a datagram between two ports of
// the loopback interface, as a router on the way would.
func unreachable(v *env, fd int, code byte, from, to netip.AddrPort) {
	v.t.Helper()
	b := make([]byte, 8+20+8)
	b[0], b[1] = 3, code
	binary.BigEndian.PutUint16(b[6:], 1400) // the next hop's MTU, in code 4
	ip := b[8:28]
	ip[0], ip[8], ip[9] = 0x45, 64, unix.IPPROTO_UDP
	binary.BigEndian.PutUint16(ip[2:], 28)
	copy(ip[12:], from.Addr().AsSlice())
	copy(ip[16:], to.Addr().AsSlice())
	binary.BigEndian.PutUint16(b[28:], from.Port())
	binary.BigEndian.PutUint16(b[30:], to.Port())
	binary.BigEndian.PutUint16(b[32:], 8)
	var sum uint32
	for i := 0; i < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	binary.BigEndian.PutUint16(b[2:], ^uint16(sum))
	v.must(unix.Sendto(fd, b, 0, &unix.SockaddrInet4{Addr: from.Addr().As4()}))
}

// apart moves the test into a network namespace of its own, with a loopback interface: the kernel remembers what ICMP says
// about a path. The thread is not unlocked, so that it ends with the test's goroutine, and the namespace with it.
func apart(t *testing.T) {
	t.Helper()
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		require.Skip(t, "a network namespace to send ICMP in, which needs CAP_SYS_ADMIN: "+err.Error())
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		t.Fatal(err)
	}
	lo.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo); err != nil {
		t.Fatal(err)
	}
}

// TestUnreachable: an ICMP error about an earlier datagram is not that of the push that meets it, whose datagram is sent.
func TestUnreachable(t *testing.T) {
	apart(t)
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_ICMP)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	v := open(t, libos.Adaptive)
	b, to := v.bound(unix.AF_INET, unix.SOCK_DGRAM)
	a := v.raw(unix.AF_INET, unix.SOCK_DGRAM)
	qd, err := v.Insert(a)
	v.must(err)
	v.must(v.Bind(qd, loopback(unix.AF_INET)))
	from, err := v.LocalAddr(qd)
	v.must(err)
	v.ok(v.Connect(qd, to))
	for code, errno := range map[byte]syscall.Errno{
		2:  syscall.ENOPROTOOPT,  // protocol unreachable
		3:  syscall.ECONNREFUSED, // port unreachable
		4:  syscall.EMSGSIZE,     // fragmentation needed and DF set
		8:  syscall.ENONET,       // source host isolated
		13: syscall.EHOSTUNREACH, // communication administratively prohibited
	} {
		unreachable(v, fd, code, from, to)
		if got, err := unix.GetsockoptInt(a.fd, unix.SOL_SOCKET, unix.SO_ERROR); err != nil || syscall.Errno(got) != errno {
			t.Fatalf("ICMP code %d: pending error %v (%v), want %v: the test shows nothing", code, syscall.Errno(got), err, errno)
		}
		unreachable(v, fd, code, from, to)
		v.push(qd, []byte{code})
		r := v.ok(v.Pop(b))
		if got := r.SGA.Flat(); len(got) != 1 || got[0] != code {
			t.Errorf("after ICMP code %d: got %v", code, got)
		}
		v.must(v.Free(r.SGA))
	}
	// Its own error is.
	v.want(syscall.EMSGSIZE)(v.Push(qd, libos.Bytes(make([]byte, 65508))))
}
