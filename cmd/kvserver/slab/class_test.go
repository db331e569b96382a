package slab

import "testing"

// Every size has the smallest class that holds it; no class leaves much of a run or of an object unused.
func TestClasses(t *testing.T) {
	for n := 0; n <= maxSmall; n++ {
		c := classOf[(n+granule-1)>>granuleShift]
		if size := int(classSize[c]); size < n || c > 0 && n > 0 && int(classSize[c-1]) >= n {
			t.Fatalf("%d bytes have class %d", n, size)
		}
	}
	for c := range classes {
		size, n := int(classSize[c]), int(runLen[c])
		if size%granule != 0 || size*n > runSize || n > granules {
			t.Errorf("class %d: %d objects per run", size, n)
		}
		if tail := runSize - size*n; tail*100 > runSize*3 {
			t.Errorf("class %d: %d bytes of a run are unused", size, tail)
		}
		if c == 0 {
			continue
		}
		if last := int(classSize[c-1]); size <= last || size > 256 && (size-last)*100 > 34*last {
			t.Errorf("class %d follows %d", size, last)
		}
	}
	if classSize[classes-1] != maxSmall || classes >= maxClasses {
		t.Errorf("%d classes, the last is %d", classes, classSize[classes-1])
	}
}
