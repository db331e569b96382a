package inline

import (
	"reflect"
	"time"
	"unsafe"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/seqnum"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

// Of the sending side of a connection (pkg/tcpip/transport/tcp/snd.go). The endpoint is locked.

//go:linkname senderSplitSeg gvisor.dev/gvisor/pkg/tcpip/transport/tcp.(*sender).splitSeg
func senderSplitSeg(s, segment unsafe.Pointer, size int)

//go:linkname senderSendSegment gvisor.dev/gvisor/pkg/tcpip/transport/tcp.(*sender).sendSegment
func senderSendSegment(s, segment unsafe.Pointer) tcpip.Error

//go:linkname senderSendData gvisor.dev/gvisor/pkg/tcpip/transport/tcp.(*sender).sendData
func senderSendData(s unsafe.Pointer)

//go:linkname senderEnterRecovery gvisor.dev/gvisor/pkg/tcpip/transport/tcp.(*sender).enterRecovery
func senderEnterRecovery(s unsafe.Pointer)

//go:linkname timerEnable gvisor.dev/gvisor/pkg/tcpip/transport/tcp.(*timer).enable
func timerEnable(timer unsafe.Pointer, d time.Duration)

//go:linkname timerEnabled gvisor.dev/gvisor/pkg/tcpip/transport/tcp.(*timer).enabled
func timerEnabled(timer unsafe.Pointer) bool

type senderOffsets struct {
	sender, scoreboard                                uintptr // of tcp.Endpoint
	state, congestion, next, head, recovery, timer    uintptr // of tcp.sender
	link, sequence, sent, count, acked, flags, buffer uintptr // of tcp.segment
	control                                           reflect.Type
}

func (f *finder) sender(endpoint reflect.Type) (o senderOffsets) {
	o.sender = f.find(endpoint, "snd", "*tcp.sender")
	o.scoreboard = f.find(endpoint, "scoreboard", "*tcp.SACKScoreboard")
	sender := f.typ(endpoint, "snd")
	o.state = f.find(sender, "TCPSenderState", "tcp.TCPSenderState")
	o.congestion = f.find(sender, "cc", "tcp.congestionControl")
	o.recovery = f.find(sender, "state", "tcpip.CongestionControlState")
	o.timer = f.find(sender, "resendTimer", "tcp.timer")
	o.next = f.find(sender, "writeNext", "*tcp.segment")
	o.control = f.typ(sender, "cc")
	protected := f.typ(sender, "writeList")
	list := f.typ(protected, "writeList")
	o.head = f.find(sender, "writeList", "tcp.protectedWriteList") + f.find(protected, "writeList", "tcp.segmentList") +
		f.find(list, "head", "*tcp.segment")
	segment := f.typ(sender, "writeNext")
	entry := f.typ(segment, "segmentEntry")
	o.link = f.find(segment, "segmentEntry", "tcp.segmentEntry") + f.find(entry, "next", "*tcp.segment")
	o.sequence = f.find(segment, "sequenceNumber", "seqnum.Value")
	o.sent = f.find(segment, "xmitTime", "tcpip.MonotonicTime")
	o.count = f.find(segment, "xmitCount", "uint32")
	o.acked = f.find(segment, "acked", "bool")
	o.flags = f.find(segment, "flags", "header.TCPFlags")
	o.buffer = f.find(segment, "pkt", "*stack.PacketBuffer")
	return o
}

// A sender is the sending side of a connection.
type sender struct {
	*tcp.TCPSenderState
	board *tcp.SACKScoreboard
	p     unsafe.Pointer
}

func senderOf(e *tcp.Endpoint) sender {
	p := *(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(e), offsets.sender))
	if p == nil {
		return sender{}
	}
	return sender{
		(*tcp.TCPSenderState)(unsafe.Add(p, offsets.state)),
		*(**tcp.SACKScoreboard)(unsafe.Add(unsafe.Pointer(e), offsets.scoreboard)),
		p,
	}
}

// head is the first segment that is not acknowledged, or not sent.
func (s sender) head() segment { return segment{*(*unsafe.Pointer)(unsafe.Add(s.p, offsets.head))} }

// next is the first segment that is to be sent: after a retransmission timeout, for another time.
func (s sender) next() segment { return segment{*(*unsafe.Pointer)(unsafe.Add(s.p, offsets.next))} }

func (s sender) recovery() tcpip.CongestionControlState {
	return *(*tcpip.CongestionControlState)(unsafe.Add(s.p, offsets.recovery))
}

// lossDetected tells the congestion control.
func (s sender) lossDetected() {
	c := reflect.NewAt(offsets.control, unsafe.Add(s.p, offsets.congestion)).Elem().Interface()
	c.(interface{ HandleLossDetected() }).HandleLossDetected()
}

// timerSet reports whether the retransmission timer is running.
func (s sender) timerSet() bool { return timerEnabled(unsafe.Add(s.p, offsets.timer)) }

// restartTimer restarts the retransmission timer.
func (s sender) restartTimer() { timerEnable(unsafe.Add(s.p, offsets.timer), s.RTO) }

func (s sender) enterRecovery()            { senderEnterRecovery(s.p) }
func (s sender) split(g segment, size int) { senderSplitSeg(s.p, g.p, size) }
func (s sender) sendData()                 { senderSendData(s.p) }

// resend sends a segment again. It reports false if the link had no room. Only the first of these counts as a transmission:
// gVisor gives a connection up after so many timeouts (sender.maxRetries), and looks at the count of the first segment.
func (s sender) resend(g segment) bool {
	before := g.count()
	ok := s.retransmit(g)
	*(*uint32)(unsafe.Add(g.p, offsets.count)) = max(2, before)
	return ok
}

// retransmit is resend, but counts.
func (s sender) retransmit(g segment) bool { return senderSendSegment(s.p, g.p) == nil }

// A segment is one of a sender's list.
type segment struct{ p unsafe.Pointer }

func (g segment) next() segment { return segment{*(*unsafe.Pointer)(unsafe.Add(g.p, offsets.link))} }

func (g segment) sequence() *seqnum.Value { return (*seqnum.Value)(unsafe.Add(g.p, offsets.sequence)) }

// sent is when it was sent last.
func (g segment) sent() tcpip.MonotonicTime {
	return *(*tcpip.MonotonicTime)(unsafe.Add(g.p, offsets.sent))
}

// count is how many times it has been sent.
func (g segment) count() uint32 { return *(*uint32)(unsafe.Add(g.p, offsets.count)) }

// seen is a mark that gVisor's RACK would use.
func (g segment) seen() *bool { return (*bool)(unsafe.Add(g.p, offsets.acked)) }

// size is that of the data.
func (g segment) size() int {
	return (*(**stack.PacketBuffer)(unsafe.Add(g.p, offsets.buffer))).Data().Size()
}

// end is the sequence number after the segment.
func (g segment) end() seqnum.Value {
	n := seqnum.Size(g.size())
	if (*(*header.TCPFlags)(unsafe.Add(g.p, offsets.flags))).Contains(header.TCPFlagFin) {
		n++
	}
	return (*g.sequence()).Add(n)
}
