package flags

import (
	"errors"
	"fmt"
	"io"
	"syscall"
	"testing"
)

func TestRemedy(t *testing.T) {
	for _, r := range remedies {
		err := Remedy(fmt.Errorf("listen on x: %w", r.errno))
		if want := "listen on x: " + r.errno.Error() + "; " + r.text; err.Error() != want || !errors.Is(err, r.errno) {
			t.Errorf("got %q, want %q", err, want)
		}
	}
	for _, err := range []error{syscall.EPERM, io.EOF, nil} {
		if got := Remedy(err); got != err {
			t.Errorf("%v became %v", err, got)
		}
	}
}

func TestOneLine(t *testing.T) {
	if got := OneLine(errors.Join(io.EOF, errors.New("a\r\n\nb\n"))); got != "EOF; a; b" {
		t.Errorf("got %q", got)
	}
}
