package pipe

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/catamaran-os/catamaran/link"
)

func open(t testing.TB, cfg Config) (a, b *Device) {
	t.Helper()
	a, b, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

// send allocates, fills and sends one frame with each of the payloads, and returns how many were taken.
func send(t testing.TB, q link.Queue, payloads ...[]byte) (n int, err error) {
	t.Helper()
	f := make([]link.Frame, len(payloads))
	if n := q.Alloc(f); n != len(f) {
		t.Fatalf("Alloc gave out %d frames, want %d", n, len(f))
	}
	for i := range f {
		f[i].Data = append(f[i].Data, payloads[i]...)
	}
	n, err = q.TxBurst(f)
	q.Free(f[n:])
	return n, err
}

func TestConfig(t *testing.T) {
	for _, tt := range []struct {
		cfg  Config
		want string // part of the error; none if empty
	}{
		{Config{}, ""},
		{Config{Frames: 2, Ring: 1, MTU: 68, Queues: 256}, ""},
		{Config{Frames: -1}, "Frames is -1"},
		{Config{Frames: 256}, "Frames is 256"},
		{Config{Frames: 1<<20 + 1}, "Frames"},
		{Config{Ring: 3}, "Ring is 3"},
		{Config{Ring: -4}, "Ring is -4"},
		{Config{Ring: 1 << 16, Frames: 1 << 20}, "Ring"},
		{Config{MTU: 67}, "MTU is 67"},
		{Config{MTU: 1<<16 + 1}, "MTU"},
		{Config{Queues: -1}, "Queues is -1"},
		{Config{Queues: 257}, "Queues"},
		{Config{Frames: 1 << 20}, "bytes"},
		{Config{Queues: 256, Frames: 4096}, "bytes"},
		{Config{MAC: [2]net.HardwareAddr{nil, {1, 2}}}, "MAC[1] has 2 bytes"},
	} {
		a, b, err := New(tt.cfg)
		if tt.want == "" {
			if err != nil {
				t.Errorf("%+v: %v", tt.cfg, err)
				continue
			}
			a.Close()
			b.Close()
		} else if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: error %v, want one with %q", tt.cfg, err, tt.want)
		}
	}
}

func TestInfoIsACopy(t *testing.T) {
	a, b := open(t, Config{MAC: [2]net.HardwareAddr{{2, 0, 0, 0, 9, 9}, nil}})
	a.Info().MAC[0] = 0xff
	if got := a.Info().MAC.String(); got != "02:00:00:00:09:09" {
		t.Errorf("A's MAC is %s", got)
	}
	if got := b.Info(); got.MAC.String() != "02:00:00:00:00:02" || got.Name != "pipe1" || !got.Virtual || got.Mode != "memory" {
		t.Errorf("B's Info is %+v", got)
	}
}

// TestFull shows back-pressure to the frame: as many frames are taken as the peer lends.
func TestFull(t *testing.T) {
	a, b := open(t, Config{Frames: 64, Ring: 8})
	payloads := make([][]byte, 20)
	for i := range payloads {
		payloads[i] = []byte{byte(i)}
	}
	if n, err := send(t, a.Queue(0), payloads...); n != 8 || err != nil {
		t.Fatalf("TxBurst took %d frames, %v; want 8", n, err)
	}
	if s := a.Queue(0).Stats(); s.TxBackpressure != 12 || s.TxFrames != 8 || s.TxBytes != 8 {
		t.Errorf("stats are %+v", s)
	}
	f := make([]link.Frame, 20)
	n, err := b.Queue(0).RxBurst(f)
	if n != 8 || err != nil {
		t.Fatalf("RxBurst returned %d frames, %v; want 8", n, err)
	}
	for i := range f[:n] {
		if !bytes.Equal(f[i].Data, payloads[i]) {
			t.Errorf("frame %d is %x, want %x", i, f[i].Data, payloads[i])
		}
	}
}

func TestPeerGone(t *testing.T) {
	for _, tt := range []struct {
		name string
		gone func(b *Device)
	}{
		{"closed", func(b *Device) { b.Close() }},
		{"down", func(b *Device) { b.SetUp(false) }},
	} {
		a, b := open(t, Config{})
		if _, err := send(t, b.Queue(0), []byte("before")); err != nil {
			t.Fatal(err)
		}
		tt.gone(b)
		if n, err := send(t, a.Queue(0), []byte("one"), []byte("two")); n != 2 || err != nil {
			t.Errorf("%s: TxBurst took %d, %v; want 2", tt.name, n, err)
		}
		if s := a.Queue(0).Stats(); s.TxDropped != 2 || s.TxFrames != 2 || s.Accounts.Held != 0 {
			t.Errorf("%s: stats are %+v", tt.name, s)
		}
		var f [4]link.Frame
		if n, err := a.Queue(0).RxBurst(f[:]); n != 1 || err != nil || string(f[0].Data) != "before" {
			t.Errorf("%s: RxBurst returned %d, %v; want the frame sent before", tt.name, n, err)
		}
	}
}

