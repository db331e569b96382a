//go:build catdebug || race

package libos

import (
	"strings"
	"testing"
)

func TestSecondGoroutinePanics(t *testing.T) {
	d := &device{fd: -1}
	rt, _ := start(t, Options{}, d)
	d.onPoll = func() {
		for name, call := range map[string]func(){
			"poll":   func() { rt.Poll() },
			"insert": func() { _, _ = rt.Insert(&holder{}) },
			"alloc":  func() { _, _ = rt.Alloc(1) },
			"close":  func() { _ = rt.Close() },
		} {
			got := make(chan any)
			go func() {
				defer func() { got <- recover() }()
				call()
			}()
			if r := <-got; r == nil {
				t.Errorf("%s: no panic", name)
			}
		}
	}
	rt.Poll()
	d.onPoll = nil
	rt.Poll() // the owner goes on
}

func TestWriteToLentMemoryIsReported(t *testing.T) {
	var reports []string
	rt, _ := start(t, Options{Misuse: func(r string) { reports = append(reports, r) }})
	q := &holder{}
	qd := insert(t, rt, q)
	s := must[SGArray](t)(rt.Alloc(8))
	for _, write := range []bool{false, true} {
		qt := must[QToken](t)(rt.Push(qd, s))
		if write {
			s.Seg(0).Data[3]++
		}
		q.ops.Front().CompletePush(Sent)
		must[QResult](t)(rt.Wait(qt, 0))
		if write != (len(reports) == 1) {
			t.Errorf("written %v: %d reports", write, len(reports))
		}
	}
	if len(reports) == 1 && !strings.Contains(reports[0], "the allocation") {
		t.Errorf("the report does not tell where: %s", reports[0])
	}
	if err := rt.Free(s); err != nil {
		t.Fatal(err)
	}
}
