package resp

import "slices"

// BigArg is the length in bytes from which on an argument that arrives in pieces is collected in memory of its own.
const BigArg = 32 << 10

const (
	minChunk  = 512
	maxChunk  = 64 << 10
	keepChunk = 32 << 10 // kept for the next command
	keepArgs  = 1024     // the same, in arguments
)

// A hold is the parser's own memory for what it has read of a command when its input ends. Arguments lie one behind the
// other in a chunk. When it is full a larger one takes its place, and the arguments in the old one keep it alive.
type hold struct {
	chunk []byte // up to its length in use
	from  int    // where the argument in progress begins in chunk
	big   []byte // the argument in progress, when it is a big one
	owned []int  // arguments with memory of their own, ascending
}

// begun says whether there is an argument in progress.
func (h *hold) begun() bool { return h.big != nil || h.from < len(h.chunk) }

// add appends b to the argument in progress, which will have n bytes in the end.
func (h *hold) add(b []byte, n int) {
	if n >= BigArg {
		if cap(h.big)-len(h.big) < len(b) {
			// Grow with what has arrived, never with what was announced alone. The last step is to the length itself, from an
			// eighth of it or more, so that what is copied then is small beside it.
			size := max(2*cap(h.big), 4*(len(h.big)+len(b)))
			if size >= n/2 {
				size = n
			}
			grown := make([]byte, len(h.big), size)
			copy(grown, h.big)
			h.big = grown
		}
		h.big = append(h.big, b...)
		return
	}
	h.reserve(len(b))
	h.chunk = append(h.chunk, b...)
}

// reserve makes room for n bytes more of the argument in progress.
func (h *hold) reserve(n int) {
	if cap(h.chunk)-len(h.chunk) >= n {
		return
	}
	part := h.chunk[h.from:]
	size := max(min(2*cap(h.chunk), maxChunk), minChunk, len(part)+n)
	h.chunk = append(make([]byte, 0, size), part...)
	h.from = 0
}

// end is the argument in progress, which is to be args[i]. The next one begins behind it.
func (h *hold) end(i int) []byte {
	if h.big != nil {
		b := h.big
		h.big = nil
		h.owned = append(h.owned, i)
		return b[:len(b):len(b)]
	}
	b := h.chunk[h.from:len(h.chunk):len(h.chunk)]
	h.from = len(h.chunk)
	return b
}

// owns says whether args[i] has memory of its own.
func (h *hold) owns(i int) bool {
	_, ok := slices.BinarySearch(h.owned, i)
	return ok
}

// recycle begins anew for the next command, in the same memory if there is not much of it.
func (h *hold) recycle() {
	poison(h.chunk)
	if cap(h.chunk) > keepChunk {
		h.chunk = nil
	}
	if cap(h.owned) > keepArgs {
		h.owned = nil
	}
	h.chunk, h.owned, h.from, h.big = h.chunk[:0], h.owned[:0], 0, nil
}
