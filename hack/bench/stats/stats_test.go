package stats

import (
	"slices"
	"testing"
	"time"
)

func TestOf(t *testing.T) {
	for _, tt := range []struct {
		values []float64
		want   Spread
	}{
		{nil, Spread{}},
		{[]float64{3}, Spread{3, 3, 3, 1}},
		{[]float64{9, 1, 5}, Spread{5, 1, 9, 3}},
		{[]float64{4, 1, 3, 2}, Spread{2.5, 1, 4, 4}},
	} {
		before := slices.Clone(tt.values)
		if got := Of(tt.values); got != tt.want {
			t.Errorf("Of(%v) = %+v, want %+v", before, got, tt.want)
		}
		if !slices.Equal(before, tt.values) {
			t.Errorf("Of changed its argument from %v to %v", before, tt.values)
		}
	}
}

func TestOfSamples(t *testing.T) {
	if got, want := OfSamples([]Sample{{4, 10}, {0, 30}}), (Spread{20, 10, 30, 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// The machine is twice as slow in round 1: the ratio of medians would say 1.5, each round says 0.5 or 1.
func TestRatioIsWithinRounds(t *testing.T) {
	a := []Sample{{0, 10}, {1, 20}, {2, 10}}
	b := []Sample{{2, 10}, {0, 20}, {1, 40}}
	if got, want := Ratio(a, b), (Spread{0.5, 0.5, 1, 3}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestRatioNeedsBoth(t *testing.T) {
	a := []Sample{{0, 10}, {1, 20}, {3, 0}, {4, 7}}
	b := []Sample{{1, 10}, {2, 1}, {3, 5}, {4, 0}}
	if got, want := Ratio(a, b), (Spread{2, 2, 2, 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := Ratio(a, nil); got.N != 0 {
		t.Errorf("a ratio to nothing is %+v", got)
	}
}

func TestGrowth(t *testing.T) {
	m := Memory{Resident: 1000, Heap: 500}
	if resident, heap := m.Growth(Memory{Resident: 3000, Heap: 400}, 10); resident != 200 || heap != 0 {
		t.Errorf("got %v and %v bytes each, want 200 and 0", resident, heap)
	}
}

func TestQuiet(t *testing.T) {
	const s = time.Second
	for _, tt := range []struct {
		name  string
		usage Usage
		other float64
		quiet bool
	}{
		{"alone", Usage{Elapsed: 2 * s, CPUs: 2, Busy: 4 * s, Own: 4 * s}, 0, true},
		{"own time ahead of the ticks", Usage{Elapsed: 2 * s, CPUs: 2, Busy: 3 * s, Own: 3100 * time.Millisecond}, 0, true},
		{"at the limit", Usage{Elapsed: 2 * s, CPUs: 2, Busy: 1200 * time.Millisecond, Own: s}, 0.05, true},
		{"a compiler beside", Usage{Elapsed: 2 * s, CPUs: 2, Busy: 4 * s, Own: 2 * s}, 0.5, false},
		{"just above", Usage{Elapsed: 2 * s, CPUs: 2, Busy: 1210 * time.Millisecond, Own: s}, 0.0525, false},
		{"the same noise on more processors", Usage{Elapsed: 2 * s, CPUs: 4, Busy: 1210 * time.Millisecond, Own: s}, 0.02625, true},
		{"nothing measured", Usage{}, 0, true},
	} {
		if got := tt.usage.Other(); got != tt.other {
			t.Errorf("%s: other = %v, want %v", tt.name, got, tt.other)
		}
		if got := tt.usage.Quiet(0.05); got != tt.quiet {
			t.Errorf("%s: quiet = %v, want %v", tt.name, got, tt.quiet)
		}
	}
}
