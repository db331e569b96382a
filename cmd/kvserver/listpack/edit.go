package listpack

import (
	"encoding/binary"
	"slices"
)

// Append adds s behind the last element.
func Append(lp, s []byte) []byte { return splice(lp, End(lp), 0, ValueOf(s)) }

// AppendValue adds v behind the last element.
func AppendValue(lp []byte, v Value) []byte { return splice(lp, End(lp), 0, v) }

// Prepend adds s before the first element.
func Prepend(lp, s []byte) []byte { return splice(lp, headerLen, 0, ValueOf(s)) }

// PrependValue adds v before the first element.
func PrependValue(lp []byte, v Value) []byte { return splice(lp, headerLen, 0, v) }

// InsertBefore adds s before the element at off, or behind the last one if off is End. At off is s then.
func InsertBefore(lp []byte, off int, s []byte) []byte { return splice(lp, off, 0, ValueOf(s)) }

// InsertValue is InsertBefore for a Value.
func InsertValue(lp []byte, off int, v Value) []byte { return splice(lp, off, 0, v) }

// InsertAfter adds s behind the element at off, which stays there.
func InsertAfter(lp []byte, off int, s []byte) []byte {
	return splice(lp, off+span(lp, off), 0, ValueOf(s))
}

// Replace puts s in the place of the element at off.
func Replace(lp []byte, off int, s []byte) []byte { return ReplaceValue(lp, off, ValueOf(s)) }

// ReplaceValue puts v in the place of the element at off.
func ReplaceValue(lp []byte, off int, v Value) []byte { return splice(lp, off, span(lp, off), v) }

// Delete takes out up to n elements from the one at off on. At off is what followed them then, or End.
func Delete(lp []byte, off, n int) []byte {
	stop, deleted := walk(lp, off, n)
	return count(append(lp[:off], lp[stop:]...), -deleted)
}

// AppendFrom adds up to n elements of the listpack from, beginning with the one at off, behind the last one of lp.
func AppendFrom(lp, from []byte, off, n int) []byte {
	stop, added := walk(from, off, n)
	grown(lp, stop-off)
	lp = append(append(lp[:End(lp)], from[off:stop]...), end)
	return count(lp, added)
}

// BytesOf is the number of bytes of up to n elements from the one at off on: what AppendFrom adds and Delete takes away.
func BytesOf(lp []byte, off, n int) int {
	stop, _ := walk(lp, off, n)
	return stop - off
}

// walk passes up to n elements from the one at off on.
func walk(lp []byte, off, n int) (stop, passed int) {
	for ; passed < n && lp[off] != end; passed++ {
		off += span(lp, off)
	}
	return off, passed
}

// count sets the header of lp after it got more elements, or fewer if more is negative.
func count(lp []byte, more int) []byte {
	binary.LittleEndian.PutUint32(lp, uint32(len(lp)))
	if n := int(binary.LittleEndian.Uint16(lp[4:])); n != unknown {
		binary.LittleEndian.PutUint16(lp[4:], uint16(min(n+more, unknown)))
	}
	return lp
}

// splice puts v where the del bytes at off are: none or those of an element.
func splice(lp []byte, off, del int, v Value) []byte {
	old, size := len(lp), v.Size()
	more := size - del
	if more > 0 {
		grown(lp, more)
		lp = slices.Grow(lp, more)[:old+more]
	}
	if more != 0 {
		copy(lp[off+size:], lp[off+del:old])
		lp = lp[:old+more]
	}
	v.put(lp[off:])
	if del > 0 {
		return count(lp, 0)
	}
	return count(lp, 1)
}

// grown panics if lp may not grow by n: its header could not say so, and the caller should have asked Fits.
func grown(lp []byte, n int) {
	if !Fits(lp, n) {
		panic("listpack: longer than MaxBytes")
	}
}
