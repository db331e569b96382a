package stats

import "time"

// Usage is what happened to the processors of the machine during a turn.
type Usage struct {
	Elapsed time.Duration `json:"elapsed_ns"`
	CPUs    int           `json:"cpus"`
	Busy    time.Duration `json:"busy_ns"` // of all processors together, stolen time included
	Own     time.Duration `json:"own_ns"`  // of it, by the benchmark's processes
}

// Other is the share of all processors that others used, from 0 to 1. Busy time is counted in ticks and own time is not,
// so that their difference can be slightly negative, which is none.
func (u Usage) Other() float64 {
	all := u.Elapsed * time.Duration(u.CPUs)
	if all <= 0 {
		return 0
	}
	return min(1, max(0, float64(u.Busy-u.Own)/float64(all)))
}

// Quiet reports whether others used at most limit of all processors: only then does the turn count.
func (u Usage) Quiet(limit float64) bool { return u.Other() <= limit }
