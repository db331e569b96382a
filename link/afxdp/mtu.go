package afxdp

import (
	"fmt"
	"syscall"

	"github.com/catamaran-os/catamaran/link"
)

const (
	headroom     = 256 // XDP_PACKET_HEADROOM (include/uapi/linux/bpf.h): kept free by the kernel before each packet
	minMTU       = 68  // RFC 791 section 3.2
	minFrameSize = 2048
	maxFrameSize = 4096 // a page: the kernel refuses longer frames (net/xdp/xdp_umem.c)
)

// mtuRoom returns the largest IP packet that a frame holds.
func mtuRoom(frameSize int) int { return frameSize - headroom - link.EthernetHeaderLen }

// chooseMTU returns the MTU and the frame size for an interface whose MTU is ifMTU. Zeros are to be chosen.
func chooseMTU(mtu, frameSize, ifMTU int) (int, int, error) {
	if mtu == 0 {
		mtu = ifMTU
	}
	if mtu > ifMTU {
		return 0, 0, &Error{
			Cause:  fmt.Sprintf("MTU %d is larger than the interface's, %d", mtu, ifMTU),
			Remedy: fmt.Sprintf("set the interface's MTU to %d, or ask for at most %d", mtu, ifMTU),
			Err:    syscall.EMSGSIZE,
		}
	}
	if frameSize == 0 {
		frameSize = minFrameSize
		if mtu > mtuRoom(frameSize) {
			frameSize = maxFrameSize
		}
	}
	if limit := mtuRoom(frameSize); mtu > limit {
		remedy := fmt.Sprintf("set the interface's MTU, or the MTU asked for, to at most %d", limit)
		if frameSize < maxFrameSize {
			remedy += fmt.Sprintf(", or use frames of %d bytes", maxFrameSize)
		} else {
			remedy += "; the driver's own limit may be lower (veth: 3506 at its peer)"
		}
		return 0, 0, &Error{
			Cause:  fmt.Sprintf("MTU %d is too large: a frame of %d bytes holds packets of at most %d", mtu, frameSize, limit),
			Remedy: remedy,
			Err:    syscall.EMSGSIZE,
		}
	}
	return mtu, frameSize, nil
}
