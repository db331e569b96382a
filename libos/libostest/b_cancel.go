package libostest

import (
	"syscall"

	"github.com/catamaran-os/catamaran/libos"
)

func cancels() []scenario {
	return []scenario{
		{"B.cancel.pop", needChannel, Options{}, cancelPop},
		{"B.cancel.pop.middle", needMessages, Options{}, cancelPopMiddle},
		{"B.cancel.push", needStream, Options{}, cancelPush},
		{"B.cancel.accept", needStream | byFamily, Options{}, cancelAccept},
		{"B.cancel.connect", needStream | needDead | byFamily, Options{}, cancelConnect},
		{"B.cancel.close", needChannel, Options{}, cancelClose},
		{"B.cancel.done", needChannel, Options{}, cancelDone},
		{"B.cancel.twice", needChannel, Options{}, cancelTwice},
	}
}

// cancelPop: what comes later goes to the next pop, all of it.
func cancelPop(e *env) {
	c := e.channel()
	t := c.out.pop()
	e.idle(t)
	e.must(c.out.rt.Cancel(t.qt))
	e.fails(t, syscall.ECANCELED)
	e.exchange(c.in, c.out, 500)
	// Also when the data is on its way, or has arrived and was not polled for.
	for range 50 {
		t, next := c.out.pop(), c.out.pop()
		r := &reader{q: c.out, want: content(1, 500)}
		push := c.in.send(r.want)
		e.must(c.out.rt.Cancel(t.qt))
		if e.await(t).Err == nil {
			r.take(t) // it had completed already
			e.must(c.out.rt.Cancel(next.qt))
			e.fails(next, syscall.ECANCELED)
		} else {
			e.fails(t, syscall.ECANCELED)
			r.take(next)
		}
		r.all()
		e.ok(push)
	}
}

func cancelPopMiddle(e *env) {
	c := e.messages()
	ts, _ := c.out.pops(3)
	e.must(c.out.rt.Cancel(ts[1].qt))
	e.fails(ts[1], syscall.ECANCELED)
	for i, t := range []*token{ts[0], ts[2]} {
		r := &reader{q: c.out, want: content(uint64(i), 50)}
		e.ok(c.in.send(r.want))
		if r.take(t); r.got != 50 {
			e.Errorf("popped %d bytes of a message of 50", r.got)
		}
	}
}

// cancelPush cancels pushes that the peer does not make room for.
func cancelPush(e *env) {
	a, b := e.connected()
	ts := e.blocked(a, 3)
	e.must(a.rt.Cancel(ts[1].qt)) // waits behind another
	e.fails(ts[1], syscall.ECANCELED)
	e.must(a.rt.Cancel(ts[0].qt)) // is under way
	e.must(a.rt.Cancel(ts[2].qt)) // at once: otherwise it is the first now, and may find a little room
	e.fails(ts[0], syscall.ECANCELED)
	e.fails(ts[2], syscall.ECANCELED)
	e.exchange(b, a, 1000) // the other direction is not concerned
}

func cancelAccept(e *env) {
	l := e.b.stream().bind(e.b.any()).listen(8)
	first, second := l.accept(), l.accept()
	e.idle(first, second)
	e.must(l.rt.Cancel(first.qt))
	e.fails(first, syscall.ECANCELED)
	q := e.a.stream()
	e.ok(q.connect(l.local()))
	conn := &queue{e.b, e.ok(second).NewQD}
	e.exchange(q, conn, 100)
	// With none left the connection waits for the next.
	third := l.accept()
	e.must(l.rt.Cancel(third.qt))
	e.fails(third, syscall.ECANCELED)
	a, b := e.dial(l)
	e.exchange(a, b, 100)
}

func cancelConnect(e *env) {
	q, t := e.connecting()
	e.must(q.rt.Cancel(t.qt))
	e.fails(t, syscall.ECANCELED)
	e.ok(q.close())
}

// cancelClose: a close that waits for the peer ends at once; one that has completed keeps its result.
func cancelClose(e *env) {
	c := e.channel()
	if !c.keeps {
		for _, t := range e.blocked(c.in, 1) {
			e.must(c.in.rt.Cancel(t.qt))
			e.fails(t, syscall.ECANCELED)
		}
	}
	t := c.in.close()
	e.must(c.in.rt.Cancel(t.qt))
	if res := e.await(t); res.Err != nil {
		e.errno("cancelled close", res.Err, syscall.ECANCELED)
	}
	e.stale(c.in.rt, t.qt)
	_, err := c.in.rt.Pop(c.in.qd)
	e.errno("pop after a cancelled close", err, syscall.EBADF)
}

// cancelDone: a completed operation keeps its result.
func cancelDone(e *env) {
	c := e.channel()
	pop, behind := c.out.pop(), c.out.pop()
	push := c.in.send([]byte("kept"))
	// Pops complete in order: the second one tells that the first has.
	if c.keeps {
		e.ok(c.in.send([]byte("behind")))
	} else {
		c.in.shutdown(syscall.SHUT_WR)
	}
	e.free(behind.h, e.ok(behind).SGA)
	e.must(c.out.rt.Cancel(pop.qt))
	if res := e.ok(pop); string(res.SGA.Flat()) != "kept" {
		e.Errorf("popped %q, want %q", res.SGA.Flat(), "kept")
	}
	e.free(pop.h, pop.res.SGA)
	e.must(c.in.rt.Cancel(push.qt)) // delivered, so it has completed
	e.ok(push)
}

func cancelTwice(e *env) {
	c := e.channel()
	ts, qts := c.out.pops(2)
	for range 3 {
		for _, qt := range qts {
			e.must(c.out.rt.Cancel(qt))
		}
	}
	var res [4]libos.QResult
	got := 0
	e.until("both cancelled pops complete", func() bool {
		n, _ := c.out.rt.WaitNext(res[:], 0)
		for _, r := range res[:n] {
			e.taken(c.out.host, r)
		}
		got += n
		return got >= len(ts)
	})
	for _, t := range ts {
		e.errno("cancelled pop", t.res.Err, syscall.ECANCELED)
		e.stale(c.out.rt, t.qt)
	}
}
