package afxdp

import (
	"math/bits"
	"os"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/link"
)

// state is the account that a frame is in.
type state uint8

const (
	stateFree state = iota
	stateRX         // in the fill ring, with the kernel, or in the RX ring
	stateHeld       // with the caller
	stateTX         // in the TX ring, with the kernel, or in the completion ring
)

// umem is the memory of one queue, its frames, and where each of them is. A Frame's ID is a generation and an index:
// the generation changes each time that the frame is handed out, so that a Frame which was passed on is refused.
type umem struct {
	mem   []byte
	shift uint // log2 of the frame size
	meta  []frameMeta
	free  []uint32 // indices, last in first out: the frame used last is in the cache
	lent  struct{ rx, held, tx int }
}

type frameMeta struct {
	generation uint32
	state      state
}

func newUMEM(frames, frameSize int) (*umem, error) {
	mem, err := unix.Mmap(-1, 0, frames*frameSize, unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_POPULATE)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	u := &umem{
		mem:   mem,
		shift: uint(bits.TrailingZeros(uint(frameSize))),
		meta:  make([]frameMeta, frames),
		free:  make([]uint32, frames),
	}
	for i := range u.free {
		u.free[i] = uint32(frames - 1 - i)
	}
	return u, nil
}

func (u *umem) frameSize() uint64 { return 1 << u.shift }

// take removes a frame from the free list, which is not empty.
func (u *umem) take(to state) uint32 {
	i := u.free[len(u.free)-1]
	u.free = u.free[:len(u.free)-1]
	u.meta[i].state = to
	return i
}

// put adds frame i to the free list. The caller has taken it out of its account.
func (u *umem) put(i uint32) {
	u.meta[i].state = stateFree
	u.free = append(u.free, i) // never grows: the capacity is the number of frames
}

// hand gives frame i to the caller of the queue, with n bytes of data at address addr.
func (u *umem) hand(i uint32, addr uint64, n uint32) link.Frame {
	m := &u.meta[i]
	m.generation++
	m.state = stateHeld
	u.lent.held++
	end := uint64(i+1) << u.shift
	return link.Frame{Data: u.mem[addr : addr+uint64(n) : end], ID: uint64(m.generation)<<32 | uint64(i)}
}

// held returns the index of a frame that the caller holds, and false for one that it does not.
func (u *umem) held(f *link.Frame) (uint32, bool) {
	i := uint32(f.ID)
	if uint64(i) >= uint64(len(u.meta)) {
		return 0, false
	}
	m := &u.meta[i]
	return i, m.state == stateHeld && m.generation == uint32(f.ID>>32)
}

// lentTo returns the frame that address addr from the kernel is in, and false if that frame is not in account s.
func (u *umem) lentTo(addr uint64, s state) (uint32, bool) {
	i := addr >> u.shift
	if i >= uint64(len(u.meta)) {
		return 0, false
	}
	return uint32(i), u.meta[i].state == s
}

func (u *umem) accounts() link.Accounts {
	return link.Accounts{Free: len(u.free), RX: u.lent.rx, Held: u.lent.held, TX: u.lent.tx, Total: len(u.meta)}
}

// recall takes back what was lent to a kernel that no longer has it.
func (u *umem) recall() {
	for i := range u.meta {
		if s := u.meta[i].state; s == stateRX || s == stateTX {
			u.put(uint32(i))
		}
	}
	u.lent.rx, u.lent.tx = 0, 0
}

func (u *umem) unmap() error {
	if u.mem == nil {
		return nil
	}
	m := u.mem
	u.mem = nil
	return os.NewSyscallError("munmap", unix.Munmap(m))
}
