package afxdp

import "unsafe"

// address returns where b starts in the memory of the queue, and false if it does not start there.
func (u *umem) address(b []byte) (uint64, bool) {
	off := uintptr(unsafe.Pointer(unsafe.SliceData(b))) - uintptr(unsafe.Pointer(unsafe.SliceData(u.mem)))
	return uint64(off), uint64(off) < uint64(len(u.mem))
}
