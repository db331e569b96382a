package slab

import "math/bits"

const (
	granuleShift = 4
	granule      = 1 << granuleShift
	fineClasses  = 256      // up to here a class for each granule
	maxSmall     = 16 << 10 // the largest class
	maxClasses   = 64
)

// classSize holds the sizes of the classes, runLen how many objects of each a run holds.
var (
	classSize [maxClasses]uint32
	runLen    [maxClasses]uint16
	classOf   [maxSmall/granule + 1]uint8 // by granules
	classes   int
)

func init() {
	for size := granule; ; size = nextClass(size) {
		classSize[classes] = uint32(size)
		runLen[classes] = uint16(runSize / size)
		classes++
		if size == maxSmall {
			break
		}
	}
	c := 0
	for g := range classOf {
		if g<<granuleShift > int(classSize[c]) {
			c++
		}
		classOf[g] = uint8(c)
	}
}

// nextClass is about an eighth above size, and the largest of which as many fit into a run: what does not fill a run is
// better given to the objects. Powers of two are not left out.
func nextClass(size int) int {
	if size < fineClasses {
		return size + granule
	}
	next := runSize / (runSize / (size + size/8)) &^ (granule - 1)
	if power := 1 << bits.Len(uint(size)); power < next {
		return power
	}
	return next
}
