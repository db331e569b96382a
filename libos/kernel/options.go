package kernel

import (
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/libos"
)

// keepAliveProbes is how many unanswered probes end a connection: libos.OptKeepAlive.
const keepAliveProbes = 9

// maxKeepAlive is MAX_TCP_KEEPIDLE in include/net/tcp.h, in seconds.
const maxKeepAlive = 32767

// SetOption sets an option. Connections inherit the options of their listener. Errors: ENOPROTOOPT for an unknown option
// and for a stream's on a datagram socket; EINVAL for a value out of range and after a connect that failed. The kernel
// clamps buffer sizes to net.core.wmem_max and rmem_max, and keeps book of twice the size (socket(7)).
func (s *socket) SetOption(opt libos.Option, value int) error {
	stream := opt == libos.OptNoDelay || opt == libos.OptKeepAlive || opt == libos.OptLinger
	switch {
	case !stream && opt != libos.OptSendBuffer && opt != libos.OptReceiveBuffer, stream && s.dgram:
		return syscall.ENOPROTOOPT
	case s.fd < 0:
		return syscall.EINVAL
	}
	switch opt {
	case libos.OptNoDelay:
		if value != 0 && value != 1 {
			return syscall.EINVAL
		}
		return unix.SetsockoptInt(s.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, value)
	case libos.OptKeepAlive:
		return s.setKeepAlive(value)
	case libos.OptLinger:
		if value != 0 && value != -1 {
			return syscall.EINVAL
		}
		return s.setAbort(value == 0)
	}
	if value < 1 {
		return syscall.EINVAL
	}
	value = min(value, 1<<30) // twice as much must fit the kernel's int
	if opt == libos.OptSendBuffer {
		return unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_SNDBUF, value)
	}
	return unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, value)
}

func (s *socket) setKeepAlive(idle int) error {
	if idle < 0 || idle > maxKeepAlive {
		return syscall.EINVAL
	}
	if idle == 0 {
		return unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 0)
	}
	for _, o := range [...]struct{ name, value int }{
		{unix.TCP_KEEPIDLE, idle}, {unix.TCP_KEEPINTVL, max(1, idle/10)}, {unix.TCP_KEEPCNT, keepAliveProbes},
	} {
		if err := unix.SetsockoptInt(s.fd, unix.IPPROTO_TCP, o.name, o.value); err != nil {
			return err
		}
	}
	return unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
}

// setAbort makes close(2) discard what is unsent and send RST, or not.
func (s *socket) setAbort(on bool) error {
	l := unix.Linger{}
	if on {
		l.Onoff = 1
	}
	if err := unix.SetsockoptLinger(s.fd, unix.SOL_SOCKET, unix.SO_LINGER, &l); err != nil {
		return err
	}
	s.abort = on
	return nil
}
