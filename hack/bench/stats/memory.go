package stats

// Memory is what a process has at one time.
type Memory struct {
	Resident uint64 `json:"resident"` // bytes
	Heap     uint64 `json:"heap"`     // bytes of the Go heap in use, with what is not collected yet, and of goroutine stacks
	Mallocs  uint64 `json:"mallocs"`  // objects allocated on the Go heap since the start
}

// Growth is how m grew to later, in bytes for each of n. What shrank is 0.
func (m Memory) Growth(later Memory, n int) (resident, heap float64) {
	each := func(a, b uint64) float64 { return float64(b-min(a, b)) / float64(n) }
	return each(m.Resident, later.Resident), each(m.Heap, later.Heap)
}
