package libos

import (
	"bytes"
	"syscall"
	"testing"
)

func TestOpList(t *testing.T) {
	var l OpList
	ops := make([]Op, 5)
	for i := range ops {
		l.PushBack(&ops[i])
	}
	for _, i := range []int{2, 0, 4} { // middle, front, back
		l.Remove(&ops[i])
	}
	l.PushBack(&ops[0])
	for _, i := range []int{1, 3, 0} {
		if l.Front() != &ops[i] {
			t.Fatalf("operation %d is not at the front", i)
		}
		l.Remove(&ops[i])
	}
	if l.Len() != 0 || l.Front() != nil {
		t.Error("the list is not empty")
	}
	panics(t, "remove from no list", func() { l.Remove(&ops[0]) })
	l.PushBack(&ops[0])
	panics(t, "second list", func() { new(OpList).PushBack(&ops[0]) })
}

func panics(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: no panic", what)
		}
	}()
	f()
}

func TestFailAllInOrderOfIssue(t *testing.T) {
	rt, _ := start(t, Options{})
	q := &holder{}
	qd := insert(t, rt, q)
	var qts []QToken
	for range 6 {
		qts = append(qts, must[QToken](t)(rt.Pop(qd)))
	}
	var lists [2]OpList
	for i := 0; q.ops.Len() > 0; i++ {
		op := q.ops.Front()
		q.ops.Remove(op)
		lists[i*i%3%2].PushBack(op)
	}
	FailAll(syscall.ECANCELED, &lists[0], &lists[1])
	res := make([]QResult, 7)
	if n, err := rt.WaitNext(res, 0); n != 6 || err != nil {
		t.Fatal(n, err)
	}
	for i, qt := range qts {
		if res[i].QT != qt {
			t.Errorf("result %d is out of order", i)
		}
	}
}

func TestSGArray(t *testing.T) {
	var none SGArray
	if empty := Gather(); none.NumSegs() != 0 || none.Len() != 0 || none.Flat() != nil || empty.NumSegs() != 0 {
		t.Error("the zero array is not empty")
	}
	seg := func(s string) Segment { return Segment{Data: []byte(s)} }
	s := Gather(seg(""), seg("ab"), seg(""), seg("cde"))
	if s.NumSegs() != 4 || s.Len() != 5 || string(s.Seg(3).Data) != "cde" || string(s.Flat()) != "abcde" {
		t.Errorf("%d segments, %d bytes, %q", s.NumSegs(), s.Len(), s.Flat())
	}
	for n := range 8 {
		dst := make([]byte, n)
		if k := s.CopyTo(dst); k != min(n, 5) || !bytes.Equal(dst[:k], []byte("abcde")[:k]) {
			t.Errorf("copy into %d bytes: %d, %q", n, k, dst)
		}
	}
	b := []byte("x")
	if one := Bytes(b); &one.Flat()[0] != &b[0] {
		t.Error("Flat copies a single segment")
	}
}
