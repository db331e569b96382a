package pipe

import (
	"fmt"
	"math/bits"
	"net"

	"github.com/catamaran-os/catamaran/link"
)

const (
	minMTU = 68      // RFC 791 section 3.2: every internet module must forward 68 octets
	maxMTU = 1 << 16 // more than the largest IP packet without jumbograms

	maxRing   = 1 << 15
	maxFrames = 1 << 20
	maxQueues = 256
	maxMemory = 1 << 30 // bytes of frames on one side, over all queues

	// roomAlign rounds the room of a frame so that no two frames share a cache line.
	roomAlign = 64
)

// Config describes both sides of a pipe. The zero value is usable.
type Config struct {
	Frames int // frames of each queue. Default 1024; more than Ring, at most 1048576
	Ring   int // frames that each queue lends for receiving at most. Default 256; a power of two, at most 32768
	MTU    int // largest IP packet in bytes. Default 1500; 68 to 65536
	Queues int // queue pairs; queue i of one side is joined to queue i of the other. Default 1, at most 256

	// Offload has both sides complete checksums and cut segments (link.Offloads): they leave that undone, and the other side
	// receives the packet as it is, as between two hosts on one machine.
	Offload bool

	Name [2]string           // interface names. Default "pipe0" and "pipe1"
	MAC  [2]net.HardwareAddr // 6 bytes each. Default 02:00:00:00:00:01 and 02:00:00:00:00:02
}

// withDefaults returns c with every unset field set, or an error that names the field that cannot be.
func (c Config) withDefaults() (Config, error) {
	for _, f := range []struct {
		v   *int
		def int
	}{{&c.Frames, 1024}, {&c.Ring, 256}, {&c.MTU, 1500}, {&c.Queues, 1}} {
		if *f.v == 0 {
			*f.v = f.def
		}
	}
	switch {
	case c.Ring < 1 || c.Ring > maxRing || bits.OnesCount(uint(c.Ring)) != 1:
		return c, fmt.Errorf("pipe: Ring is %d, must be a power of two from 1 to %d", c.Ring, maxRing)
	case c.Frames <= c.Ring || c.Frames > maxFrames:
		return c, fmt.Errorf("pipe: Frames is %d, must be more than Ring (%d) and at most %d", c.Frames, c.Ring, maxFrames)
	case c.MTU < minMTU || c.MTU > maxMTU:
		return c, fmt.Errorf("pipe: MTU is %d, must be from %d to %d", c.MTU, minMTU, maxMTU)
	case c.Queues < 1 || c.Queues > maxQueues:
		return c, fmt.Errorf("pipe: Queues is %d, must be from 1 to %d", c.Queues, maxQueues)
	case c.Frames*c.room() > maxMemory/c.Queues:
		return c, fmt.Errorf("pipe: %d queues of %d frames of %d bytes are more than %d bytes", c.Queues, c.Frames, c.room(), maxMemory)
	}
	for i := range 2 {
		if c.Name[i] == "" {
			c.Name[i] = fmt.Sprintf("pipe%d", i)
		}
		switch len(c.MAC[i]) {
		case 0:
			c.MAC[i] = net.HardwareAddr{2, 0, 0, 0, 0, byte(1 + i)}
		case 6:
			c.MAC[i] = append(net.HardwareAddr(nil), c.MAC[i]...)
		default:
			return c, fmt.Errorf("pipe: MAC[%d] has %d bytes, must have 6", i, len(c.MAC[i]))
		}
	}
	return c, nil
}

// limit is the longest frame that is carried, in bytes.
func (c *Config) limit() int { return c.MTU + link.EthernetHeaderLen }

// room is the memory of one frame in bytes. It is more than limit, so that a caller can build a frame that is too long
// and see it refused, as with a device whose frames have a fixed size.
func (c *Config) room() int { return (c.limit() + roomAlign) &^ (roomAlign - 1) }
