package dpdk

import (
	"fmt"
	"net"
	"syscall"
)

// A Config says which port to open, and how. The zero value of each field stands for its default.
type Config struct {
	// EAL are arguments for DPDK's environment, without the name of the program, such as "--in-memory" and
	// "--vdev=net_memif0,role=client,socket=/run/memif.sock,socket-abstract=no". The first Open of a process starts EAL with them;
	// a later one gives the same, or none.
	EAL []string
	// Port is a port by its number, its name ("net_memif0") or PCI address ("0000:01:00.0"), or by the arguments of a device
	// that is to be made ("net_null0,size=64"). Default: the only port that there is.
	Port string
	// Queues is how many receive and transmit queues the port gets; RSS spreads flows over several. Default: 1.
	Queues int
	// MAC is the Ethernet address that the port is to have. A port that cannot change its own gets promiscuous. Default: its own.
	MAC net.HardwareAddr
	// MTU is the largest IP packet in bytes. Default: the port's own.
	MTU int
	// Descriptors is the length of each receive and transmit ring. The driver may change it. A port with fewer than 80 cuts no
	// segments. Default: 1024.
	Descriptors int
	// Frames is how many mbufs each queue has. Default: 8192.
	Frames int
	// Offload has the port use what it can do for its user: see link.Info.Offloads. Received packets may then have several frames
	// (link.Frame.More). Without, one that no mbuf holds is dropped.
	Offload bool
	// Promiscuous has the port deliver frames for other addresses, too.
	Promiscuous bool
}

const (
	defaultDescriptors = 1024
	defaultFrames      = 8192

	minMTU, maxMTU       = 68, 9702 // RFC 791; DPDK's drivers end at a frame of 9728 bytes
	maxQueues            = 64
	maxDescriptors       = 32768
	minFrames, maxFrames = 256, 1 << 22
)

// validate fills in defaults.
func (c *Config) validate() error {
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	def(&c.Queues, 1)
	def(&c.Descriptors, defaultDescriptors)
	def(&c.Frames, defaultFrames)
	switch {
	case c.Queues < 1 || c.Queues > maxQueues:
		return invalid("Queues is %d; it can be 1 to %d", c.Queues, maxQueues)
	case c.MTU != 0 && (c.MTU < minMTU || c.MTU > maxMTU):
		return invalid("MTU is %d; it can be %d to %d", c.MTU, minMTU, maxMTU)
	case c.MAC != nil && (len(c.MAC) != 6 || c.MAC[0]&1 != 0):
		return invalid("MAC %v is not a unicast Ethernet address", c.MAC)
	case c.Descriptors < 1 || c.Descriptors > maxDescriptors:
		return invalid("Descriptors is %d; it can be 1 to %d", c.Descriptors, maxDescriptors)
	case c.Frames < minFrames || c.Frames > maxFrames:
		return invalid("Frames is %d; it can be %d to %d", c.Frames, minFrames, maxFrames)
	}
	return nil
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("open dpdk port: %s: %w", fmt.Sprintf(format, args...), syscall.EINVAL)
}
