package libos

import (
	"errors"
	"os"
	"syscall"
	"testing"
	"time"
)

func eventfd(t *testing.T) int {
	t.Helper()
	fd, _, errno := syscall.RawSyscall(syscall.SYS_EVENTFD2, 0, syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if errno != 0 {
		t.Fatal(errno)
	}
	t.Cleanup(func() {
		if err := syscall.Close(int(fd)); err != nil {
			t.Error(err)
		}
	})
	return int(fd)
}

// Interrupt from another goroutine ends a sleep, wherever in it the runtime is.
func TestInterruptEndsSleep(t *testing.T) {
	for _, idle := range []Idle{Block, Adaptive, Spin} {
		armed := make(chan struct{}, 1)
		d := &device{fd: -1}
		mark := func() {
			select {
			case armed <- struct{}{}:
			default:
			}
		}
		if d.onArm = mark; idle == Spin {
			d.onArm, d.onPoll = nil, mark
		}
		rt, _ := start(t, Options{Idle: idle}, d)
		qt := must[QToken](t)(rt.Pop(insert(t, rt, &holder{})))
		for range 20 {
			done := make(chan struct{})
			go func() { <-armed; rt.Interrupt(); close(done) }()
			if _, err := rt.Wait(qt, Forever); !errors.Is(err, syscall.EINTR) {
				t.Fatalf("idle %d: %v, want EINTR", idle, err)
			}
			<-done
		}
		if idle == Spin && d.arms > 0 {
			t.Error("a spinning runtime armed its engine")
		}
	}
}

// Of several engines with timers and descriptors, the nearest timer and any descriptor end a sleep.
func TestSleepEnds(t *testing.T) {
	far := func() time.Time { return time.Now().Add(time.Hour) }
	fd := eventfd(t)
	a, b, c := &device{fd: fd, next: far}, &device{fd: -1}, &device{fd: -1, next: far}
	rt, _ := start(t, Options{Idle: Block}, a, b, c)
	q := &holder{}
	qd := insert(t, rt, q)
	wait := func(what string) {
		t.Helper()
		qt := must[QToken](t)(rt.Pop(qd))
		if r, err := rt.Wait(qt, Forever); err != nil || !errors.Is(r.Err, syscall.ECANCELED) {
			t.Fatal(what, err, r.Err)
		}
	}
	var due time.Time
	b.next = func() time.Time { return due }
	due = time.Now().Add(5 * time.Millisecond)
	b.onPoll = func() {
		if !due.IsZero() && !time.Now().Before(due) {
			due = time.Time{}
			q.ops.Front().Fail(syscall.ECANCELED)
		}
	}
	wait("timer")
	a.onPoll = func() {
		var n [8]byte
		if _, err := syscall.Read(fd, n[:]); err == nil {
			q.ops.Front().Fail(syscall.ECANCELED)
		}
	}
	c.onArm = func() {
		if _, err := syscall.Write(fd, []byte{1, 0, 0, 0, 0, 0, 0, 0}); err != nil {
			t.Error(err)
		}
	}
	wait("descriptor")
	c.onArm = nil
	other := eventfd(t)
	a.fd = other // the old one is not watched any more
	qt := must[QToken](t)(rt.Pop(qd))
	if _, err := rt.Wait(qt, 5*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(err)
	}
	if rt.sleeper.fds[0] != other {
		t.Errorf("descriptor %d is watched, not %d", rt.sleeper.fds[0], other)
	}
}

// An engine may close its descriptor and get the same number for the next one.
func TestWatchReopenedDescriptor(t *testing.T) {
	fd := eventfd(t)
	rt, _ := start(t, Options{}, &device{fd: fd})
	s := &rt.sleeper
	for i := range 3 {
		if i > 0 {
			// dup3 closes fd and opens it anew in one step, so that nobody else gets the number.
			e, _, errno := syscall.RawSyscall(syscall.SYS_EVENTFD2, 0, syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
			if errno != 0 {
				t.Fatal(errno)
			}
			if err := errors.Join(syscall.Dup3(int(e), fd, syscall.O_CLOEXEC), syscall.Close(int(e))); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			if err := s.watch(0, fd); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := syscall.Write(fd, []byte{1, 0, 0, 0, 0, 0, 0, 0}); err != nil {
			t.Fatal(err)
		}
		if n, err := s.wait(time.Second); err != nil || n != 1 || s.events[0].Fd != int32(fd) {
			t.Fatalf("descriptor %d, opened %d times: %d events, %v", fd, i+1, n, err)
		}
	}
	// The next one may even have the number of another engine's last one.
	other := eventfd(t)
	for _, fds := range [][2]int{{fd, other}, {other, fd}, {fd, other}} {
		for i := range fds {
			if err := s.watch(i, fds[i]); err != nil {
				t.Fatal(err)
			}
		}
		for _, want := range fds {
			var n [8]byte
			_, _ = syscall.Read(fd, n[:]) // EAGAIN: it was not written
			_, _ = syscall.Read(other, n[:])
			if _, err := syscall.Write(want, []byte{1, 0, 0, 0, 0, 0, 0, 0}); err != nil {
				t.Fatal(err)
			}
			if n, err := s.wait(time.Second); err != nil || n != 1 || s.events[0].Fd != int32(want) {
				t.Fatalf("descriptor %d of %v: %d events, %v", want, fds, n, err)
			}
		}
	}
	if n := testing.AllocsPerRun(100, func() { _ = s.watch(0, fd) }); n != 0 && !checks {
		t.Errorf("%v allocations per sleep", n)
	}
}

// With an engine that has work, and on a virtual clock, a wait only polls.
func TestNeverSleeps(t *testing.T) {
	t.Run("work", func(t *testing.T) { polls(t, Options{Idle: Block}, &device{fd: -1, awake: true}) })
	now := time.Unix(0, 0)
	d := &device{fd: -1}
	t.Run("virtual clock", func(t *testing.T) {
		polls(t, Options{Idle: Block, Now: func() time.Time { return now }}, d)
	})
	if d.arms > 0 {
		t.Error("a runtime on a virtual clock armed its engine")
	}
}

func polls(t *testing.T, o Options, d *device) {
	rt, _ := start(t, o, d)
	q := &holder{}
	qt := must[QToken](t)(rt.Pop(insert(t, rt, q)))
	d.onPoll = func() {
		if d.polls == 1000 {
			q.ops.Front().Fail(syscall.ECANCELED)
		}
	}
	if _, err := rt.Wait(qt, Forever); err != nil || d.polls != 1000 {
		t.Fatal(err, d.polls)
	}
}
