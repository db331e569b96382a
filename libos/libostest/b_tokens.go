package libostest

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/catamaran-os/catamaran/libos"
)

func tokens() []scenario {
	return []scenario{
		{"B.token.unknown", needChannel, Options{}, tokenUnknown},
		{"B.token.consumed", needChannel, Options{}, tokenConsumed},
		{"B.token.reuse", needChannel, Options{}, tokenReuse},
		{"B.token.many", needChannel, Options{}, tokenMany},
		{"B.token.exhausted", needChannel, Options{MaxTokens: 64}, tokenExhausted},
		{"B.queue.exhausted", needChannel, Options{MaxQueues: 16}, queueExhausted},
		{"B.queue.exhausted.accept", needStream, Options{MaxQueues: 8}, queueExhaustedAccept},
		{"B.runtimes.apart", needChannel, Options{}, runtimesApart},
	}
}

// stale checks that no call finds an operation behind a token.
func (e *env) stale(rt *libos.Runtime, qt libos.QToken) {
	e.Helper()
	what := fmt.Sprintf("token %v", qt)
	_, err := rt.Wait(qt, 0)
	if !errors.Is(err, syscall.EINVAL) { // the next one might not return
		e.Fatalf("wait for %s: error %v, want EINVAL", what, err)
	}
	_, err = rt.Wait(qt, libos.Forever)
	e.errno("wait without a timeout for "+what, err, syscall.EINVAL)
	var res [1]libos.QResult
	_, err = rt.WaitAny([]libos.QToken{qt}, &res[0], 0)
	e.errno("wait any of "+what, err, syscall.EINVAL)
	e.errno("wait all of "+what, rt.WaitAll([]libos.QToken{qt}, res[:], 0), syscall.EINVAL)
	e.errno("cancel of "+what, rt.Cancel(qt), syscall.EINVAL)
}

func tokenUnknown(e *env) {
	c := e.channel()
	t := c.out.pop()
	for _, qt := range []libos.QToken{0, 1, t.qt + 1, t.qt + 1<<24, t.qt + 1<<40, t.qt ^ 1<<63, 1<<64 - 1} {
		e.stale(c.out.rt, qt)
		// One bad token spoils the list, and takes nothing.
		var res [2]libos.QResult
		_, err := c.out.rt.WaitAny([]libos.QToken{t.qt, qt}, &res[0], 0)
		e.errno("wait any of a good and a bad token", err, syscall.EINVAL)
		e.errno("wait all of a good and a bad token", c.out.rt.WaitAll([]libos.QToken{t.qt, qt}, res[:], 0), syscall.EINVAL)
	}
	e.idle(t)
}

func tokenConsumed(e *env) {
	c := e.channel()
	pop, push := c.out.pop(), c.in.send([]byte("once"))
	e.ok(push)
	e.stale(c.in.rt, push.qt)
	e.free(c.out.host, e.ok(pop).SGA)
	e.stale(c.out.rt, pop.qt)

	// By each kind of wait.
	var res [2]libos.QResult
	for _, wait := range []func(qt libos.QToken) error{
		func(qt libos.QToken) error { _, err := c.out.rt.WaitAny([]libos.QToken{qt}, &res[0], 0); return err },
		func(qt libos.QToken) error { return c.out.rt.WaitAll([]libos.QToken{qt}, res[:], 0) },
		func(qt libos.QToken) error { _, err := c.out.rt.WaitNext(res[:], 0); return err },
	} {
		t := c.out.pop()
		e.must(c.out.rt.Cancel(t.qt))
		e.rest()
		e.must(wait(t.qt))
		e.taken(t.h, res[0])
		next := c.out.pop() // may use the same slot
		e.stale(c.out.rt, t.qt)
		e.must(c.out.rt.Cancel(next.qt))
		e.fails(next, syscall.ECANCELED)
		_, err := c.out.rt.WaitNext(res[:], 0)
		e.deadline("wait next after the only result was taken", err)
	}
}

