package listpack

import "bytes"

// Find is the first element equal to s among the one at off and every skip+1-th behind it: skip is 1 for the fields of a
// hash, 0 for a list. An off of -1 finds nothing. Integers are compared as such, not as strings.
func Find(lp []byte, off int, s []byte, skip int) int {
	if off < 0 {
		return -1
	}
	want := ValueOf(s)
	for lp[off] != end {
		if lp[off]&0xC0 == tag6 { // the commonest string, without the detour over a Value
			n := off + 1 + int(lp[off]&0x3F)
			if n-off-1 == len(s) && bytes.Equal(lp[off+1:n], s) {
				return off
			}
			off = n + 1 // its backlen is one byte
		} else {
			v := Get(lp, off)
			if v.IsInt {
				if want.IsInt && v.Int == want.Int {
					return off
				}
			} else if bytes.Equal(v.Str, s) {
				return off
			}
			off += span(lp, off)
		}
		for i := 0; i < skip && lp[off] != end; i++ {
			off += hop(lp, off)
		}
	}
	return -1
}

// hop is span, with a shortcut for the commonest string.
func hop(lp []byte, off int) int {
	if t := lp[off]; t&0xC0 == tag6 {
		return int(t&0x3F) + 2
	}
	return span(lp, off)
}

// Distinct reports whether the first of each step elements is there only once: step is 2 for the fields of a hash. It
// takes memory for all of them, and is meant for listpacks from outside.
func Distinct(lp []byte, step int) bool {
	seen := make(map[string]struct{}, Len(lp)/step)
	var s []byte
	for off := headerLen; lp[off] != end; off, _ = walk(lp, off, step) {
		s = Get(lp, off).AppendTo(s[:0])
		if _, ok := seen[string(s)]; ok {
			return false
		}
		seen[string(s)] = struct{}{}
	}
	return true
}
