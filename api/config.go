package api

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"syscall"
	"time"

	"github.com/catamaran-os/catamaran/libos/mem"
	"github.com/catamaran-os/catamaran/libos/netstack"
)

// Values of Config.LibOS.
const (
	Kernel = "kernel" // sockets of the operating system
	AFXDP  = "afxdp"  // netstack over AF_XDP rings of a network interface
	DPDK   = "dpdk"   // netstack over a port of DPDK; needs a program built with the tag dpdk
	Pipe   = "pipe"   // netstack over one end of a pipe in memory, for tests and demonstrations
)

// Route sends packets for a destination through a gateway on the link.
type Route = netstack.Route

// A Config says what a Runtime runs on. The zero value of each field stands for its default.
type Config struct {
	// LibOS is Kernel, AFXDP, DPDK or Pipe. Default: Kernel.
	LibOS string
	// Idle is what a wait does while nothing moves. Default: Adaptive, which polls for Spin and then sleeps.
	Idle Idle
	// Spin is how long Adaptive polls after the last progress. Default: 50 microseconds.
	Spin time.Duration
	// Memory bounds the I/O memory of the runtime in bytes, from 2 MiB to 128 GiB. It is taken as needed. Default: 1 GiB.
	Memory int

	// Device is the network interface, in the network namespace of the calling thread. AFXDP: required.
	Device string
	// Addrs are the runtime's own addresses, each with the length of its on-link prefix. The kernel must not have them on
	// the interface. AFXDP, DPDK, Pipe: at least one.
	Addrs []netip.Prefix
	// Gateways are default gateways, at most one a family. AFXDP, DPDK, Pipe. Default: none.
	Gateways []netip.Addr
	// Routes are further routes. AFXDP, DPDK, Pipe. Default: none.
	Routes []Route
	// MAC is the runtime's Ethernet address. With another than the interface's, a real NIC must be in promiscuous mode.
	// AFXDP, DPDK, Pipe. Default: the device's.
	MAC net.HardwareAddr
	// MTU is the largest IP packet in bytes. AFXDP, DPDK, Pipe. Default, and for AFXDP and Pipe most: the device's.
	MTU int
	// Queue is the number of the device's queue, from 0. AFXDP, DPDK. Default: 0.
	Queue int
	// Mode is "zerocopy", "copy", "generic", or "auto": zero-copy, else copy; generic only if the driver has no XDP. AFXDP.
	// Default: "auto".
	Mode string
	// TCP says who processes TCP segments: "inline", the goroutine that waits; "stock", goroutines of gVisor's, which costs
	// a hand-off for each, the least with GOMAXPROCS=1; "auto", inline where this gVisor allows it. AFXDP, DPDK, Pipe. Default:
	// "auto".
	TCP string
	// Capture receives every frame in pcap format, buffered until Close. AFXDP, DPDK, Pipe. Default: no capture.
	Capture io.Writer

	// EAL are arguments for DPDK's environment, without a program's name. The first Open of a process starts it with them; a later
	// one gives the same, or none. DPDK.
	EAL []string
	// Port is a port by its number, name ("net_memif0") or PCI address, or arguments for a device that is to be made
	// ("net_memif0,role=client,socket=/run/memif.sock,socket-abstract=no"). DPDK. Default: the only port.
	Port string
	// Queues is how many queues the port gets; RSS spreads flows over several. Runtimes of one process that share a port give the
	// same for all but Queue. DPDK. Default: 1.
	Queues int
	// Descriptors is the length of each ring of the port, Frames how many mbufs each queue has. DPDK. Default: 1024, 8192.
	Descriptors, Frames int

	// End is one end of NewPipe. Pipe: required. It serves one runtime, which closes it; so does an Open that fails on it.
	End *PipeEnd
}

var processing = map[string]netstack.TCP{
	"": netstack.TCPAuto, "auto": netstack.TCPAuto, "inline": netstack.TCPInline, "stock": netstack.TCPStock,
}

