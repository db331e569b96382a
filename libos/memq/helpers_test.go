package memq_test

import (
	"errors"
	"syscall"
	"testing"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/libos/mem"
	"github.com/catamaran-os/catamaran/libos/memq"
)

type env struct {
	testing.TB
	*libos.Runtime
	arena *mem.Arena
	e     *memq.Engine
}

// open returns a runtime with an engine, closed at the end of the test.
func open(t testing.TB, limit int, idle libos.Idle) *env {
	t.Helper()
	arena, err := mem.New(mem.Options{Limit: limit, NoHugepages: true})
	if err != nil {
		t.Fatal(err)
	}
	rt, err := libos.New(libos.Options{Memory: arena, Idle: idle})
	if err != nil {
		t.Fatal(err)
	}
	v := &env{t, rt, arena, memq.New(arena)}
	rt.Add(v.e)
	t.Cleanup(func() {
		if err := rt.Close(); err != nil {
			t.Error(err)
		}
	})
	return v
}

func (v *env) queue(capacity int) libos.QD {
	v.Helper()
	q, err := v.e.Queue(capacity)
	if err != nil {
		v.Fatal(err)
	}
	qd, err := v.Insert(q)
	if err != nil {
		v.Fatal(err)
	}
	return qd
}

func (v *env) push(qd libos.QD, b []byte) libos.QToken {
	v.Helper()
	qt, err := v.Push(qd, libos.Bytes(b))
	if err != nil {
		v.Fatal(err)
	}
	return qt
}

func (v *env) pop(qd libos.QD) libos.QToken {
	v.Helper()
	qt, err := v.Pop(qd)
	if err != nil {
		v.Fatal(err)
	}
	return qt
}

// done returns the result of an operation that has completed; its error must be want.
func (v *env) done(qt libos.QToken, want error) libos.QResult {
	v.Helper()
	r, err := v.Wait(qt, 0)
	if err != nil {
		v.Fatalf("wait for %v: %v", qt, err)
	}
	if !errors.Is(r.Err, want) {
		v.Fatalf("%v: %v, want %v", r.Opcode, r.Err, want)
	}
	return r
}

// got pops one message that must be there.
func (v *env) got(qd libos.QD) string {
	v.Helper()
	return v.text(v.done(v.pop(qd), nil))
}

func (v *env) text(r libos.QResult) string {
	v.Helper()
	s := string(r.SGA.Flat())
	if err := v.Free(r.SGA); err != nil {
		v.Fatal(err)
	}
	return s
}

func (v *env) pending(qts ...libos.QToken) {
	v.Helper()
	for _, qt := range qts {
		if r, err := v.Wait(qt, 0); err == nil {
			v.Fatalf("%v completed: %v", r.Opcode, r.Err)
		}
	}
}

// fill takes memory of the arena until less than size bytes in one piece are left, and returns it.
func (v *env) fill(size int) []libos.SGArray {
	v.Helper()
	var held []libos.SGArray
	for {
		s, err := v.Alloc(size)
		if errors.Is(err, syscall.ENOMEM) {
			return held
		}
		if err != nil {
			v.Fatal(err)
		}
		held = append(held, s)
	}
}

func (v *env) free(list ...libos.SGArray) {
	v.Helper()
	for _, s := range list {
		if err := v.Free(s); err != nil {
			v.Fatal(err)
		}
	}
}
