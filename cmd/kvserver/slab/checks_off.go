//go:build !catdebug && !race

package slab

// checks is false: see checks_on.go for what -tags catdebug and -race add.
const checks = false

// checkState would be what the checks add to a Heap.
type checkState struct{}

func (*checkState) checkLive(Ref)    {}
func (*checkState) noteAlloc(Ref)    {}
func (*checkState) noteFree(Ref)     {}
func (*checkState) forgetRun(uint32) {}
