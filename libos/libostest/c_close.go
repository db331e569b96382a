package libostest

import (
	"errors"
	"os"
	"syscall"

	"github.com/catamaran-os/catamaran/libos"
)

func closes() []scenario {
	const needs = needStream | byFamily
	return []scenario{
		{"C.close.pending.accept", needs, Options{}, closePendingAccept},
		{"C.close.pending.connect", needs | needDead, Options{}, closePendingConnect},
		{"C.close.pending.pop", needChannel | byFamily, Options{}, closePendingPop},
		{"C.close.pending.push", needs, Options{}, closePendingPush},
		{"C.close.pending.order", needChannel | byFamily, Options{}, closePendingOrder},
		{"C.close.pop.late", needs, Options{}, closePopLate},
		{"C.close.sending", needs, Options{}, closeSending},
		{"C.close.unsent", needs, Options{}, closeUnsent},
		{"C.close.unread", needs, Options{}, closeUnread},
		{"C.close.both", needs, Options{}, closeBoth},
		{"C.close.backlog", needs, Options{}, closeBacklog},
		{"C.close.listener", needs, Options{}, closeListener},
		{"C.close.restart", needs, Options{}, closeRestart},
		{"C.close.runtime", needChannel, Options{}, closeRuntime},
	}
}

// ends closes q and checks that the tokens complete with ECANCELED, in this order and before the close.
func (e *env) ends(q *queue, ts ...*token) {
	e.Helper()
	ct := q.close()
	for _, c := range calls {
		e.errno(c.name+" on a closed queue", c.make(q.rt, q.qd, q.port(7)), syscall.EBADF)
	}
	want := append(ts[:len(ts):len(ts)], ct)
	var res [3]libos.QResult
	for len(want) > 0 {
		n := 0
		e.until("close with operations pending", func() bool {
			var err error
			if n, err = q.rt.WaitNext(res[:], 0); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				e.Fatalf("wait next: %v", err)
			}
			return n > 0
		})
		for _, r := range res[:n] {
			t := e.taken(q.host, r)
			if len(want) == 0 || t != want[0] {
				e.Fatalf("close with operations pending: %v completed, want them in the order of issue and the close last:\n%v", t, want)
			}
			want = want[1:]
			if t == ct {
				e.must(r.Err)
				continue
			}
			e.errno(t.String()+", pending at close", r.Err, syscall.ECANCELED)
			e.free(q.host, r.SGA)
		}
	}
}

func closePendingAccept(e *env) {
	l := e.b.stream().bind(e.b.any()).listen(8)
	ts := []*token{l.accept(), l.accept(), l.accept()}
	e.idle(ts...)
	addr := l.local()
	e.ends(l, ts...)
	e.fails(e.a.stream().connect(addr), syscall.ECONNREFUSED)
}

func closePendingConnect(e *env) {
	q, t := e.connecting()
	e.ends(q, t)
}

func closePendingPop(e *env) {
	c := e.channel()
	ts, _ := c.out.pops(3)
	e.idle(ts...)
	e.ends(c.out, ts...)
}

func closePendingPush(e *env) {
	a, _ := e.connected()
	e.ends(a, e.blocked(a, 3)...)
}

// closePendingOrder mixes kinds: the order is that of issue, not that of some list a kind.
func closePendingOrder(e *env) {
	c := e.channel()
	if c.keeps {
		ts, _ := c.out.pops(16)
		e.cancelAll(ts[3], ts[0])
		e.fails(ts[3], syscall.ECANCELED)
		e.fails(ts[0], syscall.ECANCELED)
		e.ends(c.out, append(ts[1:3:3], ts[4:]...)...)
		return
	}
	ts := []*token{c.in.pop()}
	ts = append(ts, e.blocked(c.in, 1)...)
	ts = append(ts, c.in.pop(), c.in.pop(), c.in.send([]byte("1")), c.in.pop(), c.in.send([]byte("2")))
	e.idle(ts...)
	e.ends(c.in, ts...)
}

// closePopLate: what the peer does after our close does not reach a pop that was pending then.
func closePopLate(e *env) {
	for i := range 10 {
		a, b := e.connected()
		t := b.pop()
		e.idle(t)
		ct := b.close()
		var later *token
		if i%2 == 0 {
			later = a.send([]byte("late"))
		} else {
			a.shutdown(syscall.SHUT_WR)
		}
		e.fails(t, syscall.ECANCELED)
		if later != nil {
			e.await(later) // it may succeed or not: the peer is going
		}
		e.ok(ct)
		if res := e.await(a.close()); res.Err != nil {
			e.errno("close of a connection that the peer closed", res.Err, netErrs...)
		}
	}
}

