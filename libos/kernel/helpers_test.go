package kernel

import (
	"errors"
	"hash/maphash"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/libos"
)

// patience bounds every wait of the tests: long past it something is lost.
const patience = 20 * time.Second

// heap is a Memory over the Go heap with a bound, that keeps freed buffers by size so that the steady state does not
// allocate.
type heap struct {
	live  map[libos.Handle][]byte
	refs  map[libos.Handle]int
	free  map[int][][]byte
	next  libos.Handle
	used  int
	limit int // 0: none
}

func newHeap() *heap {
	return &heap{live: map[libos.Handle][]byte{}, refs: map[libos.Handle]int{}, free: map[int][][]byte{}}
}

func (h *heap) Alloc(size int) (libos.Segment, error) {
	if size < 1 {
		return libos.Segment{}, syscall.EINVAL
	}
	if h.limit > 0 && h.used+size > h.limit {
		return libos.Segment{}, syscall.ENOMEM
	}
	var b []byte
	if f := h.free[size]; len(f) > 0 {
		b, h.free[size] = f[len(f)-1], f[:len(f)-1]
	} else {
		b = make([]byte, size)
	}
	h.next++
	h.live[h.next], h.refs[h.next] = b, 1
	h.used += size
	return libos.Segment{Data: b, Handle: h.next}, nil
}

func (h *heap) Retain(n libos.Handle) error {
	if h.refs[n] == 0 {
		return syscall.EINVAL
	}
	h.refs[n]++
	return nil
}

func (h *heap) Release(n libos.Handle) error {
	switch h.refs[n] {
	case 0:
		return syscall.EINVAL
	case 1:
		b := h.live[n]
		h.used -= len(b)
		h.free[len(b)] = append(h.free[len(b)], b)
		delete(h.live, n)
		delete(h.refs, n)
	default:
		h.refs[n]--
	}
	return nil
}

func (h *heap) Describe(libos.Handle) string { return "" }
func (h *heap) Close() error                 { return nil }

// env is a runtime with one engine, and the calls of a service that must succeed.
type env struct {
	*libos.Runtime
	t   testing.TB
	e   *Engine
	mem *heap
}

func open(t testing.TB, idle libos.Idle) *env {
	t.Helper()
	mem := newHeap()
	rt, err := libos.New(libos.Options{Memory: mem, Idle: idle})
	if err != nil {
		t.Fatal(err)
	}
	e, err := Open(mem, Config{})
	if err != nil {
		t.Fatal(err)
	}
	rt.Add(e)
	before := openFDs(t)
	v := &env{rt, t, e, mem}
	t.Cleanup(func() {
		if err := rt.Close(); err != nil {
			t.Errorf("close runtime: %v", err)
		}
		if len(mem.live) > 0 {
			t.Errorf("%d buffers are still held", len(mem.live))
		}
		// The epoll instances of the runtime and the engine, and the runtime's eventfd, have gone.
		if n := openFDs(t); n > before-3 {
			t.Errorf("%d descriptors open after Close, %d before", n, before)
		}
	})
	return v
}

func openFDs(t testing.TB) int {
	t.Helper()
	d, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(d)
}

func (v *env) ok(qt libos.QToken, err error) libos.QResult {
	v.t.Helper()
	r := v.done(qt, err)
	if r.Err != nil {
		v.t.Fatal(r.Err)
	}
	return r
}

func (v *env) done(qt libos.QToken, err error) libos.QResult {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	r, err := v.Wait(qt, patience)
	if err != nil {
		v.t.Fatalf("wait: %v", err)
	}
	return r
}

// want checks the errno of a call or, if the call succeeded, of its result.
func (v *env) want(errno syscall.Errno) func(libos.QToken, error) {
	v.t.Helper()
	return func(qt libos.QToken, err error) {
		v.t.Helper()
		if err == nil {
			err = v.done(qt, nil).Err
		}
		if !errors.Is(err, errno) {
			v.t.Fatalf("got %v, want %v", err, errno)
		}
	}
}

