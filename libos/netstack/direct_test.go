package netstack_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip/header"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/link"
)

// A recorder keeps the frames that a device sends.
type recorder struct {
	link.Device
	q recorderQueue
}

type recorderQueue struct {
	link.Queue
	sent [][]byte
}

func (d *recorder) Queue(i int) link.Queue {
	d.q.Queue = d.Device.Queue(i)
	return &d.q
}

func (q *recorderQueue) TxBurst(f []link.Frame) (int, error) {
	n, err := q.Queue.TxBurst(f)
	for _, x := range f[:n] {
		q.sent = append(q.sent, bytes.Clone(x.Data[:len(x.Data):len(x.Data)]))
	}
	return n, err
}

// TestDirectHeaders: a segment that goes past the stack's lower layers has the headers that these would write.
func TestDirectHeaders(t *testing.T) {
	for _, v6 := range []bool{false, true} {
		t.Run(fmt.Sprint("v6=", v6), func(t *testing.T) {
			rec := &recorder{}
			w := newWorld(t, worldOptions{wrap: func(_ func() time.Time, side int, d link.Device) link.Device {
				if side == 0 {
					rec.Device = d
					return rec
				}
				return d
			}})
			a, b := w.connect(v6)
			msg := libos.Bytes(random(1, 333))
			w.echo(a, b, msg)
			one := func(keepAlive int, direct uint64) header.TCP {
				w.must(w.a.rt.SetOption(a, libos.OptKeepAlive, keepAlive)) // gVisor sends where there is a timer to stop
				rec.q.sent = nil
				before := w.a.engine.Stats().Inline.Sent
				w.echo(a, b, msg)
				if n := w.a.engine.Stats().Inline.Sent - before; n != direct {
					t.Fatalf("%d segments were sent past the stack, want %d", n, direct)
				}
				return rec.q.sent[0]
			}
			ours, theirs := blank(one(0, 1), v6), blank(one(60, 0), v6)
			if !bytes.Equal(ours, theirs) {
				t.Errorf("sent %x\nwant %x", ours, theirs)
			}
		})
	}
}

// blank removes from a frame what differs from one segment to the next. That checksums are right the receiver has verified.
func blank(b []byte, v6 bool) []byte {
	network := header.IPv4MinimumSize
	if v6 {
		network = header.IPv6MinimumSize
	} else {
		header.IPv4(b[header.EthernetMinimumSize:]).SetChecksum(0)
	}
	h := header.TCP(b[header.EthernetMinimumSize+network:])
	h.SetSequenceNumber(0)
	h.SetAckNumber(0)
	h.SetChecksum(0)
	clear(h[header.TCPMinimumSize+4 : header.TCPMinimumSize+12]) // timestamps
	return b
}

// TestDirectPath: requests and replies take the short way in both directions, and so do plain acknowledgments.
func TestDirectPath(t *testing.T) {
	w := newWorld(t, worldOptions{})
	a, b := w.connect(false)
	msg := libos.Bytes(random(1, 64))
	const n = 100
	for range n {
		w.echo(a, b, msg)
	}
	for _, h := range []*host{w.a, w.b} {
		if s := h.engine.Stats().Inline; s.Sent < n || s.Direct < n {
			t.Errorf("of %d segments each way, %d were sent and %d received the short way", n, s.Sent, s.Direct)
		}
	}
}
