// Package stats turns the turns of a benchmark into what may be said about them.
//
// Peers are measured in turns, interleaved: round 0 is A B C, round 1 is A B C again. Machines are noisy and their speed
// drifts, so that two numbers say something about each other only when they were taken next to each other: a ratio is
// formed within a round, and the median of these ratios, with the least and the greatest, is the result.
//
// In short: ratios within rounds, medians over rounds, and a turn that others disturbed does not count.
package stats

import "slices"

// A Sample is one number of one peer, with the round that it is from.
type Sample struct {
	Round int
	Value float64
}

// A Spread is a median with the least and the greatest of the N values that it is of. N is 0 when there are none.
type Spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
	N      int     `json:"n"`
}

// Of returns the spread of values. It does not change their order.
func Of(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	v := slices.Sorted(slices.Values(values))
	mid := len(v) / 2
	median := v[mid]
	if len(v)%2 == 0 {
		median = (v[mid-1] + v[mid]) / 2
	}
	return Spread{Median: median, Min: v[0], Max: v[len(v)-1], N: len(v)}
}

// OfSamples returns the spread of the samples' values.
func OfSamples(samples []Sample) Spread {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = s.Value
	}
	return Of(values)
}

// Ratio returns the spread of a/b over the rounds that both have. Values that are not above zero form no ratio.
func Ratio(a, b []Sample) Spread {
	byRound := make(map[int]float64, len(b))
	for _, s := range b {
		byRound[s.Round] = s.Value
	}
	var ratios []float64
	for _, s := range a {
		if other := byRound[s.Round]; s.Value > 0 && other > 0 {
			ratios = append(ratios, s.Value/other)
		}
	}
	return Of(ratios)
}
