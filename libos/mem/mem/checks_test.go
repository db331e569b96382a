//go:build catdebug || race

package mem

import (
	"strings"
	"testing"
)

func TestWriteAfterFreeIsReported(t *testing.T) {
	var reports []string
	a, err := New(Options{Misuse: func(r string) { reports = append(reports, r) }})
	if err != nil {
		t.Fatal(err)
	}
	s, _ := a.Alloc(100)
	if err := a.Release(s.Handle); err != nil {
		t.Fatal(err)
	}
	if s.Data[0] != poison {
		t.Error("freed memory is not poisoned")
	}
	s.Data[7] = 1
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if len(reports) != 1 || !strings.Contains(reports[0], "byte 7") || !strings.Contains(reports[0], "TestWriteAfterFreeIsReported") {
		t.Errorf("reports: %q", reports)
	}
}

func TestDoubleFreeAndLeakNameTheStack(t *testing.T) {
	a, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, _ := a.Alloc(100)
	if err := a.Release(s.Handle); err != nil {
		t.Fatal(err)
	}
	if err := a.Release(s.Handle); err == nil || !strings.Contains(err.Error(), "TestDoubleFreeAndLeakNameTheStack") {
		t.Errorf("double free: %v", err)
	}
	if _, err := a.Alloc(5); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err == nil || !strings.Contains(err.Error(), "5 bytes, allocated by") {
		t.Errorf("leak: %v", err)
	}
}