func TestDown(t *testing.T) {
	a, b := open(t, Config{})
	if _, err := send(t, b.Queue(0), []byte("before")); err != nil {
		t.Fatal(err)
	}
	a.SetUp(false)
	if n, err := send(t, a.Queue(0), []byte("x")); n != 0 || !errors.Is(err, syscall.ENETDOWN) {
		t.Errorf("TxBurst returned %d, %v; want ENETDOWN", n, err)
	}
	var f [4]link.Frame
	if n, err := a.Queue(0).RxBurst(f[:]); n != 1 || !errors.Is(err, syscall.ENETDOWN) {
		t.Errorf("RxBurst returned %d, %v; want what came before, and ENETDOWN", n, err)
	}
	a.Queue(0).Free(f[:1])
	if _, ok := a.Queue(0).Arm(); !ok {
		t.Error("Arm does not let the owner of a device that is down sleep")
	}
	a.SetUp(true)
	if _, ok := a.Queue(0).Arm(); ok {
		t.Error("Arm sleeps though TxBurst was short and the device is up")
	}
	if n, err := send(t, a.Queue(0), []byte("x")); n != 1 || err != nil {
		t.Errorf("TxBurst returned %d, %v", n, err)
	}
}

// TestGivesUp shows that a caller that gave up sending can sleep: Arm reports room once.
func TestGivesUp(t *testing.T) {
	a, b := open(t, Config{Frames: 8, Ring: 1})
	if n, _ := send(t, a.Queue(0), []byte("x"), []byte("y")); n != 1 {
		t.Fatalf("TxBurst took %d frames, want 1", n)
	}
	var f [1]link.Frame
	b.Queue(0).RxBurst(f[:])
	b.Queue(0).Free(f[:])
	for i, want := range []bool{false, true, true} {
		if _, ok := a.Queue(0).Arm(); ok != want {
			t.Errorf("Arm %d returned %v, want %v", i, ok, want)
		}
	}
}

// TestKicks shows that only a sleeper costs a system call.
func TestKicks(t *testing.T) {
	a, b := open(t, Config{})
	for range 3 {
		send(t, a.Queue(0), []byte("x"))
	}
	if n := a.Queue(0).Stats().Kicks; n != 0 {
		t.Errorf("%d kicks for a peer that polls", n)
	}
	var f [8]link.Frame
	n, _ := b.Queue(0).RxBurst(f[:])
	b.Queue(0).Free(f[:n])
	if _, ok := b.Queue(0).Arm(); !ok {
		t.Fatal("Arm reports progress")
	}
	for range 3 {
		send(t, a.Queue(0), []byte("x"))
	}
	if n := a.Queue(0).Stats().Kicks; n != 1 {
		t.Errorf("%d kicks for a peer that sleeps, want 1", n)
	}
}

// TestDeterministic polls two pipes with the same calls and compares all that they return.
func TestDeterministic(t *testing.T) {
	trace := func() string {
		a, b := open(t, Config{Frames: 16, Ring: 4})
		var out strings.Builder
		var f [8]link.Frame
		for i := range 500 {
			n, err := send(t, a.Queue(0), bytes.Repeat([]byte{byte(i)}, i%70+1), []byte{byte(i)})
			fmt.Fprintln(&out, n, err)
			n, err = b.Queue(0).RxBurst(f[:i%4])
			for _, g := range f[:n] {
				fmt.Fprintf(&out, "%d %x\n", g.ID, g.Data)
			}
			fmt.Fprintln(&out, n, err, a.Queue(0).Stats(), b.Queue(0).Stats())
			if i%3 == 0 {
				b.SetUp(i%2 == 0)
			}
			b.Queue(0).Free(f[:n])
		}
		return out.String()
	}
	if first, second := trace(), trace(); first != second {
		t.Error("two runs of the same calls differ")
	}
}

// BenchmarkCopy moves bursts from one side to the other with one goroutine: the cost of a frame without a hand-off.
func BenchmarkCopy(b *testing.B) {
	for _, size := range []int{64, 1514} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			l, r := open(b, Config{})
			from, to := l.Queue(0), r.Queue(0)
			var f [32]link.Frame
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for done := 0; done < b.N; {
				n := from.Alloc(f[:min(len(f), b.N-done)])
				for i := range f[:n] {
					f[i].Data = f[i].Data[:size]
				}
				k, _ := from.TxBurst(f[:n])
				from.Free(f[k:n])
				k, _ = to.RxBurst(f[:])
				to.Free(f[:k])
				done += k
			}
		})
	}
}

// BenchmarkEcho moves bursts to and fro between two goroutines.
func BenchmarkEcho(b *testing.B) {
	for _, size := range []int{64, 1514} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			l, r := open(b, Config{})
			go reflectAll(r.Queue(0))
			defer r.Close()
			q := l.Queue(0)
			var f [32]link.Frame
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for sent, back := 0, 0; back < b.N; {
				n := q.Alloc(f[:min(len(f), b.N-sent)])
				for i := range f[:n] {
					f[i].Data = f[i].Data[:size]
				}
				k, _ := q.TxBurst(f[:n])
				q.Free(f[k:n])
				sent += k
				n, _ = q.RxBurst(f[:])
				q.Free(f[:n])
				back += n
				if n == 0 {
					runtime.Gosched()
				}
			}
		})
	}
}

// reflectAll sends back what q receives until the device is closed.
func reflectAll(q link.Queue) {
	var f [32]link.Frame
	for {
		n, _ := q.RxBurst(f[:])
		if n == 0 {
			runtime.Gosched()
		}
		for rest := f[:n]; ; {
			k, err := q.TxBurst(rest)
			if err != nil {
				return
			}
			if rest = rest[k:]; len(rest) == 0 {
				break
			}
			runtime.Gosched()
		}
	}
}