// tokenReuse uses slots over and over. An old token never returns the result of the slot's new operation.
func tokenReuse(e *env) {
	n := e.p.TokenOps
	if testing.Short() || checks {
		n = min(n, 100_000)
	}
	if n < 1_000_000 {
		e.note.add(fmt.Sprintf("%d operations instead of 1,000,000", n))
	}
	c := e.channel()
	rt := c.out.rt
	var old [512]libos.QToken
	for i := range n {
		qt, err := rt.Pop(c.out.qd)
		e.must(err)
		// The new operation is outstanding, in a slot that an old token names too.
		for _, back := range []int{1, len(old)} {
			if stale := old[(i+len(old)-back)%len(old)]; stale == qt {
				e.Fatalf("operation %d has the token %v of %d operations ago", i, qt, back)
			} else if _, err := rt.Wait(stale, 0); !errors.Is(err, syscall.EINVAL) {
				e.Fatalf("operation %d: token %v, consumed %d operations ago: error %v, want EINVAL", i, stale, back, err)
			}
		}
		if i%256 == 0 { // one in between that carries data
			t := c.out.issue(libos.OpPop, 0, qt, nil)
			r := &reader{q: c.out, want: content(uint64(i), 8)}
			push := c.in.send(r.want)
			if r.take(t); r.got < 8 {
				r.all()
			}
			e.ok(push)
		} else {
			e.must(rt.Cancel(qt))
			res, err := rt.Wait(qt, 0)
			if errors.Is(err, os.ErrDeadlineExceeded) { // a device that has to let go of the memory first
				res, err = e.await(c.out.issue(libos.OpPop, 0, qt, nil)), nil
			}
			e.must(err)
			if res.QT != qt || res.Opcode != libos.OpPop || !errors.Is(res.Err, syscall.ECANCELED) {
				e.Fatalf("operation %d: token %v returned %v of token %v with error %v", i, qt, res.Opcode, res.QT, res.Err)
			}
		}
		old[i%len(old)] = qt
	}
	for _, qt := range old {
		e.stale(rt, qt)
	}
}

// tokenMany has 100,000 pops outstanding on 10,000 descriptors.
func tokenMany(e *env) {
	const each = 10
	n := e.p.Descriptors
	if testing.Short() || checks {
		n = min(n, 1000)
	}
	if n < 10_000 {
		e.note.add(fmt.Sprintf("%d tokens on %d descriptors instead of 100,000 on 10,000", n*each, n))
	}
	// The messages of one queue are told apart by their content: index and number.
	queues := make([]*queue, n)
	send := make([]func(b []byte) *token, n)
	switch {
	case e.p.MemoryQueue != nil && !e.p.Stream:
		for i := range queues {
			queues[i] = e.a.memoryQueue()
			send[i] = queues[i].send
		}
	case e.p.Datagram:
		from := e.b.datagram().bind(e.b.any())
		for i := range queues {
			queues[i] = e.a.datagram().bind(e.a.any())
			addr := queues[i].local()
			send[i] = func(b []byte) *token { return from.pushTo(libos.Bytes(b), addr) }
		}
	default:
		n = min(n, 500)
		e.note.add(fmt.Sprintf("%d descriptors: each takes a connection", n))
		queues, send = queues[:n], send[:n]
		l := e.b.stream().bind(e.b.any()).listen(16)
		for i := range queues {
			a, b := e.dial(l)
			queues[i], send[i] = a, b.send
		}
	}
	pops := make([][each]*token, n)
	for i, q := range queues {
		for k := range each {
			pops[i][k] = q.pop()
		}
	}
	for i := 0; i < n; i += 7 { // data for the first pop of every seventh
		e.ok(send[i](content(uint64(i), 16)))
		if res := e.ok(pops[i][0]); hash(res.SGA.Flat()) != hash(content(uint64(i), 16)) {
			e.Fatalf("queue %d popped what was not sent to it", i)
		}
		e.free(e.a.host, pops[i][0].res.SGA)
	}
	for i := 0; i < n; i += 3 { // half of the pops of every third are cancelled
		for k := 1; k < each; k += 2 {
			e.must(e.a.rt.Cancel(pops[i][k].qt))
		}
	}
	for i := 0; i < n; i += 3 {
		for k := 1; k < each; k += 2 {
			e.fails(pops[i][k], syscall.ECANCELED)
		}
	}
	for i := 0; i < n; i += 14 { // the others still work, and in order
		if i%3 != 0 {
			continue
		}
		e.ok(send[i](content(uint64(n+i), 16)))
		if res := e.ok(pops[i][2]); hash(res.SGA.Flat()) != hash(content(uint64(n+i), 16)) {
			e.Fatalf("queue %d popped what was not sent to it", i)
		}
		e.free(e.a.host, pops[i][2].res.SGA)
	}
	var closing []*token
	for _, q := range queues {
		closing = append(closing, q.close())
	}
	for i := range pops {
		for _, t := range pops[i] {
			if !t.done {
				e.fails(t, syscall.ECANCELED)
			}
		}
	}
	if !e.p.Stream || e.p.Datagram {
		e.ok(closing...)
	}
}

