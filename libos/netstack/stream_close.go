package netstack

import (
	"syscall"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"

	"github.com/catamaran-os/catamaran/libos"
)

// Close implements libos.Queue. A connection is first shut for sending only, and kept until the peer has acknowledged
// that: closing an endpoint that has unread data would make the stack reset the connection (RFC 9293 section 3.10.4),
// and data of completed pushes would be lost with it.
//
// A push that has got only part of its data into the send buffer is cut short, and not waited for: the close completes
// when the peer has everything before it, and the stack has orphanTime to get rid of the rest and of FIN.
func (s *stream) Close(op *libos.Op) error {
	s.e.called()
	if push := s.pushes.Front(); push != nil {
		s.torn = push.Off
	}
	libos.FailAll(syscall.ECANCELED, &s.accepts, &s.connects, &s.pushes, &s.pops)
	if s.state != libos.SockConnected || s.lingerZero() {
		// Resets what waits to be accepted, gives up a handshake, or resets the connection if it shall not linger.
		s.finish()
		op.Complete()
		return nil
	}
	s.closing = true
	s.closes.PushBack(op)
	switch {
	case s.torn > 0:
		// The stack does not tell how much it holds, but whether that is less than the size of the send buffer. The
		// first call turns the tuning of that size off, the second sets it without regard to limits.
		so := s.ep.SocketOptions()
		so.SetSendBufferSize(so.GetSendBufferSize(), true)
		so.SetSendBufferSize(int64(s.torn)+1, false)
	case !s.finned:
		s.fin()
	}
	if s.checkClosed(); !s.gone {
		s.e.lingered = append(s.e.lingered, s)
		s.nudge()
	}
	return nil
}

func (s *stream) lingerZero() bool {
	l := s.ep.SocketOptions().GetLinger()
	return l.Enabled && l.Timeout == 0
}

// nudge lets the stack probe the peer once all is acknowledged. It takes the step that follows an acknowledgment of FIN
// only with a segment that is in sequence (receiver.consumeSegment): if that was overtaken by another, the connection
// would stay in FIN_WAIT_1, CLOSING or LAST_ACK for ever, with no timer left. The answer to a probe is in sequence.
//
// The stack sends these probes also while the peer's window is shut, and would give up a peer with data still to come
// that does not answer nudgeProbes of them. So they last about as long as the retransmissions of a segment.
func (s *stream) nudge() {
	idle, interval := tcpip.KeepaliveIdleOption(nudgeAfter), tcpip.KeepaliveIntervalOption(time.Second)
	// Neither can fail: the durations are in range.
	_ = s.ep.SetSockOpt(&idle)
	_ = s.ep.SetSockOpt(&interval)
	_ = s.ep.SetSockOptInt(tcpip.KeepaliveCountOption, nudgeProbes)
	s.ep.SocketOptions().SetKeepAlive(true)
}

const (
	nudgeAfter  = 250 * time.Millisecond
	nudgeProbes = 600 // a second apart
)

// delivered reports whether the peer has acknowledged our FIN, or never will because the connection is dead.
func (s *stream) delivered() bool {
	switch tcp.EndpointState(s.ep.State()) {
	case tcp.StateFinWait2, tcp.StateTimeWait, tcp.StateClose, tcp.StateError:
		return true
	}
	return false
}

// orphanTime is how long a connection may live on that nobody waits for: as long as Linux gives one in FIN_WAIT_2
// (tcp_fin_timeout, tcp(7)).
const orphanTime = time.Minute

// checkClosed completes a close if it can. What the peer sends is discarded, and once the endpoint is closed reset.
func (s *stream) checkClosed() (progress bool) {
	s.discard()
	switch op := s.closes.Front(); {
	case s.delivered():
		s.discard()
		s.finish()
		if op != nil {
			op.Complete()
		}
		return true
	case s.torn > 0 && !s.finned:
		if s.ep.Readiness(waiter.WritableEvents)&waiter.WritableEvents == 0 {
			return false
		}
		s.fin()
		s.orphaned = s.e.clock.Now()
		op.Complete()
		return true
	case op == nil && s.e.clock.Now().Sub(s.orphaned) >= orphanTime:
		s.ep.Abort()
		s.finish()
		return true
	}
	return false
}

// finish closes the endpoint. In FIN_WAIT_2 and TIME_WAIT the stack goes on by itself until its timers end that.
func (s *stream) finish() {
	if s.closing {
		s.ep.SocketOptions().SetKeepAlive(false)
	}
	if s.e.tcp != nil {
		s.e.tcp.Forget(s.flow)
		s.flow = nil
	}
	s.detach()
	s.unbind()
}

// abort implements implementation.
func (s *stream) abort() {
	libos.FailAll(syscall.ECANCELED, &s.accepts, &s.connects, &s.pushes, &s.pops, &s.closes)
	s.ep.Abort()
	s.finish()
}

// SetOption implements libos.Socket.
func (s *stream) SetOption(opt libos.Option, value int) error {
	s.e.called()
	so := s.ep.SocketOptions()
	switch opt {
	case libos.OptNoDelay:
		if value != 0 && value != 1 {
			return syscall.EINVAL
		}
		so.SetDelayOption(value == 0)
	case libos.OptKeepAlive:
		return s.keepAlive(value)
	case libos.OptLinger:
		if value != 0 && value != -1 {
			return syscall.EINVAL
		}
		so.SetLinger(tcpip.LingerOption{Enabled: value == 0})
	case libos.OptSendBuffer, libos.OptReceiveBuffer:
		return s.setBuffer(opt, value)
	default:
		return syscall.ENOPROTOOPT
	}
	return nil
}

const keepAliveProbes = 9

func (s *stream) keepAlive(seconds int) error {
	const most = 1<<15 - 1 // as in Linux (MAX_TCP_KEEPIDLE, include/net/tcp.h)
	if seconds < 0 || seconds > most {
		return syscall.EINVAL
	}
	if seconds > 0 {
		idle := tcpip.KeepaliveIdleOption(time.Duration(seconds) * time.Second)
		interval := tcpip.KeepaliveIntervalOption(max(time.Duration(idle)/10, time.Second))
		for _, o := range []tcpip.SettableSocketOption{&idle, &interval} {
			if err := s.ep.SetSockOpt(o); err != nil {
				return failure(err)
			}
		}
		if err := s.ep.SetSockOptInt(tcpip.KeepaliveCountOption, keepAliveProbes); err != nil {
			return failure(err)
		}
	}
	s.ep.SocketOptions().SetKeepAlive(seconds > 0)
	return nil
}
