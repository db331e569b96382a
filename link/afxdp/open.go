package afxdp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"syscall"

	ebpflink "github.com/cilium/ebpf/link"

	"github.com/catamaran-os/catamaran/link"
)

// Device is an opened interface. Its methods may be called from any goroutine, Close also while others are inside calls
// on its queues: it waits for those, which never block.
type Device struct {
	cfg       Config // with defaults; FrameSize, MTU and MAC as chosen
	ifindex   int
	maxQueues int
	virtual   bool

	mu      sync.Mutex
	closed  bool
	queues  []*Queue
	program *program      // both set with the first queue, and kept here so that
	link    ebpflink.Link // their finalizers do not detach the program
	bind    uint16        // XDP_ZEROCOPY or XDP_COPY, set with the first queue
	generic bool
}

var (
	_ link.Device = (*Device)(nil)
	_ link.Queue  = (*Queue)(nil)
)

// Open checks the configuration and the interface. The XDP program is loaded and attached by the first OpenQueue, once
// that has its queue. The device must be closed. Errors are *Error (errors.As) and have an errno (errors.Is).
func Open(cfg Config) (*Device, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, at(err, cfg.Interface, -1)
	}
	d, err := open(cfg)
	if err != nil {
		return nil, at(err, cfg.Interface, -1)
	}
	return d, nil
}

func open(cfg Config) (*Device, error) {
	if err := checkKernel(); err != nil {
		return nil, err
	}
	ifi, err := net.InterfaceByName(cfg.Interface)
	if err != nil {
		return nil, &Error{
			Cause:  "no such interface",
			Remedy: `"ip link" lists those there are`,
			Err:    fmt.Errorf("%w (%w)", syscall.ENODEV, err),
		}
	}
	if err := checkAddrs(ifi, cfg.Addrs); err != nil {
		return nil, err
	}
	if cfg.MTU, cfg.FrameSize, err = chooseMTU(cfg.MTU, cfg.FrameSize, ifi.MTU); err != nil {
		return nil, err
	}
	info, err := readIfInfo(ifi.Index)
	if err != nil {
		return nil, err
	}
	if len(cfg.MAC) == 0 {
		cfg.MAC = ifi.HardwareAddr
	}
	if len(cfg.MAC) != 6 {
		return nil, &Error{Cause: "not an Ethernet interface", Remedy: "use another interface", Err: syscall.EOPNOTSUPP}
	}
	cfg.MAC, cfg.Addrs = slices.Clone(cfg.MAC), slices.Clone(cfg.Addrs)
	return &Device{cfg: cfg, ifindex: ifi.Index, maxQueues: max(info.rxQueues, 1), virtual: info.virtual()}, nil
}

// checkAddrs refuses addresses that the kernel has on the interface: it would answer with RST what it does not know.
func checkAddrs(ifi *net.Interface, ours []netip.Addr) error {
	theirs, err := ifi.Addrs()
	if err != nil {
		return fmt.Errorf("list addresses: %w", err)
	}
	for _, t := range theirs {
		prefix, err := netip.ParsePrefix(t.String())
		if err != nil {
			return fmt.Errorf("list addresses: %w", err)
		}
		for _, a := range ours {
			if a.Unmap() == prefix.Addr().Unmap() {
				return &Error{
					Cause:  fmt.Sprintf("the kernel has address %v on this interface", a),
					Remedy: fmt.Sprintf("use another address, or remove it: ip address del %v dev %s", prefix, ifi.Name),
					Err:    syscall.EADDRINUSE,
				}
			}
		}
	}
	return nil
}

// OpenQueue opens a queue of the interface, counted from 0, and attaches the XDP program if it is the first. The queue is
// released by Device.Close. Queues are listed by Queue(i) in the order of opening.
func (d *Device) OpenQueue(id int) (link.Queue, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, at(net.ErrClosed, d.cfg.Interface, id)
	}
	q, err := d.openQueue(id)
	if err != nil {
		return nil, at(err, d.cfg.Interface, id)
	}
	d.queues = append(d.queues, q)
	return q, nil
}

func (d *Device) openQueue(id int) (_ *Queue, err error) {
	if id < 0 {
		return nil, &Error{Cause: "queues are counted from 0", Err: syscall.EINVAL}
	}
	if id >= d.maxQueues {
		return nil, d.noQueue(id) // bind(2) would look at the lowest 16 bits only
	}
	for _, q := range d.queues {
		if q.id == id {
			return nil, &Error{Cause: "already opened by this device", Err: syscall.EBUSY}
		}
	}
	u, err := newUMEM(d.cfg.Frames, d.cfg.FrameSize)
	if err != nil {
		return nil, &Error{Cause: fmt.Sprintf("allocate %d KiB of frames", d.cfg.Frames*d.cfg.FrameSize>>10), Err: err}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, u.unmap())
		}
	}()
	xsk, bound, err := d.bindXSK(u, id)
	if err != nil {
		return nil, err
	}
	q := newQueue(d, id, xsk, u, d.cfg.MTU)
	q.refill()
	if err := d.steer(q, bound); err != nil {
		return nil, errors.Join(err, q.close())
	}
	return q, nil
}

// steer makes the program send packets of the queue to its XSK. The first queue brings the program with it.
func (d *Device) steer(q *Queue, bound uint16) (err error) {
	first := d.program == nil
	if first {
		p, err := loadProgram(d.cfg.Addrs, d.maxQueues)
		if err != nil {
			return err
		}
		if d.link, d.generic, err = attach(p, d.ifindex, d.cfg.Mode); err != nil {
			return errors.Join(err, p.close())
		}
		d.program, d.bind = p, bound
	}
	if err := d.program.xsks.Put(uint32(q.id), uint32(q.xsk.fd)); err != nil {
		err = &Error{Cause: "add the queue to the XDP program", Err: err}
		if first {
			err = errors.Join(err, d.detach())
		}
		return err
	}
	return nil
}

// Info describes the device. Mode is empty before the first queue is open.
func (d *Device) Info() link.Info {
	d.mu.Lock()
	defer d.mu.Unlock()
	info := link.Info{
		Driver:  "afxdp",
		Name:    d.cfg.Interface,
		MAC:     slices.Clone(d.cfg.MAC),
		MTU:     d.cfg.MTU,
		Queues:  len(d.queues),
		Virtual: d.virtual,
	}
	switch {
	case len(d.queues) == 0:
	case d.generic:
		info.Mode = "generic"
	case d.queues[0].xsk.zeroCopy:
		info.Mode = "zero-copy"
	default:
		info.Mode = "copy"
	}
	return info
}

// Queue returns the i-th opened queue, nil if there is none.
func (d *Device) Queue(i int) link.Queue {
	d.mu.Lock()
	defer d.mu.Unlock()
	if i < 0 || i >= len(d.queues) {
		return nil
	}
	return d.queues[i]
}

// Close detaches the program, so that packets go to the kernel again, and releases all queues. It may be called from any
// goroutine and more than once. Frames that are held stay readable until they are freed; nothing else can be done with
// them.
func (d *Device) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	err := d.detach()
	for _, q := range d.queues {
		err = errors.Join(err, q.close())
	}
	if err != nil {
		return &Error{Interface: d.cfg.Interface, Queue: -1, Cause: "close", Err: err}
	}
	return nil
}

func (d *Device) detach() error {
	var err error
	if d.link != nil {
		err = d.link.Close()
		d.link = nil
	}
	if d.program != nil {
		err = errors.Join(err, d.program.close())
		d.program = nil
	}
	return err
}
