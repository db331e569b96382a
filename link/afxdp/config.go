package afxdp

import (
	"fmt"
	"math/bits"
	"net"
	"net/netip"
	"strings"
	"syscall"
)

// Values of Config.Mode.
const (
	ModeAuto     = "auto"     // zero-copy, else copy; generic only if the driver has no XDP at all
	ModeZeroCopy = "zerocopy" // the driver shares the frames, or Open fails
	ModeCopy     = "copy"     // program in the driver, frames copied by the kernel
	ModeGeneric  = "generic"  // program after the driver, frames copied by the kernel; works with every driver
)

const (
	defaultFrames = 8192 // per queue: 16 MiB at 2048 bytes
	maxFrames     = 1 << 20
	maxRing       = 2048 // default and largest: drivers refuse longer hardware rings, and 4096 frames are cache-cold
	minFrames     = 16
	maxAddrs      = 1024
)

// Config says how to open an interface. Only Interface is required.
type Config struct {
	// Interface is the name of the network interface, in the network namespace of the calling thread.
	Interface string
	// Mode is one of ModeAuto, ModeZeroCopy, ModeCopy, ModeGeneric. Default: ModeAuto.
	Mode string
	// Frames is the number of frames of each queue, a power of two from 16 to 1048576. At most half of them are lent
	// for receiving. Default: 8192.
	Frames int
	// FrameSize is the size of a frame in bytes, 2048 or 4096. 256 bytes of it are headroom that the kernel keeps
	// (XDP_PACKET_HEADROOM). Default: the smaller one that holds the MTU.
	FrameSize int
	// RingSize is the number of entries in each of the four rings, a power of two from 8 to 2048, at most Frames/2.
	// Default: the smaller of 2048 and Frames/2.
	RingSize int
	// MTU is the largest IP packet in bytes to send. Longer packets that arrive are dropped only if they do not fit
	// into a frame. Default: the interface's MTU, which is also the most it can be. Frames hold at most 3826. Drivers
	// have limits of their own, which compare the interface's MTU: veth runs the program in the driver, which all modes
	// but ModeGeneric do, only while the MTU of its peer is at most 3506.
	MTU int
	// Addrs are the addresses that the device receives for, at most 1024. The kernel must not have them on the
	// interface. Default: none, and then nothing is received.
	Addrs []netip.Addr
	// MAC is reported as the address of the device. With another address than the interface's, a real NIC must be in
	// promiscuous mode. Default: the interface's.
	MAC net.HardwareAddr
}

// withDefaults returns the configuration with its defaults filled in, except for what depends on the interface.
func (c Config) withDefaults() Config {
	if c.Mode == "" {
		c.Mode = ModeAuto
	}
	if c.Frames == 0 {
		c.Frames = defaultFrames
	}
	if c.RingSize == 0 {
		c.RingSize = min(maxRing, c.Frames/2)
	}
	return c
}

// validate reports every mistake that can be seen without the interface, in one line.
func (c Config) validate() error {
	var mistakes []string
	bad := func(format string, a ...any) { mistakes = append(mistakes, fmt.Sprintf(format, a...)) }
	if c.Interface == "" {
		bad("Interface is empty; name a network interface")
	}
	switch c.Mode {
	case ModeAuto, ModeZeroCopy, ModeCopy, ModeGeneric:
	default:
		bad("Mode is %q; use auto, zerocopy, copy or generic", c.Mode)
	}
	if !powerOfTwo(c.Frames) || c.Frames < minFrames || c.Frames > maxFrames {
		bad("Frames is %d; use a power of two from %d to %d", c.Frames, minFrames, maxFrames)
	}
	if c.FrameSize != 0 && c.FrameSize != 2048 && c.FrameSize != 4096 {
		bad("FrameSize is %d; use 2048, 4096, or 0 to choose by the MTU", c.FrameSize)
	}
	if !powerOfTwo(c.RingSize) || c.RingSize < 8 || c.RingSize > min(maxRing, max(c.Frames/2, 8)) {
		bad("RingSize is %d; use a power of two from 8 to %d, at most half of Frames", c.RingSize, maxRing)
	}
	if c.MTU != 0 && c.MTU < minMTU {
		bad("MTU is %d; the least is %d", c.MTU, minMTU)
	}
	if len(c.Addrs) > maxAddrs {
		bad("Addrs has %d addresses; the most is %d", len(c.Addrs), maxAddrs)
	}
	for _, a := range c.Addrs {
		if !a.IsValid() || a.IsUnspecified() || a.IsMulticast() || a.Zone() != "" {
			bad("Addrs has %v; use unicast addresses without a zone", a)
		}
	}
	if len(c.MAC) != 0 && (len(c.MAC) != 6 || c.MAC[0]&1 != 0) {
		bad("MAC is %v; use a 6-byte unicast address", c.MAC)
	}
	if len(mistakes) == 0 {
		return nil
	}
	return &Error{Cause: "configuration: " + strings.Join(mistakes, "; "), Err: syscall.EINVAL}
}

func powerOfTwo(n int) bool { return n > 0 && bits.OnesCount(uint(n)) == 1 }
