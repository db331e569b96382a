package endpoint

import (
	"math/bits"
	"strconv"
)

// Bursts counts bursts by the number of their frames: element i those of 1<<i frames and more, less than 2<<i, and the last
// one all larger ones. Empty bursts are not counted.
type Bursts [9]uint64

func (b *Bursts) count(frames int) {
	if frames > 0 {
		b[min(bits.Len(uint(frames)), len(b))-1]++
	}
}

// String lists the sizes that occurred, each by the least number of frames, such as "1:20,2:5,64:1", and "-" for none.
func (b Bursts) String() string {
	var s []byte
	for i, n := range b {
		if n == 0 {
			continue
		}
		if len(s) > 0 {
			s = append(s, ',')
		}
		s = strconv.AppendUint(append(strconv.AppendUint(s, 1<<i, 10), ':'), n, 10)
	}
	if len(s) == 0 {
		return "-"
	}
	return string(s)
}
