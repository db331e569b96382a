package libos

import (
	"fmt"
	"slices"
	"syscall"
)

// Handle names an allocation of a Memory. The zero Handle stands for memory that no Memory owns, such as a slice of the
// Go heap that a service pushes.
type Handle uint64

// Memory is the I/O memory of a runtime. Allocations are reference counted; the owner of the runtime is the only user.
type Memory interface {
	// Alloc returns one contiguous segment of size bytes with one reference. Its content is undefined.
	// Errors: EINVAL for a size under 1, ENOMEM when the memory is exhausted, and ErrTooLarge.
	Alloc(size int) (Segment, error)
	// Retain adds a reference. EINVAL: the handle is stale.
	Retain(Handle) error
	// Release drops a reference; the last one frees. EINVAL: the handle is stale, as after a double free.
	Release(Handle) error
	// Describe tells where the allocation was made, if that was recorded, for reports of misuse.
	Describe(Handle) string
	// Close releases everything and, where allocations are recorded, returns an error that lists what was still held.
	Close() error
}

// ErrTooLarge is ENOMEM for more memory than there could ever be: it does not help to wait until some is freed.
var ErrTooLarge = fmt.Errorf("larger than all the memory of the runtime: %w", syscall.ENOMEM)

// A Segment is one contiguous piece of memory in a scatter-gather array. Whoever holds it may cut Data to any sub-slice;
// the Handle keeps the whole allocation.
type Segment struct {
	Data   []byte
	Handle Handle
}

// An SGArray is a scatter-gather array: any number of segments, empty ones among them. The zero SGArray has none; as the
// result of a pop on a stream it is the end of stream. It is a value: copies share the memory and the ownership.
type SGArray struct {
	n     int       // number of segments
	first Segment   // held inside so that the usual single segment needs no slice
	rest  []Segment // segments after the first
}

// One returns an array of one segment.
func One(s Segment) SGArray { return SGArray{n: 1, first: s} }

// Bytes returns an array of one segment over memory of the Go heap. It must stay unchanged while it is lent to a push.
func Bytes(b []byte) SGArray { return One(Segment{Data: b}) }

// Gather returns an array of the given segments. It keeps the slice.
func Gather(segs ...Segment) SGArray {
	if len(segs) == 0 {
		return SGArray{}
	}
	return SGArray{n: len(segs), first: segs[0], rest: segs[1:]}
}

// NumSegs returns the number of segments, empty ones included.
func (s *SGArray) NumSegs() int { return s.n }

// Seg returns segment i, 0 <= i < NumSegs.
func (s *SGArray) Seg(i int) Segment {
	if i == 0 && s.n > 0 {
		return s.first
	}
	return s.rest[i-1]
}

// Len returns the number of bytes in all segments.
func (s *SGArray) Len() int {
	n := len(s.first.Data)
	for i := range s.rest {
		n += len(s.rest[i].Data)
	}
	return n
}

// CopyTo copies bytes into dst, from the beginning of the array, and returns how many.
func (s *SGArray) CopyTo(dst []byte) int {
	n := copy(dst, s.first.Data)
	for i := range s.rest {
		n += copy(dst[n:], s.rest[i].Data)
	}
	return n
}

// Flat returns all bytes as one slice: the memory itself where there is one segment, else a copy.
func (s *SGArray) Flat() []byte {
	if s.n <= 1 {
		return s.first.Data
	}
	b := slices.Grow([]byte(nil), s.Len())
	b = append(b, s.first.Data...)
	for i := range s.rest {
		b = append(b, s.rest[i].Data...)
	}
	return b
}
