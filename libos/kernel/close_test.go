package kernel

import (
	"bytes"
	"errors"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/libos"
)

// fill pushes until the kernel takes no more, and returns the number of bytes taken by pushes that have completed.
func (v *env) fill(qd libos.QD, piece []byte) int {
	v.t.Helper()
	n := 0
	for {
		qt, err := v.Push(qd, libos.Bytes(piece))
		v.must(err)
		if _, err := v.Wait(qt, 10*time.Millisecond); err != nil {
			v.must(v.Cancel(qt))
			if r := v.done(qt, nil); r.Err == nil {
				n += len(piece)
				continue
			}
			return n
		}
		n += len(piece)
	}
}

// TestCloseDelivers: what was pushed before Close arrives, although the peer has sent what was never read, goes on sending
// afterwards, and reads late. close(2) alone would send RST.
func TestCloseDelivers(t *testing.T) {
	eachDomain(t, func(t *testing.T, domain int) {
		v := open(t, libos.Adaptive)
		c, s, _ := v.pair(domain)
		v.push(c, []byte("never read"))
		want := v.fill(s, pattern(100<<10, 5))
		v.close(s)
		if v.e.lingering != 1 {
			t.Fatal("the socket does not linger: the test shows nothing")
		}
		for range 10 {
			v.push(c, []byte("sent to a socket that is closed already"))
		}
		got := 0
		for {
			r := v.ok(v.Pop(c))
			if r.N == 0 {
				break
			}
			got += r.N
			v.must(v.Free(r.SGA))
		}
		if got < want {
			t.Fatalf("%d bytes arrived of %d", got, want)
		}
		v.eof(c)
	})
}

// TestLingerEnds: a lingering socket is given up when the peer has acknowledged all, when it resets, and when the engine
// closes (the helper counts descriptors).
func TestLingerEnds(t *testing.T) {
	for _, how := range []string{"read", "reset", "engine"} {
		t.Run(how, func(t *testing.T) {
			v := open(t, libos.Adaptive)
			c, s, _ := v.pair(unix.AF_INET)
			v.fill(s, pattern(100<<10, 5))
			v.close(s)
			if v.e.lingering != 1 {
				t.Fatal("the socket does not linger: the test shows nothing")
			}
			switch how {
			case "read": // all of it, what a push that was cancelled had sent included
				for r := v.ok(v.Pop(c)); r.N > 0; r = v.ok(v.Pop(c)) {
					v.must(v.Free(r.SGA))
				}
			case "reset":
				v.must(v.SetOption(c, libos.OptLinger, 0))
				v.close(c)
			case "engine":
				return
			}
			for end := time.Now().Add(patience); v.e.lingering > 0; v.Poll() {
				if time.Now().After(end) {
					t.Fatal("the socket lingers still")
				}
			}
		})
	}
}

func TestReset(t *testing.T) {
	v := open(t, libos.Adaptive)
	c, s, _ := v.pair(unix.AF_INET)
	first, second := v.idle(v.Pop(c)), v.idle(v.Pop(c))
	v.must(v.SetOption(s, libos.OptLinger, 0))
	v.close(s)
	v.want(syscall.ECONNRESET)(first, nil)
	v.want(syscall.ECONNRESET)(second, nil)
	v.want(syscall.ECONNRESET)(v.Pop(c))
	if r := v.done(v.Push(c, libos.Bytes([]byte("x")))); !errors.Is(r.Err, syscall.EPIPE) && !errors.Is(r.Err, syscall.ECONNRESET) {
		t.Fatalf("push after a reset: %v", r.Err)
	}

	// A push that is told first does not turn the reset into an end of stream.
	c, s, _ = v.pair(unix.AF_INET)
	v.must(v.SetOption(s, libos.OptLinger, 0))
	v.close(s)
	v.want(syscall.ECONNRESET)(v.Push(c, libos.Bytes([]byte("x"))))
	v.want(syscall.ECONNRESET)(v.Pop(c))
}

