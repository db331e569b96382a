package netstack_test

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"github.com/catamaran-os/catamaran/libos"
)

// TestOwnAddress connects a stack to itself: segments arrive while the service is inside a call, and wait for the next round.
func TestOwnAddress(t *testing.T) {
	w := newWorld(t, worldOptions{})
	out, in := w.join(w.a, w.a, addrA)
	f := &flow{w: w, from: w.a, to: w.a, out: out, in: in, data: random(1, 3<<20), closes: true}
	w.run(f)
	if pop, err := w.a.rt.Pop(in); err != nil || w.done(w.a, pop, nil).N != 0 {
		t.Errorf("after the end of the stream: %v", err)
	}
	qt, err := w.a.rt.CloseQueue(in)
	w.done(w.a, qt, err)
	if s := w.a.engine.Stats().Inline; s.Segments == 0 || s.Strays != 0 {
		t.Errorf("%+v", s)
	}
}

// TestRepliesAcknowledge: with requests that are answered in the service's turn no acknowledgment travels alone.
func TestRepliesAcknowledge(t *testing.T) {
	w := newWorld(t, worldOptions{})
	a, b := w.connect(false)
	msg := libos.Bytes(bytes.Repeat([]byte{7}, 64))
	for range 10 { // the handshake is over
		w.echo(a, b, msg)
	}
	const n = 1000
	before := w.sent()
	for range n {
		w.echo(a, b, msg)
	}
	// Each echo is a request and a reply; the last may be acknowledged by itself.
	if sent := w.sent() - before; sent > 2*n+10 {
		t.Errorf("%d echoes took %d frames, want two each", n, sent)
	}
	if s := w.a.engine.Stats().Inline; s.AcksSaved < n-10 {
		t.Errorf("%d of %d acknowledgments were saved", s.AcksSaved, n)
	}
}

// TestSlowTurn: a service that takes a few results in each turn still answers before its peers get acknowledgments.
func TestSlowTurn(t *testing.T) {
	w := newWorld(t, worldOptions{})
	const n = 32
	var clients [n]libos.QD
	for i := range clients {
		a, b := w.connect(false)
		clients[i] = a
		w.echo(a, b, libos.Bytes([]byte("the handshake is over")))
		_, err := w.b.rt.Pop(b)
		w.must(err)
	}
	before := w.b.engine.Stats().Endpoint.TxFrames
	for _, a := range clients {
		push, err := w.a.rt.Push(a, libos.Bytes([]byte("request")))
		w.done(w.a, push, err)
	}
	var res [3]libos.QResult
	for answered := 0; answered < n; {
		k, err := w.b.rt.WaitNext(res[:], 0)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			w.poll()
			continue
		}
		w.must(err)
		for _, r := range res[:k] {
			w.must(r.Err)
			if r.Opcode == libos.OpPop {
				_, err := w.b.rt.Push(r.QD, r.SGA)
				w.must(err)
				answered++
			}
			w.must(w.b.rt.Free(r.SGA))
		}
	}
	w.poll()
	if sent := w.b.engine.Stats().Endpoint.TxFrames - before; sent > n+2 {
		t.Errorf("%d requests took %d frames from the server", n, sent)
	}
}