// tokenExhausted: when Options.MaxTokens are in use a call fails with ENOBUFS and has started nothing.
func tokenExhausted(e *env) {
	c := e.channel()
	var pops []*token
	for range 65 {
		qt, err := c.out.rt.Pop(c.out.qd)
		if err != nil {
			e.errno("pop with all tokens in use", err, syscall.ENOBUFS)
			break
		}
		pops = append(pops, c.out.issue(libos.OpPop, 0, qt, nil))
	}
	if len(pops) > 64 || len(pops) < 48 {
		e.Fatalf("%d pops went with 64 tokens", len(pops))
	}
	_, err := c.out.rt.CloseQueue(c.out.qd)
	e.errno("close with all tokens in use", err, syscall.ENOBUFS)
	for i := range 3 { // each that is consumed makes room for one
		e.must(c.out.rt.Cancel(pops[i].qt))
		_, err := c.out.rt.Pop(c.out.qd)
		e.errno("pop before the completed one was waited for", err, syscall.ENOBUFS)
		e.fails(pops[i], syscall.ECANCELED)
		pops = append(pops, c.out.pop())
	}
	for _, t := range pops[3:] {
		e.must(c.out.rt.Cancel(t.qt))
		e.fails(t, syscall.ECANCELED)
	}
	e.exchange(c.in, c.out, 100)
}

// queueExhausted: when Options.MaxQueues are open a further one fails with EMFILE.
func queueExhausted(e *env) {
	mk := func() (libos.QD, error) {
		if e.p.Stream {
			return e.a.rt.Socket(syscall.AF_INET, stream)
		}
		return e.p.MemoryQueue(e.a.rt)
	}
	var open []*queue
	for range 17 {
		qd, err := mk()
		if err != nil {
			e.errno("a queue too many", err, syscall.EMFILE)
			break
		}
		open = append(open, e.a.own(qd))
	}
	if len(open) != 16 {
		e.Fatalf("%d queues could be opened with room for 16", len(open))
	}
	for range 3 {
		e.ok(open[0].close())
		qd, err := mk()
		e.must(err)
		open = append(open[1:], e.a.own(qd))
	}
}

// queueExhaustedAccept: a connection that finds the table full is closed, and the accept says why.
func queueExhaustedAccept(e *env) {
	l := e.b.stream().bind(e.b.any()).listen(16)
	at := l.accept()
	var fill []*queue
	for len(e.b.queues) < 8 {
		fill = append(fill, e.b.stream())
	}
	q := e.a.stream()
	e.ok(q.connect(l.local()))
	e.fails(at, syscall.EMFILE)
	res := e.await(q.pop())
	if res.Err == nil && res.N != 0 {
		e.Errorf("popped %d bytes from a connection that nobody has", res.N)
	}
	e.ok(fill[0].close())
	a, b := e.dial(l)
	e.exchange(a, b, 100)
}

// runtimesApart: the tokens of one runtime mean nothing to another.
func runtimesApart(e *env) {
	if e.p.A == e.p.B {
		// The other runtime is that of a second pair.
		other := e.open(e.TB, Options{})
		defer func() { e.must(other.Close()) }()
		e.apart(other.A, e.channel().out)
		return
	}
	c := e.channel()
	pop := c.out.pop()
	e.apart(c.in.rt, c.out)
	// The completion on one side is not seen on the other.
	e.ok(c.in.send([]byte("x")))
	e.settle()
	var res [4]libos.QResult
	_, err := c.in.rt.WaitNext(res[:], 0)
	e.deadline("wait next on the other runtime", err)
	e.free(c.out.host, e.ok(pop).SGA)
}

// apart checks tokens and descriptors of q's runtime on another one. Slots and generations start at the same numbers
// everywhere, so it uses some that the other has not reached.
func (e *env) apart(other *libos.Runtime, q *queue) {
	e.Helper()
	var pops []*token
	for range 32 {
		pops = append(pops, q.pop())
	}
	for _, t := range pops {
		if _, err := other.Wait(t.qt, 0); !errors.Is(err, syscall.EINVAL) {
			e.Errorf("%v: the other runtime has error %v, want EINVAL", t, err)
		}
		e.must(q.rt.Cancel(t.qt))
	}
	var res [1]libos.QResult
	_, err := other.WaitNext(res[:], 0)
	e.deadline("wait next on the other runtime", err)
	for _, t := range pops {
		e.fails(t, syscall.ECANCELED)
	}
}
