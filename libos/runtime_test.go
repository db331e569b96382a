package libos

import (
	"errors"
	"net/netip"
	"syscall"
	"testing"
)

func TestCloseReleasesUnclaimed(t *testing.T) {
	d := &device{fd: -1}
	rt, m := start(t, Options{}, d)
	q := &holder{}
	qd := insert(t, rt, q)
	must[QToken](t)(rt.Pop(qd))
	seg := must[Segment](t)(m.Alloc(10))
	q.ops.Front().CompletePop(One(seg), netip.AddrPort{})
	lent := must[SGArray](t)(rt.Alloc(10))
	must[QToken](t)(rt.Push(qd, lent))
	if err := rt.Free(lent); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := rt.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(m.refs) != 0 || d.closes != 1 || !q.closed {
		t.Errorf("%d segments are held, engine closed %d times, queue closed: %v", len(m.refs), d.closes, q.closed)
	}
	if _, err := rt.Insert(q); !errors.Is(err, syscall.EBADF) {
		t.Errorf("insert after close: %v", err)
	}
	rt.Interrupt() // allowed
}

// An accepted connection that finds no descriptor is closed, also when that takes a while.
func TestAcceptWithoutDescriptor(t *testing.T) {
	rt, _ := start(t, Options{MaxQueues: 1, MaxTokens: 1}) // the accept has the only token
	l := &holder{}
	qd := insert(t, rt, l)
	for _, slow := range []bool{false, true} {
		qt := must[QToken](t)(rt.Accept(qd))
		s := &holder{slow: slow}
		l.ops.Front().CompleteAccept(s, netip.AddrPort{})
		if r, err := rt.Wait(qt, 0); err != nil || !errors.Is(r.Err, syscall.EMFILE) {
			t.Fatal(err, r.Err)
		}
		if !s.closed || slow && s.cancels != 1 {
			t.Errorf("closed %v, cancelled %d times", s.closed, s.cancels)
		}
		if !slow {
			continue
		}
		// Its close is nobody's: it does not count as outstanding and has no result.
		res := make([]QResult, 1)
		if _, err := rt.WaitNext(res, Forever); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("wait for nothing: %v", err)
		}
		s.ops.Front().Complete()
		if rt.outstanding != 0 || rt.orphans != 0 || rt.ready.Len() != 0 || rt.ops.live != 0 {
			t.Error("the orphan left something behind")
		}
	}
}
