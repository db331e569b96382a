package libostest

import (
	"syscall"

	"github.com/catamaran-os/catamaran/libos"
)

func remoteCloses() []scenario {
	const needs = needStream | byFamily
	return []scenario{
		{"C.remote.eof", needs, Options{}, remoteEOF},
		{"C.remote.eof.pending", needs, Options{}, remoteEOFPending},
		{"C.remote.data", needs, Options{}, remoteData},
		{"C.remote.push", needs, Options{}, remotePush},
		{"C.reset.pop", needs, Options{}, resetPop},
		{"C.reset.push", needs, Options{}, resetPush},
		{"C.reset.close", needs, Options{}, resetClose},
		{"C.half.write", needs, Options{}, halfWrite},
		{"C.half.pending", needs, Options{}, halfPending},
		{"C.half.read", needs, Options{}, halfRead},
		{"C.half.both", needs, Options{}, halfBoth},
	}
}

// remoteEOF: one pop of no bytes, and again on the next.
func remoteEOF(e *env) {
	a, b := e.connected()
	ct := b.close()
	for range 3 {
		e.end(a)
	}
	e.ok(a.close(), ct)
}

func remoteEOFPending(e *env) {
	a, b := e.connected()
	ts, _ := a.pops(3)
	e.idle(ts...)
	ct := b.close()
	for _, t := range ts {
		if res := e.ok(t); res.N != 0 || res.SGA.NumSegs() != 0 {
			e.Errorf("%v: %d bytes in %d segments, want the end of the stream", t, res.N, res.SGA.NumSegs())
		}
	}
	e.ok(a.close(), ct)
}

// remoteData: what was sent before the close comes before the end.
func remoteData(e *env) {
	a, b := e.connected()
	r := &reader{q: a, want: content(3, 40000)}
	e.ok(b.send(r.want))
	ct := b.close()
	e.settle()
	r.all()
	e.end(a)
	e.end(a)
	e.ok(a.close(), ct)
}

// pushUntilError pushes until one fails. The first few may go: the peer has to answer with RST first.
func (e *env) pushUntilError(q *queue) {
	e.Helper()
	for range 1000 {
		if res := e.await(q.send([]byte("into the void"))); res.Err != nil {
			e.errno("push after the peer has gone", res.Err, syscall.ECONNRESET, syscall.EPIPE)
			e.fails(q.send([]byte("again")), syscall.ECONNRESET, syscall.EPIPE)
			return
		}
		e.settle()
	}
	e.Fatalf("1000 pushes after the peer has gone succeeded")
}

func remotePush(e *env) {
	a, b := e.connected()
	ct := b.close()
	e.end(a)
	e.pushUntilError(a)
	e.await(ct) // it may end with the reset
	e.ok(a.close())
}

// reset ends the connection with RST.
func (e *env) reset(q *queue) {
	e.Helper()
	e.must(q.rt.SetOption(q.qd, libos.OptLinger, 0))
	e.ok(q.close())
}

func resetPop(e *env) {
	a, b := e.connected()
	ts, _ := a.pops(2)
	e.idle(ts...)
	e.reset(b)
	e.fails(ts[0], syscall.ECONNRESET)
	if res := e.await(ts[1]); res.Err != nil {
		e.errno("second pop after a reset", res.Err, syscall.ECONNRESET)
	} else if res.N != 0 {
		e.Errorf("popped %d bytes after a reset", res.N)
	}
	e.ok(a.close())
}

func resetPush(e *env) {
	a, b := e.connected()
	ts := e.blocked(a, 2)
	e.reset(b)
	for _, t := range ts {
		e.fails(t, syscall.ECONNRESET, syscall.EPIPE)
	}
	e.pushUntilError(a)
	e.ok(a.close())
}

// resetClose: with linger 0 a close does not wait for anybody, and what is unsent is lost.
func resetClose(e *env) {
	a, b := e.connected()
	ts := e.blocked(a, 1)
	e.must(a.rt.SetOption(a.qd, libos.OptLinger, 0))
	ct := a.close()
	e.fails(ts[0], syscall.ECANCELED)
	e.ok(ct)
	r := &reader{q: b, want: zeros()}
	for {
		t := b.pop()
		if e.await(t).Err != nil {
			e.errno("pop after the peer's reset", t.res.Err, syscall.ECONNRESET)
			return
		}
		if r.take(t) == 0 {
			e.Fatalf("end of stream after %d bytes of a connection that was reset", r.got)
		}
	}
}

// halfWrite: after a shutdown of writing the peer sees the end of the stream, and still sends to us.
func halfWrite(e *env) {
	a, b := e.connected()
	e.exchange(a, b, 100)
	a.shutdown(syscall.SHUT_WR)
	e.end(b)
	e.end(b)
	for range 3 {
		e.exchange(b, a, 70000)
	}
	e.fails(a.send([]byte("x")), syscall.EPIPE)
	ct := b.close()
	e.end(a)
	e.ok(a.close(), ct)
}

// halfPending: pushes that are pending go out before the end of the stream.
func halfPending(e *env) {
	a, b := e.connected()
	r := &reader{q: b, want: content(4, 24<<20)}
	var ts []*token
	for off := 0; off < len(r.want); off += 8 << 20 {
		ts = append(ts, a.send(r.want[off:off+8<<20]))
	}
	a.shutdown(syscall.SHUT_WR)
	late := a.send([]byte("x"))
	r.all()
	e.end(b)
	e.ok(ts...)
	e.fails(late, syscall.EPIPE)
	e.exchange(b, a, 1000)
}

// halfRead: after a shutdown of reading, pops return the end of the stream; we still send.
func halfRead(e *env) {
	a, b := e.connected()
	ts, _ := a.pops(2)
	e.idle(ts...)
	a.shutdown(syscall.SHUT_RD)
	for _, t := range ts {
		if res := e.ok(t); res.N != 0 {
			e.Errorf("%v: popped %d bytes, want the end of the stream", t, res.N)
		}
	}
	e.end(a)
	e.exchange(a, b, 70000)
}

func halfBoth(e *env) {
	a, b := e.connected()
	a.shutdown(syscall.SHUT_RDWR)
	e.end(b)
	e.end(a)
	e.fails(a.send([]byte("x")), syscall.EPIPE)
	ct := b.close()
	e.ok(a.close(), ct)
}
