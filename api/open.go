package api

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/libos/kernel"
	"github.com/catamaran-os/catamaran/libos/mem"
	"github.com/catamaran-os/catamaran/libos/memq"
	"github.com/catamaran-os/catamaran/libos/netstack"
	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/afxdp"
	"github.com/catamaran-os/catamaran/link/dpdk"
	"github.com/catamaran-os/catamaran/link/pcap"
)

// A Runtime is one instance of the library OS, opened by Open. One goroutine owns it and makes all calls but Interrupt.
type Runtime struct {
	*libos.Runtime
	info Info
	mem  *mem.Arena
	memq *memq.Engine
	kern *kernel.Engine
	net  *netstack.Engine
}

// Info describes what a Runtime runs on.
type Info struct {
	LibOS  string
	Device string // name of the interface or port; empty on kernel sockets
	Mode   string // how frames move: "zero-copy", "copy", "generic", "poll-mode", "memory"; empty on kernel sockets
	MTU    int    // largest IP packet in bytes; 0 on kernel sockets
	TCP    string // who processes segments: "inline", "stock"; empty on kernel sockets
}

// Info returns what the runtime runs on.
func (rt *Runtime) Info() Info { return rt.info }

// Open opens a runtime. Nothing is left behind when it fails. Its errors are one line with cause and remedy and unwrap to
// a syscall.Errno: EINVAL (configuration), ENODEV, EPERM, EBUSY, EADDRINUSE and others.
func Open(c Config) (*Runtime, error) {
	if c.LibOS == "" {
		c.LibOS = Kernel
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	arena, err := mem.New(mem.Options{Limit: c.Memory})
	if err != nil {
		return nil, err
	}
	base, err := libos.New(libos.Options{Memory: arena, Idle: c.Idle, Spin: c.Spin})
	if err != nil {
		return nil, err
	}
	rt := &Runtime{Runtime: base, mem: arena, info: Info{LibOS: c.LibOS}}
	if err := rt.addEngines(&c); err != nil {
		return nil, errors.Join(err, base.Close())
	}
	return rt, nil
}

func (rt *Runtime) addEngines(c *Config) error {
	rt.memq = memq.New(rt.mem)
	rt.Add(rt.memq)
	if c.LibOS == Kernel {
		e, err := kernel.Open(rt.mem, kernel.Config{})
		if err != nil {
			return err
		}
		rt.kern = e
		rt.Add(e)
		return nil
	}
	dev, err := openDevice(c)
	if err != nil {
		return err
	}
	if c.Capture != nil {
		capture, err := pcap.New(dev, c.Capture, pcap.Config{})
		if err != nil {
			return errors.Join(err, dev.Close())
		}
		dev = capture
	}
	info := dev.Info()
	e, err := netstack.Open(netstack.Config{Queue: dev.Queue(0), Info: info, Device: dev, Addrs: c.Addrs, Gateways: c.Gateways,
		Routes: c.Routes, MAC: c.MAC, MTU: c.MTU, TCP: processing[c.TCP], Memory: rt.mem,
		Completed: rt.Completed})
	if err != nil {
		return errors.Join(err, dev.Close())
	}
	rt.net = e
	rt.Add(e)
	rt.info.Device, rt.info.Mode, rt.info.MTU, rt.info.TCP = info.Name, info.Mode, info.MTU, e.TCP()
	if c.MTU != 0 {
		rt.info.MTU = c.MTU
	}
	return nil
}

func openDevice(c *Config) (link.Device, error) {
	switch c.LibOS {
	case Pipe:
		return c.End.take()
	case DPDK:
		return dpdk.OpenQueue(dpdk.Config{EAL: c.EAL, Port: c.Port, Queues: c.Queues, MAC: c.MAC, MTU: c.MTU, Descriptors: c.Descriptors, Frames: c.Frames,
			Offload: c.Capture == nil}, // a capture has packets as they are on the wire
			c.Queue)
	}
	addrs := make([]netip.Addr, len(c.Addrs))
	for i, p := range c.Addrs {
		addrs[i] = p.Addr()
	}
	dev, err := afxdp.Open(afxdp.Config{Interface: c.Device, Mode: c.Mode, MTU: c.MTU, Addrs: addrs, MAC: c.MAC})
	if err != nil {
		return nil, err
	}
	if _, err := dev.OpenQueue(c.Queue); err != nil {
		return nil, errors.Join(err, dev.Close())
	}
	return dev, nil
}

// Queue makes a memory queue of at most capacity messages; 0 stands for 1024. What is pushed to it is popped from it, one
// message at a time. Errors: EINVAL, EMFILE.
func (rt *Runtime) Queue(capacity int) (QD, error) {
	q, err := rt.memq.Queue(capacity)
	if err != nil {
		return 0, fmt.Errorf("queue: %w", err)
	}
	return rt.Insert(q)
}
