package inline

import (
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/seqnum"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

// minProbe is the least time without an acknowledgment before the last segment is sent again (RFC 8985 section 7.2: a
// minimum that suits the clock). gVisor rounds the round-trip time up to a millisecond, so this is twice the least.
const minProbe = 2 * time.Millisecond

// maxProbes is how many probes precede a retransmission timeout, each after twice the time. RFC 8985 has one; the least
// timeout, which other stacks' delayed acknowledgments dictate (Config.MinRTO), leaves room for more.
const maxProbes = 3

// forget is how long it takes at most until a flight finds that it is not needed any more.
const forget = time.Second

// A flight watches what a connection has sent and its peer has not acknowledged. It finds losses by time, as RACK-TLP does
// (RFC 8985), where gVisor's own recovery (RFC 6675) counts segments: that does not see that a retransmission was lost too,
// nor a loss with fewer than three segments behind it, and both would wait for the retransmission timer.
//
// gVisor's recovery runs first, for each segment. Then look, for all that arrived in a round. Congestion control, the window
// of a recovery and the retransmission timer stay gVisor's.
type flight struct {
	q     *Queue
	e     *tcp.Endpoint
	timer tcpip.Timer
	due   tcpip.MonotonicTime // of timer; zero: it is not set

	una, nxt seqnum.Value        // of the sender when it was looked at last
	sacked   seqnum.Size         // bytes acknowledged selectively then
	at       tcpip.MonotonicTime // when one of these changed
	probes   int                 // sent since then
	marks    int                 // segments marked as seen
	gaps     bool                // there were holes

	// The first segment when it was looked at last.
	front      tcpip.MonotonicTime
	frontEnd   seqnum.Value
	frontCount uint32

	// What was sent last of all that was delivered (RACK.xmit_ts, RACK.end_seq), and the round trip that it took.
	sent        tcpip.MonotonicTime
	end         seqnum.Value
	rtt, minRTT time.Duration
	fack        seqnum.Value // the highest sequence number known to have arrived
	reordered   bool         // a segment arrived after one that was sent later
}

// maxSpare is how many flights are kept for the next connections.
const maxSpare = 256

// Sent is to be called after data has been written to a connection.
func (q *Queue) Sent(f *Flow) {
	if f == nil || !f.ep.TryLock() {
		return
	}
	if connected(f.ep) {
		q.watch(f.ep)
	}
	f.ep.ResumeWork()
}

// watch looks after e has processed segments, or has sent some. It is locked.
func (q *Queue) watch(e *tcp.Endpoint) {
	s := senderOf(e)
	if s.p == nil {
		return
	}
	s.follow()
	var f *flight
	if len(q.flights) > 0 {
		f = q.flights[e]
	}
	switch {
	case s.SndUna == s.SndNxt:
		if f != nil {
			f.una, f.nxt, f.sacked, f.marks, f.gaps, f.frontCount = s.SndUna, s.SndNxt, 0, 0, false, 0
		}
		return
	case f != nil:
	case (!e.SACKPermitted || s.little()) && !s.narrow():
		return
	default:
		f = q.newFlight(e, s)
	}
	f.look(s, false)
}

func (q *Queue) newFlight(e *tcp.Endpoint, s sender) *flight {
	f := &flight{}
	if n := len(q.spare); n > 0 {
		f = q.spare[n-1]
		q.spare = q.spare[:n-1]
	}
	*f = flight{q: q, e: e, timer: f.timer, una: s.SndUna, nxt: s.SndUna, fack: s.SndUna, at: q.clock.NowMonotonic()}
	q.flights[e] = f
	return f
}

// expired is called by the clock.
func (f *flight) expired() {
	f.due = tcpip.MonotonicTime{}
	if !f.e.TryLock() {
		f.arm(f.q.clock.NowMonotonic().Add(minProbe))
		return
	}
	defer f.e.ResumeWork()
	s := senderOf(f.e)
	if s.SndUna != s.SndNxt && connected(f.e) {
		f.look(s, true)
		s.unblock()
		return
	}
	delete(f.q.flights, f.e)
	f.e = nil
	if len(f.q.spare) < maxSpare {
		f.q.spare = append(f.q.spare, f)
	}
}

// look finds what is lost, sends it again, and sets the timer.
func (f *flight) look(s sender, expired bool) {
	now := f.q.clock.NowMonotonic()
	if !f.e.SACKPermitted {
		f.arm(now.Add(forget)) // all there is to do is unblock
		return
	}
	if sacked := s.board.Sacked(); s.SndUna != f.una || s.SndNxt != f.nxt || sacked != f.sacked {
		f.advance(s, now)
		f.una, f.nxt, f.sacked, f.at, f.probes = s.SndUna, s.SndNxt, sacked, now, 0
	}
	var wait time.Duration
	if gaps := f.sacked > 0 || s.FastRecovery.Active || s.recovery() != tcpip.Open; gaps || f.gaps {
		wait = f.repair(s, now)
		f.gaps = gaps
	}
	if head := s.head(); head.p != nil {
		f.front, f.frontEnd, f.frontCount = head.sent(), head.end(), head.count()
	}
	f.schedule(s, now, wait, expired)
}

// schedule sets the timer to the next time at which something is lost, or a probe is due.
func (f *flight) schedule(s sender, now tcpip.MonotonicTime, wait time.Duration, expired bool) {
	after := s.RTO // before the first round trip
	if srtt := s.RTTState.SRTT; srtt > 0 {
		after = max(minProbe, 2*srtt) << f.probes
	}
	probe := f.at.Add(after)
	switch {
	case wait > 0:
		f.arm(now.Add(wait))
	case f.probes == maxProbes || s.recovery() == tcpip.RTORecovery || s.SndWnd == 0 || s.little():
		f.arm(now.Add(forget)) // the retransmission timer is next
	case now.Before(probe):
		f.arm(now.Add(min(probe.Sub(now), forget)))
	case expired:
		f.probe(s)
		f.schedule(s, now, 0, false)
	default:
		// The timer is about to run, or ran so late that the next probe is due too. A flight is never without.
		f.arm(now.Add(minProbe))
	}
}

// probe sends a segment again to get an acknowledgment, which will say what is missing: the last one (RFC 8985 section 7),
// or the first where a recovery had begun.
func (f *flight) probe(s sender) {
	last := s.head()
	if !s.FastRecovery.Active {
		for g := last; g.p != nil && g != s.next() && g.count() > 0; g = g.next() {
			if n := g.size(); n > s.MaxPayloadSize {
				s.split(g, (n-1)/s.MaxPayloadSize*s.MaxPayloadSize)
			}
			last = g
		}
	}
	s.RTTMeasureSeqNum = s.SndNxt // Karn's algorithm
	f.probes++
	f.q.stats.Probes++
	s.resend(last) // a link without room is a loss, like any other on the way
}

// arm sets the timer, unless it is due before.
func (f *flight) arm(at tcpip.MonotonicTime) {
	if f.due != (tcpip.MonotonicTime{}) && !at.Before(f.due) {
		return
	}
	f.due = at
	d := at.Sub(f.q.clock.NowMonotonic())
	if f.timer == nil {
		f.timer = f.q.clock.AfterFunc(d, f.expired)
	} else {
		f.timer.Reset(d)
	}
}

// connected reports whether e is in a state between the handshake and TIME_WAIT.
func connected(e *tcp.Endpoint) bool {
	switch e.EndpointState() {
	case tcp.StateEstablished, tcp.StateFinWait1, tcp.StateFinWait2, tcp.StateCloseWait, tcp.StateClosing, tcp.StateLastAck:
		return true
	}
	return false
}
