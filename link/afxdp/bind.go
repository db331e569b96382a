package afxdp

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// bindXSK makes a socket and binds it, with zero-copy if the mode allows and the driver can.
func (d *Device) bindXSK(u *umem, id int) (*socket, uint16, error) {
	var tries []uint16
	switch {
	case d.bind != 0:
		tries = []uint16{d.bind} // all queues of a device move frames in one way
	case d.cfg.Mode == ModeAuto:
		tries = []uint16{unix.XDP_ZEROCOPY, unix.XDP_COPY}
	case d.cfg.Mode == ModeZeroCopy:
		tries = []uint16{unix.XDP_ZEROCOPY}
	default:
		tries = []uint16{unix.XDP_COPY}
	}
	var err error
	for _, bind := range tries {
		var xsk *socket
		err = retryBusy(func() error {
			var err error
			if xsk, err = newSocket(u.mem, d.cfg.FrameSize, d.cfg.RingSize); err != nil {
				return err
			}
			if err = xsk.bind(d.ifindex, id, bind); err != nil {
				return errors.Join(err, xsk.close())
			}
			return nil
		}, func(error) bool { return true })
		if err == nil {
			return xsk, bind, nil
		}
		if errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.EPERM) {
			break
		}
	}
	return nil, 0, d.bindError(err, id)
}

func (d *Device) bindError(err error, id int) error {
	var known *Error
	if errors.As(err, &known) {
		return err
	}
	e := &Error{Cause: "bind AF_XDP socket", Err: err}
	switch {
	case errors.Is(err, syscall.EBUSY):
		e.Cause = "already taken by another AF_XDP socket"
		e.Remedy = "stop the process that has it, or use another queue"
	case errors.Is(err, syscall.EINVAL):
		if missing := d.noQueue(id); missing != nil {
			return missing
		}
	case errors.Is(err, syscall.EOPNOTSUPP):
		e.Cause, e.Remedy = "the driver has no zero-copy", "use mode copy or auto"
	case errors.Is(err, syscall.ENETDOWN):
		e.Cause, e.Remedy = "the interface is down", "ip link set "+d.cfg.Interface+" up"
	}
	return e
}

// noQueue returns an error that says how many queues there are, and nil if id is one of them.
func (d *Device) noQueue(id int) error {
	n, err := activeQueues(d.cfg.Interface)
	if err != nil {
		n = d.maxQueues // a driver that cannot tell uses all it has
	}
	if id < n {
		return nil
	}
	return &Error{
		Cause:  fmt.Sprintf("no such queue: the interface has %d, counted from 0", n),
		Remedy: "use a smaller number, or give it more: ethtool -L " + d.cfg.Interface,
		Err:    syscall.EINVAL,
	}
}