func TestHalfClose(t *testing.T) {
	v := open(t, libos.Adaptive)
	c, s, _ := v.pair(unix.AF_INET)
	msg := pattern(8<<20, 7)
	big := v.idle(v.Push(c, libos.Bytes(msg)))
	v.must(v.Shutdown(c, unix.SHUT_WR)) // after what is pending
	v.want(syscall.EPIPE)(v.Push(c, libos.Bytes([]byte("late"))))
	if !bytes.Equal(v.popN(s, len(msg)), msg) {
		t.Fatal("data before the end arrived changed")
	}
	v.ok(big, nil)
	v.eof(s)
	v.eof(s)
	v.push(s, []byte("still here"))
	if got := v.popN(c, 10); string(got) != "still here" {
		t.Fatalf("got %q", got)
	}
	pop := v.idle(v.Pop(c))
	v.must(v.Shutdown(c, unix.SHUT_RD))
	if r := v.ok(pop, nil); r.N != 0 {
		t.Fatalf("pending pop after SHUT_RD: %+v", r)
	}
	v.eof(c)
}

// TestHalfCloseCancel: a Shutdown behind a push takes effect when that is cancelled.
func TestHalfCloseCancel(t *testing.T) {
	v := open(t, libos.Adaptive)
	c, s, _ := v.pair(unix.AF_INET)
	big := v.idle(v.Push(c, libos.Bytes(make([]byte, 64<<20))))
	v.must(v.Shutdown(c, unix.SHUT_WR))
	v.must(v.Cancel(big))
	v.want(syscall.ECANCELED)(big, nil)
	for {
		r := v.ok(v.Pop(s))
		if r.N == 0 {
			break
		}
		v.must(v.Free(r.SGA))
	}
	v.push(s, []byte("still here"))
	v.popN(c, 10)
}

// TestCloseOrder: pending operations end in the order of issue, then the close.
func TestCloseOrder(t *testing.T) {
	v := open(t, libos.Adaptive)
	c, _, _ := v.pair(unix.AF_INET)
	big := libos.Bytes(make([]byte, 64<<20))
	var want []libos.QToken
	for i := range 6 {
		var qt libos.QToken
		var err error
		if i%2 == 0 {
			qt, err = v.Pop(c)
		} else {
			qt, err = v.Push(c, big)
		}
		v.must(err)
		want = append(want, qt)
	}
	qt, err := v.CloseQueue(c)
	v.must(err)
	want = append(want, qt)
	res := make([]libos.QResult, len(want))
	n, err := v.WaitNext(res, patience)
	v.must(err)
	for i := range want {
		if i >= n || res[i].QT != want[i] {
			t.Fatalf("result %d of %d is %v, want token %v", i, n, res[i].QT, want[i])
		}
		if last := i == len(want)-1; last != (res[i].Err == nil) || !last && !errors.Is(res[i].Err, syscall.ECANCELED) {
			t.Fatalf("result %d: %v", i, res[i].Err)
		}
	}
}

// TestIdleSleep: data that nobody pops does not keep a sleeping runtime awake.
func TestIdleSleep(t *testing.T) {
	v := open(t, libos.Block)
	c, s, _ := v.pair(unix.AF_INET)
	v.push(c, []byte("not popped"))
	if !v.e.idle() {
		t.Fatal("something is pending: the test shows nothing")
	}
	for range 2 {
		fd, timer, ok := v.e.Arm()
		if !ok || !timer.IsZero() {
			t.Fatalf("arm: timer %v, %v", timer, ok)
		}
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		if n, err := unix.Poll(fds, 0); n != 0 || err != nil {
			t.Fatalf("a sleep would end at once: %d, %v", n, err)
		}
	}
	if got := v.popN(s, 10); string(got) != "not popped" {
		t.Fatalf("got %q", got)
	}
}
