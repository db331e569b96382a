package kernel

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/libos"
)

// Config configures an Engine. The zero value of each field stands for its default.
type Config struct {
	// Events is how many events, and how many sockets with work to do, one Poll takes at most: 1 to 4096, default 256.
	Events int
}

const (
	defaultEvents = 256
	maxEvents     = 4096

	// receiveSize is what one receive asks for. It holds the largest datagram, 65,507 bytes over IPv4 and 65,527 over
	// IPv6, so that none is ever truncated.
	receiveSize = 64 << 10
	// leastReceive is what a stream makes do with when the memory has nothing larger.
	leastReceive = 2 << 10
	// sendSize bounds one send, and with it the time that one call takes.
	sendSize = 256 << 10
	// iovMax is the most that sendmsg takes: UIO_MAXIOV in linux/uio.h.
	iovMax = 1024
)

// An Engine is the libOS over kernel sockets. It implements libos.Network; the owner of its runtime is the only user.
type Engine struct {
	mem   libos.Memory
	ep    int // the epoll instance, -1 when closed
	slots []slot
	free  []uint32

	pending   int // operations in the lists of all sockets
	lingering int // closed sockets that still deliver (close.go)
	run       runList
	hungry    runList // sockets whose pops wait for memory

	moved   bool // since the beginning of this Poll
	starved bool // an Alloc failed in this Poll, or since the last one

	spare libos.Segment // what the next receive goes into; its Handle is zero if there is none
	flat  []byte        // a datagram of more than iovMax segments

	events []unix.EpollEvent
	iov    [iovMax]unix.Iovec
	hdr    unix.Msghdr
	name   sockaddr
	ifreq  ifreq
	zones  map[uint32]string
	stats  Stats
}

var _ libos.Network = (*Engine)(nil)

// A slot gives a socket its name in epoll events: slot and generation, so that an event for a closed socket does not reach
// the next one.
type slot struct {
	s   *socket
	gen uint32
}

// Open makes an engine whose pops take memory from mem, which stays the caller's. Errors: EINVAL for a Config out of
// range; EMFILE, ENFILE or ENOMEM for the epoll instance.
func Open(mem libos.Memory, cfg Config) (*Engine, error) {
	if cfg.Events == 0 {
		cfg.Events = defaultEvents
	}
	if mem == nil || cfg.Events < 1 || cfg.Events > maxEvents {
		return nil, fmt.Errorf("open kernel sockets: memory %v, events %d: %w", mem != nil, cfg.Events, syscall.EINVAL)
	}
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("open kernel sockets: epoll_create1: %w", err)
	}
	return &Engine{mem: mem, ep: ep, events: make([]unix.EpollEvent, cfg.Events), zones: make(map[uint32]string)}, nil
}

// Socket makes an unbound socket. Errors: ENOTSUP for anything but AF_INET, AF_INET6, SOCK_STREAM and SOCK_DGRAM; EMFILE
// and ENFILE; EAFNOSUPPORT where the kernel has no IPv6; EBADF when the engine is closed.
func (e *Engine) Socket(domain, typ int) (libos.Socket, error) {
	if e.ep < 0 {
		return nil, syscall.EBADF
	}
	if domain != unix.AF_INET && domain != unix.AF_INET6 || typ != unix.SOCK_STREAM && typ != unix.SOCK_DGRAM {
		return nil, syscall.ENOTSUP
	}
	fd, err := unix.Socket(domain, typ|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	s := e.newSocket(fd, domain, typ)
	if err := s.setup(); err != nil {
		return nil, errors.Join(err, s.closeFD())
	}
	return s, nil
}

func (e *Engine) newSocket(fd, domain, typ int) *socket {
	s := &socket{e: e, fd: fd, domain: domain, dgram: typ == unix.SOCK_DGRAM}
	if n := len(e.free); n > 0 {
		s.slot = e.free[n-1]
		e.free = e.free[:n-1]
	} else {
		s.slot = uint32(len(e.slots))
		e.slots = append(e.slots, slot{})
	}
	e.slots[s.slot].s = s
	return s
}

// setup gives a new socket the options that all have. Connections inherit those of their listener (sk_clone_lock in
// net/core/sock.c).
func (s *socket) setup() error {
	if s.domain == unix.AF_INET6 {
		if err := unix.SetsockoptInt(s.fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1); err != nil {
			return err
		}
	}
	if s.dgram {
		return s.register()
	}
	// Urgent data stays in the stream: RFC 6093 section 6.
	if err := unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_OOBINLINE, 1); err != nil {
		return err
	}
	return unix.SetsockoptInt(s.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
}

// register makes the socket known to epoll, once. A stream is registered when it begins to listen or to connect, since
// the kernel reports an unconnected one as hung up.
func (s *socket) register() error {
	if s.registered {
		return nil
	}
	ev := unix.EpollEvent{
		Events: unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLPRI | unix.EPOLLET,
		Fd:     int32(s.slot),
		Pad:    int32(s.e.slots[s.slot].gen),
	}
	if err := unix.EpollCtl(s.e.ep, unix.EPOLL_CTL_ADD, s.fd, &ev); err != nil {
		return err
	}
	s.registered = true
	return nil
}

// closeFD gives the descriptor and the slot back. Closing takes the descriptor out of epoll.
func (s *socket) closeFD() error {
	if s.fd < 0 {
		return nil
	}
	sl := &s.e.slots[s.slot]
	sl.s = nil
	sl.gen++
	s.e.free = append(s.e.free, s.slot)
	if s.lingering {
		s.lingering = false
		s.e.lingering--
	}
	fd := s.fd
	s.fd = -1
	return unix.Close(fd)
}

// Close ends all connections at once, also those that still deliver what was pushed before their sockets were closed, and
// releases the descriptors and the cached memory. Operations that are pending complete with ECANCELED. It is idempotent.
func (e *Engine) Close() error {
	if e.ep < 0 {
		return nil
	}
	var errs []error
	for i := range e.slots {
		if s := e.slots[i].s; s != nil {
			s.failAll()
			s.state = libos.SockFailed
			if s.lingering {
				s.settled() // what is unread would make the kernel send RST
			}
			errs = append(errs, s.closeFD())
		}
	}
	if e.spare.Handle != 0 {
		errs = append(errs, e.mem.Release(e.spare.Handle))
	}
	errs = append(errs, unix.Close(e.ep))
	e.ep = -1
	e.spare, e.run, e.hungry = libos.Segment{}, runList{}, runList{}
	return errors.Join(errs...)
}
