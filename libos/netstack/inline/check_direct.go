package inline

import (
	"bytes"
	"errors"
	"fmt"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

// direct sends a message from a to b and back with Send, and with Wants and Take.
func (p *pair) direct(a, b tcpip.Endpoint) error {
	message := []byte("straight there and straight back")
	var room [64]byte
	r := &checkReceiver{room: room[:]}
	fa, fb := p.a.q.Learn(a, r), p.b.q.Learn(b, r)
	defer p.a.q.Forget(fa)
	defer p.b.q.Forget(fb)
	for _, way := range []struct {
		from *Flow
		q    *Queue
		to   *Queue
	}{{fa, &p.a.q, &p.b.q}, {fb, &p.b.q, &p.a.q}} {
		var frame []byte
		data := 0
		way.q.Write = func(head, body []byte) bool {
			data = len(head) - header.EthernetMinimumSize
			frame = append(append(frame[:0], head...), body...)
			return true
		}
		ok := way.q.Send(way.from, bytes.NewReader(message))
		way.q.Write = nil
		if !ok {
			return errors.New("a segment was not sent")
		}
		r.got = nil
		packet := frame[header.EthernetMinimumSize:]
		if !way.to.Wants(packet, header.IPv4MinimumSize, data) || !way.to.Take([][]byte{packet[data:]}, len(packet)-data) {
			return errors.New("a segment was not received")
		}
		if !bytes.Equal(r.got, message) {
			return fmt.Errorf("received %q, want %q", r.got, message)
		}
	}
	p.settle() // the second acknowledgment
	for _, ep := range []tcpip.Endpoint{a, b} {
		if s := senderOf(ep.(*tcp.Endpoint)); s.SndUna != s.SndNxt || s.Outstanding != 0 {
			return fmt.Errorf("%d packets are not acknowledged", s.Outstanding)
		}
	}
	return nil
}

type checkReceiver struct {
	room, got []byte
	n         int
}

func (r *checkReceiver) Room(n int) []byte {
	r.n = n
	return r.room[:n]
}

func (r *checkReceiver) Received() { r.got = r.room[:r.n] }