// idle checks that an operation is still pending.
func (v *env) idle(qt libos.QToken, err error) libos.QToken {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	if r, err := v.Wait(qt, 20*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		v.t.Fatalf("not pending: %+v, %v", r, err)
	}
	return qt
}

func wantErr(t testing.TB, err error, errno syscall.Errno) {
	t.Helper()
	if !errors.Is(err, errno) {
		t.Fatalf("got %v, want %v", err, errno)
	}
}

func (v *env) socket(domain, typ int) libos.QD {
	v.t.Helper()
	qd, err := v.Socket(domain, typ)
	if err != nil {
		v.t.Fatal(err)
	}
	return qd
}

func (v *env) must(err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
}

func loopback(domain int) netip.AddrPort {
	if domain == unix.AF_INET6 {
		return netip.AddrPortFrom(netip.IPv6Loopback(), 0)
	}
	return netip.MustParseAddrPort("127.0.0.1:0")
}

func (v *env) bound(domain, typ int) (libos.QD, netip.AddrPort) {
	v.t.Helper()
	qd := v.socket(domain, typ)
	v.must(v.Bind(qd, loopback(domain)))
	a, err := v.LocalAddr(qd)
	v.must(err)
	if a.Port() == 0 {
		v.t.Fatal("bound, but to port 0")
	}
	return qd, a
}

func (v *env) listener(domain int) (libos.QD, netip.AddrPort) {
	v.t.Helper()
	qd, a := v.bound(domain, unix.SOCK_STREAM)
	v.must(v.Listen(qd, 1024))
	return qd, a
}

// pair returns both ends of a connection, and its listener.
func (v *env) pair(domain int) (client, server, lis libos.QD) {
	v.t.Helper()
	lis, addr := v.listener(domain)
	client = v.socket(domain, unix.SOCK_STREAM)
	at, err := v.Accept(lis)
	v.must(err)
	v.ok(v.Connect(client, addr))
	return client, v.ok(at, nil).NewQD, lis
}

// push sends all of b and waits for it.
func (v *env) push(qd libos.QD, b []byte) {
	v.t.Helper()
	v.ok(v.Push(qd, libos.Bytes(b)))
}

// popN pops n bytes of a stream.
func (v *env) popN(qd libos.QD, n int) []byte {
	v.t.Helper()
	var b []byte
	for len(b) < n {
		r := v.ok(v.Pop(qd))
		if r.N == 0 {
			v.t.Fatalf("end of stream after %d of %d bytes", len(b), n)
		}
		b = append(b, r.SGA.Flat()...)
		v.must(v.Free(r.SGA))
	}
	return b
}

func (v *env) eof(qd libos.QD) {
	v.t.Helper()
	if r := v.ok(v.Pop(qd)); r.N != 0 || r.SGA.NumSegs() != 0 {
		v.t.Fatalf("pop of %d bytes instead of the end of the stream", r.N)
	}
}

func (v *env) close(qd libos.QD) {
	v.t.Helper()
	v.ok(v.CloseQueue(qd))
}

// pattern returns n bytes that differ by position and seed.
func pattern(n int, seed uint64) []byte {
	b := make([]byte, n)
	x := seed*2862933555777941757 + 3037000493
	for i := range b {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b[i] = byte(x)
	}
	return b
}

var hashSeed = maphash.MakeSeed()

func sum(b []byte) uint64 { return maphash.Bytes(hashSeed, b) }

// raw returns a socket without a descriptor, for what the calls of the runtime do not show.
func (v *env) raw(domain, typ int) *socket {
	v.t.Helper()
	s, err := v.e.Socket(domain, typ)
	v.must(err)
	return s.(*socket)
}

// last returns the socket that was made last.
func (v *env) last() *socket {
	v.t.Helper()
	return v.e.slots[len(v.e.slots)-1].s
}
