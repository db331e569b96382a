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
			one := func(noDelay int, direct uint64) header.TCP {
				w.must(w.a.rt.SetOption(a, libos.OptNoDelay, noDelay)) // gVisor sends where Nagle's algorithm may have to wait
				rec.q.sent = nil
				before := w.a.engine.Stats().Inline.Sent
				w.echo(a, b, msg)
				if n := w.a.engine.Stats().Inline.Sent - before; n != direct {
					t.Fatalf("%d segments were sent past the stack, want %d", n, direct)
				}
				return rec.q.sent[0]
			}
			ours, theirs := blank(one(1, 1), v6), blank(one(0, 0), v6)
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

// TestDirectKeepAlive: the short way leaves keepalive probes where they would be: after the time of silence, and not while
// something is not acknowledged.
func TestDirectKeepAlive(t *testing.T) {
	w := newWorld(t, worldOptions{})
	a, b := w.connect(false)
	w.must(w.a.rt.SetOption(a, libos.OptKeepAlive, 10))
	for range 5 {
		w.echo(a, b, libos.Bytes(random(1, 64)))
		w.idle(3 * time.Second)
	}
	if s := w.a.engine.Stats().Inline; s.Sent < 5 || s.Direct < 5 {
		t.Errorf("%d segments were sent and %d received the short way", s.Sent, s.Direct)
	}
	before := w.sent()
	w.idle(5 * time.Second)
	if n := w.sent() - before; n != 0 {
		t.Errorf("%d frames within 8 s of silence", n)
	}
	w.idle(3 * time.Second)
	if n := w.sent() - before; n != 2 { // a probe and its answer
		t.Errorf("%d frames within 11 s of silence, want 2", n)
	}
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