// Validate returns an error that names every field that is wrong, as far as that can be told without the device: Open
// looks closer at addresses, routes, MTU and queue.
func (c *Config) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	ofStack := len(c.Addrs) > 0 || len(c.Gateways) > 0 || len(c.Routes) > 0 || c.MAC != nil || c.MTU != 0 || c.TCP != "" || c.Capture != nil
	ofDPDK := len(c.EAL) > 0 || c.Port != "" || c.Queues != 0 || c.Descriptors != 0 || c.Frames != 0
	switch c.LibOS {
	case "", Kernel:
		if ofStack || ofDPDK || c.Device != "" || c.Queue != 0 || c.Mode != "" || c.End != nil {
			bad("LibOS kernel takes no device fields (Device, Addrs, Gateways, Routes, MAC, MTU, Queue, Mode, TCP, Capture, EAL, Port, Queues, Descriptors, Frames, End); name another LibOS or leave them out")
		}
	case AFXDP:
		if c.Device == "" {
			bad("Device is empty; name the network interface")
		}
	case DPDK:
		if c.Device != "" || c.Mode != "" {
			bad("Device and Mode are for LibOS afxdp; name the port in Port")
		}
	case Pipe:
		if c.End == nil || c.End.dev == nil {
			bad("End is not set; take one from NewPipe")
		}
		if c.Device != "" || c.Queue != 0 || c.Mode != "" {
			bad("Device, Queue and Mode are for LibOS afxdp")
		}
	default:
		bad("LibOS is %q; use kernel, afxdp, dpdk or pipe", c.LibOS)
	}
	switch c.LibOS {
	case AFXDP, DPDK, Pipe:
		if c.End != nil && c.LibOS != Pipe {
			bad("End is for LibOS pipe")
		}
		if ofDPDK && c.LibOS != DPDK {
			bad("EAL, Port, Queues, Descriptors and Frames are for LibOS dpdk")
		}
		if len(c.Addrs) == 0 {
			bad("Addrs is empty; give the runtime an address of its own, such as 10.0.0.2/24")
		}
		if c.MAC != nil && (len(c.MAC) != 6 || c.MAC[0]&1 != 0) {
			bad("MAC %v is not a unicast Ethernet address", c.MAC)
		}
	}
	switch c.Mode {
	case "", "auto", "zerocopy", "copy", "generic":
	default:
		bad("Mode is %q; use auto, zerocopy, copy or generic", c.Mode)
	}
	if _, ok := processing[c.TCP]; !ok {
		bad("TCP is %q; use auto, inline or stock", c.TCP)
	}
	if c.Idle > Block {
		bad("Idle is %d; use Adaptive, Spin or Block", c.Idle)
	}
	if c.Spin < 0 {
		bad("Spin is %v; it cannot be negative", c.Spin)
	}
	if c.Memory != 0 && (c.Memory < 2<<20 || c.Memory > mem.MaxLimit) {
		bad("Memory is %d bytes; it can be 2097152 to %d", c.Memory, mem.MaxLimit)
	}
	if c.Queues < 0 || c.Descriptors < 0 || c.Frames < 0 {
		bad("Queues, Descriptors and Frames are %d, %d and %d; none can be negative", c.Queues, c.Descriptors, c.Frames)
	}
	if c.Queue < 0 {
		bad("Queue is %d; queues count from 0", c.Queue)
	}
	if c.MTU < 0 {
		bad("MTU is %d; it cannot be negative", c.MTU)
	}
	if len(errs) == 0 {
		return nil
	}
	return fmt.Errorf("config: %w (%w)", join(errs), syscall.EINVAL)
}

// join puts errors on one line.
func join(errs []error) error {
	err := errs[0]
	for _, e := range errs[1:] {
		err = fmt.Errorf("%w; %w", err, e)
	}
	return err
}

// ParseIdle returns the policy of the name spin, adaptive or block.
func ParseIdle(name string) (Idle, error) {
	switch name {
	case "adaptive":
		return Adaptive, nil
	case "spin":
		return Spin, nil
	case "block":
		return Block, nil
	}
	return 0, errors.New("idle policy " + name + " is unknown; use spin, adaptive or block")
}
