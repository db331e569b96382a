package inline

import (
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/seqnum"
)

// advance takes note of a first segment that has been acknowledged.
func (f *flight) advance(s sender, now tcpip.MonotonicTime) {
	if f.frontCount > 0 && f.frontEnd.LessThanEq(s.SndUna) {
		f.delivered(f.front, f.frontEnd, f.frontCount, now)
	}
	if f.fack.LessThan(s.SndUna) {
		f.fack = s.SndUna
	}
}

// delivered is step 1 and 2 of RFC 8985 section 6.2.
func (f *flight) delivered(sent tcpip.MonotonicTime, end seqnum.Value, count uint32, now tcpip.MonotonicTime) {
	rtt := now.Sub(sent)
	if count > 1 && rtt < f.minRTT {
		return // what arrived was sent earlier
	}
	if f.minRTT == 0 || rtt < f.minRTT {
		f.minRTT = rtt
	}
	if f.sent.Before(sent) || f.sent == sent && f.end.LessThan(end) {
		f.sent, f.end, f.rtt = sent, end, rtt
	}
}

// repair sends again what is lost, and then what else the congestion window allows. It returns how long to wait until
// something else that was overtaken is lost; 0: nothing was.
func (f *flight) repair(s sender, now tcpip.MonotonicTime) time.Duration {
	f.arrived(s, now)
	window := f.reorderWindow(s)
	lost, outstanding, wait := 0, 0, time.Duration(0)
	for g := s.head(); g.p != nil && g != s.next() && g.count() > 0; g = g.next() {
		if *g.seen() {
			continue
		}
		n := packets(g.size(), s.MaxPayloadSize)
		outstanding += n
		left := f.left(g, now, window)
		switch {
		case left == notOvertaken:
		case left <= 0:
			lost += n
		case wait == 0 || left < wait:
			wait = left
		}
	}
	s.Outstanding = outstanding
	if lost == 0 {
		s.sendData() // limited transmit (RFC 3042)
		return wait
	}
	if !s.FastRecovery.Active && s.recovery() != tcpip.RTORecovery {
		s.lossDetected()
		s.enterRecovery()
	}
	s.Outstanding = outstanding - lost
	s.RTTMeasureSeqNum = s.SndNxt // Karn's algorithm
	for g := s.head(); g.p != nil && g != s.next() && g.count() > 0 && s.Outstanding < s.SndCwnd; g = g.next() {
		if *g.seen() || f.left(g, now, window) > 0 {
			continue
		}
		s.cut(g)
		if !s.resend(g) {
			return minProbe // later
		}
		s.Outstanding += packets(g.size(), s.MaxPayloadSize)
		if g == s.head() {
			s.restartTimer() // as Linux does: the recovery goes on
		}
		if end := g.end() - 1; s.FastRecovery.HighRxt.LessThan(end) {
			s.FastRecovery.HighRxt = end
		}
		f.q.stats.Resent++
	}
	if s.Outstanding < s.SndCwnd {
		s.sendData()
	}
	return wait
}

// arrived marks the segments that have been acknowledged selectively. After a retransmission timeout none is (RFC 6675
// section 5.1).
func (f *flight) arrived(s sender, now tcpip.MonotonicTime) {
	if s.board.Empty() && f.marks == 0 {
		return
	}
	top, fack, marks := s.board.MaxSACKED(), f.fack, 0
	for g := s.head(); g.p != nil && g.count() > 0 && (*g.sequence()).LessThanEq(top); g = g.next() {
		s.cut(g)
		end, seen := g.end(), g.seen()
		sacked := s.board.IsSACKED(header.SACKBlock{Start: *g.sequence(), End: end})
		if sacked {
			marks++
		}
		if sacked && !*seen {
			f.delivered(g.sent(), end, g.count(), now)
			switch {
			case fack.LessThan(end):
				f.fack = end
			case g.count() == 1:
				f.reordered = true
			}
		}
		*seen = sacked
	}
	f.marks = marks
}

// follow keeps the point where the last recovery ended (RFC 6582 section 3.2) in the past half of the sequence space. gVisor
// leaves it where it was: 2 GiB later it takes it for the future, begins no recovery (sender.detectLoss), and does not find
// that what looked like a loss was none, so that Send would do nothing for the next 2 GiB.
func (s sender) follow() {
	const far = 1 << 30 // more than any window
	if s.recovery() == tcpip.Open && s.FastRecovery.Last.Size(s.SndUna) > far {
		s.FastRecovery.Last = s.SndUna - far
	}
}

// reorderWindow is how long a segment may take longer than one that was sent later (RFC 8985 section 6.2 step 4).
func (f *flight) reorderWindow(s sender) time.Duration {
	if !f.reordered && (s.FastRecovery.Active || s.recovery() == tcpip.RTORecovery || f.marks >= 3) {
		return 0
	}
	return f.minRTT / 4
}

const notOvertaken = time.Duration(1<<63 - 1)

// left is how long from now on g is not lost yet.
func (f *flight) left(g segment, now tcpip.MonotonicTime, window time.Duration) time.Duration {
	sent := g.sent()
	if f.sent == (tcpip.MonotonicTime{}) || !sent.Before(f.sent) && !(sent == f.sent && g.end().LessThan(f.end)) {
		return notOvertaken
	}
	return sent.Add(f.rtt + window).Sub(now)
}

// little reports whether no more is on the way than what the peer may acknowledge late, long after a probe: what fits into
// one segment.
func (s sender) little() bool {
	return s.SndUna.Size(s.SndNxt) <= seqnum.Size(s.MaxPayloadSize) && s.board.Empty()
}

// minCut bounds the memory that segments take beside their data: a peer, or who pretends to be a router, can have packets
// with as little as a byte of data. It is the MSS of a peer that names none (RFC 9293 section 3.7.1).
const minCut = 536

// cut makes a segment of one packet of g, or of several very small ones, and another of what follows.
func (s sender) cut(g segment) {
	size := s.MaxPayloadSize * packets(minCut, s.MaxPayloadSize)
	if g.size() > size {
		s.split(g, size)
	}
}

// packets is how many packets n bytes are.
func packets(n, size int) int { return max(1, (n+size-1)/size) }
