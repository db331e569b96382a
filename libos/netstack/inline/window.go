package inline

import (
	"gvisor.dev/gvisor/pkg/tcpip/seqnum"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

// keepWindow has a received segment that may be older than another offer the window that is known. gVisor believes each one
// (it has no SND.WL1 and SND.WL2, RFC 9293 section 3.10.7.4). An old window that is smaller than a segment, and that nothing
// corrects, would be the end of a connection with a loss: the retransmission timer finds nothing that it may send, and is not
// set again.
func keepWindow(e *tcp.Endpoint, g segment) {
	s := senderOf(e)
	offered := *g.window() << s.SndWndScale
	*g.window() = s.window(offered, *g.sequence(), *g.acked(), receiverOf(e).RcvNxt) >> s.SndWndScale
}

// unblock sends what the window takes of the first segment, if that is more than it takes and nothing will happen by itself:
// gVisor sends none of it, and sets no timer.
func (s sender) unblock() {
	g := s.head()
	if s.timerSet() || s.SndWnd == 0 || g.p == nil || g.count() == 0 {
		return
	}
	if g.size() > int(s.SndWnd) {
		s.split(g, int(s.SndWnd))
	}
	s.retransmit(g)
	s.restartTimer()
}

// narrow reports whether the window may come to need unblock.
func (s sender) narrow() bool { return s.SndWnd < seqnum.Size(s.MaxPayloadSize) }

// window returns the window to believe after a segment that offers one, where next is what was expected: that one, if the
// segment acknowledges more, or as much and brings what is new, or offers more, or nothing. These are the rules of Linux
// (tcp_ack and tcp_may_update_window, net/ipv4/tcp_input.c), but for SND.WL1, which next stands for.
func (s sender) window(offered seqnum.Size, sequence, acked, next seqnum.Value) seqnum.Size {
	switch {
	case s.SndUna.LessThan(acked):
		return offered
	case acked == s.SndUna && (next.LessThan(sequence) || next == sequence && offered > s.SndWnd || offered == 0):
		return offered
	}
	return s.SndWnd
}
