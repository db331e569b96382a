package endpoint

import (
	"testing"

	"github.com/catamaran-os/catamaran/link/pipe"
)

func TestBursts(t *testing.T) {
	var b Bursts
	if b.count(0); b != (Bursts{}) || b.String() != "-" {
		t.Errorf("an empty burst is counted: %v", b)
	}
	for size, times := range map[int]int{1: 3, 2: 1, 3: 1, 4: 1, 63: 1, 64: 2, 255: 1, 256: 1, 1 << 20: 1} {
		for range times {
			b.count(size)
		}
	}
	if want := (Bursts{3, 2, 1, 0, 0, 1, 2, 1, 2}); b != want {
		t.Errorf("got %d, want %d", b, want)
	}
	if got, want := b.String(), "1:3,2:2,4:1,32:1,64:2,128:1,256:2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Bursts of both directions are counted as the device moves them, and rounds without a frame are not.
func TestBurstsCounted(t *testing.T) {
	f := newFixture(t, pipe.Config{}, Options{})
	for _, n := range []int{1, 3, 0, 5} {
		for range n {
			f.inject(frame(macOurs, typeARP, nil))
			if _, err := f.write(number(n)); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := f.e.Poll(64); got != n || err != nil {
			t.Fatal(got, err)
		}
		if got := f.e.Flush(); got != n {
			t.Fatalf("flushed %d, want %d", got, n)
		}
		f.received()
	}
	want := Bursts{1, 1, 1}
	if s := f.e.Stats(); s.RxBursts != want || s.TxBursts != want {
		t.Errorf("received %d, sent %d, want %d", s.RxBursts, s.TxBursts, want)
	}
	f.inject(frame(macOurs, typeARP, nil))
	f.inject(frame(macOurs, typeARP, nil))
	if n, err := f.e.Poll(1); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if s := f.e.Stats(); s.RxBursts != (Bursts{2, 1, 1}) {
		t.Errorf("a burst that the budget cuts: %d", s.RxBursts)
	}
}