// closeSending: we close while the peer sends.
func closeSending(e *env) {
	a, b := e.connected()
	t := a.send(zeros())
	r := &reader{q: b, want: zeros()}
	r.pop() // it is under way
	e.idle(t)
	e.ok(b.close())
	e.fails(t, syscall.ECONNRESET, syscall.EPIPE)
	e.ok(a.close())
}

// closeUnsent: pushes that completed are delivered, with the end of the stream behind.
func closeUnsent(e *env) {
	a, b := e.connected()
	const chunk = 16 << 10
	want := content(9, 1<<20)
	sure := 0 // bytes of completed pushes
	var pending *token
	for sure < len(want) {
		t := a.send(want[sure : sure+chunk])
		if e.settle(); !e.try(t, 0) {
			pending = t
			break
		}
		e.must(t.res.Err)
		sure += chunk
	}
	if sure == 0 {
		e.Fatalf("a push of %d bytes stays pending on a new connection", chunk)
	}
	ct := a.close()
	if pending != nil {
		e.fails(pending, syscall.ECANCELED)
	}
	r := &reader{q: b, want: want[:min(len(want), sure+chunk)]}
	for r.pop() > 0 {
	}
	if r.got < sure {
		e.Errorf("end of stream after %d bytes, want at least the %d whose pushes had completed", r.got, sure)
	}
	e.end(b)
	e.ok(b.close(), ct)
}

// closeUnread: a close discards what was received and not popped.
func closeUnread(e *env) {
	a, b := e.connected()
	e.ok(a.send(content(1, 30000)))
	e.settle()
	e.ok(b.close())
	res := e.await(a.pop())
	if res.Err != nil {
		e.errno("pop after the peer closed with unread data", res.Err, syscall.ECONNRESET)
	} else if res.N != 0 {
		e.Errorf("popped %d bytes that nobody sent", res.N)
	}
	e.ok(a.close())
}

// closeBoth: both ends close at the same time, without and with data under way.
func closeBoth(e *env) {
	for i := range 10 {
		a, b := e.connected()
		if i%2 == 1 {
			e.ok(a.send([]byte("x")), b.send([]byte("y")))
		}
		at, bt := a.close(), b.close()
		if i%3 == 2 {
			at, bt = bt, at
		}
		e.ok(at, bt)
	}
}

// closeBacklog: connections that nobody accepted end with their listener.
func closeBacklog(e *env) {
	l := e.b.stream().bind(e.b.any()).listen(8)
	q := e.a.stream()
	e.ok(q.connect(l.local()))
	pop := q.pop()
	e.idle(pop)
	e.ok(l.close())
	res := e.await(pop)
	if res.Err != nil {
		e.errno("pop on a connection that was never accepted", res.Err, syscall.ECONNRESET)
	} else if res.N != 0 {
		e.Errorf("popped %d bytes that nobody sent", res.N)
	}
}

// closeListener: connections that were accepted outlive their listener.
func closeListener(e *env) {
	l := e.b.stream().bind(e.b.any()).listen(8)
	a, b := e.dial(l)
	e.ok(l.close())
	e.exchange(a, b, 5000)
	e.exchange(b, a, 5000)
}

// closeRestart: a server that closes its connections first, and is started again at once, gets its address.
func closeRestart(e *env) {
	addr := e.b.any()
	for range 3 {
		l := e.b.stream().bind(addr).listen(8)
		addr = l.local()
		a, b := e.dial(l)
		e.exchange(a, b, 100)
		bt := b.close()
		e.end(a)
		e.ok(a.close(), bt, l.close())
	}
}

// closeRuntime leaves everything pending and completed to the Close of the runtimes.
func closeRuntime(e *env) {
	e.leave = true
	c := e.channel()
	c.out.pops(3)
	e.ok(c.in.send([]byte("popped and not waited for")))
	e.settle()
	e.ok(c.in.send([]byte("not popped either, maybe")))
	if !e.p.Stream {
		return
	}
	l := e.b.stream().bind(e.b.any()).listen(8)
	for range 3 {
		l.accept()
	}
	for range 5 { // three are accepted and not waited for, two wait
		e.ok(e.a.stream().connect(l.local()))
	}
	e.blocked(c.in, 3)
	if e.p.DeadRemote.of(e.v6).IsValid() {
		e.connecting()
	}
	if e.p.Datagram {
		e.a.datagram().bind(e.a.any()).pop()
	}
	c.out.close()
}
