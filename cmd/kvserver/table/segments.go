package table

const (
	segmentShift = 10
	segmentLen   = 1 << segmentShift
	bucketSize   = 64
	sliceSize    = 24
)

// segments is an array of buckets that grows and shrinks at its end. Its last segment grows in steps, of a sixteenth of
// the whole or of a segment's eighth, and is copied.
type segments struct {
	segs [][]bucket // all but the last are whole
	n    int
}

func (s *segments) at(i uint32) *bucket { return &s.segs[i>>segmentShift][i%segmentLen] }

// step is how many buckets a segment of an array of n grows by.
func step(n int) int { return max(1, min(n/16, segmentLen/8)) }

// push appends an empty bucket.
func (s *segments) push() *bucket {
	last := s.n >> segmentShift
	if last == len(s.segs) {
		s.segs = append(s.segs, nil)
	}
	if have := s.n % segmentLen; have == len(s.segs[last]) {
		s.resize(last, have, have+step(s.n))
	}
	b := s.at(uint32(s.n))
	s.n++
	return b
}

// pop drops the last bucket, which is empty. Some slack keeps a table that goes to and fro from allocating.
func (s *segments) pop() {
	s.n--
	last := len(s.segs) - 1
	have := s.n - last<<segmentShift
	switch slack := 2 * step(s.n); {
	case have <= -slack:
		s.segs[last] = nil
		s.segs = s.segs[:last]
		if cap(s.segs) > 4*last {
			s.segs = append(make([][]bucket, 0, 2*last), s.segs...)
		}
	case have >= 0 && len(s.segs[last])-have > 2*slack:
		s.resize(last, have, have+slack)
	}
}

// resize makes segment i one of n buckets, or some more if the allocator has them, and keeps the first few.
func (s *segments) resize(i, keep, n int) {
	// append, unlike make, tells what the allocator rounds n up to.
	g := append([]bucket(nil), make([]bucket, min(n, segmentLen))...)
	g = g[:min(cap(g), segmentLen)]
	clear(g[copy(g, s.segs[i][:keep]):])
	s.segs[i] = g
}

func (s *segments) bytes() int {
	n := cap(s.segs) * sliceSize
	if l := len(s.segs); l > 0 {
		n += ((l-1)<<segmentShift + len(s.segs[l-1])) * bucketSize
	}
	return n
}
