package libostest

import (
	"slices"
	"syscall"
	"time"

	"github.com/catamaran-os/catamaran/libos"
)

func waits() []scenario {
	return []scenario{
		{"B.wait.zero", needChannel, Options{}, waitZero},
		{"B.wait.timeout", needChannel | needReal, Options{}, waitTimeout},
		{"B.wait.forever", needChannel, Options{}, waitForever},
		{"B.wait.interrupt", needChannel, Options{}, waitInterrupt},
		{"B.waitany.empty", needChannel, Options{}, waitAnyEmpty},
		{"B.waitany.index", needChannel, Options{}, waitAnyIndex},
		{"B.waitany.order", needChannel, Options{}, waitAnyOrder},
		{"B.waitany.order.data", needMessages, Options{}, waitAnyOrderData},
		{"B.waitany.fairness", needChannel, Options{}, waitAnyFairness},
		{"B.waitany.mixed", needStream | needMemq, Options{}, waitAnyMixed},
		{"B.waitall.order", needChannel, Options{}, waitAllOrder},
		{"B.waitall.bad", needChannel, Options{}, waitAllBad},
		{"B.waitnext.fewer", needChannel, Options{}, waitNextFewer},
		{"B.waitnext.bad", needChannel, Options{}, waitNextBad},
	}
}

// pops issues n pops.
func (q *queue) pops(n int) (ts []*token, qts []libos.QToken) {
	q.e.Helper()
	for range n {
		t := q.pop()
		ts, qts = append(ts, t), append(qts, t.qt)
	}
	return ts, qts
}

// cancelAll cancels tokens in this order, each before the next, and waits for none.
func (e *env) cancelAll(ts ...*token) {
	e.Helper()
	for _, t := range ts {
		e.must(t.h.rt.Cancel(t.qt))
		e.rest()
	}
}

func waitZero(e *env) {
	c := e.channel()
	t := c.out.pop()
	for range 3 {
		_, err := c.out.rt.Wait(t.qt, 0)
		e.deadline("wait with timeout 0 for a pending pop", err)
		var res [2]libos.QResult
		_, err = c.out.rt.WaitAny([]libos.QToken{t.qt}, &res[0], 0)
		e.deadline("wait any with timeout 0", err)
		e.deadline("wait all with timeout 0", c.out.rt.WaitAll([]libos.QToken{t.qt}, res[:], 0))
		_, err = c.out.rt.WaitNext(res[:], 0)
		e.deadline("wait next with timeout 0", err)
	}
	// It does poll: waits of timeout 0 alone, without Poll, bring the data over.
	push := c.in.send([]byte("x"))
	pushed, popped := false, false
	for start := time.Now(); !pushed || !popped; {
		pushed = e.try(push, 0)
		popped = e.try(t, 0)
		if e.p.Advance != nil {
			e.advance(time.Millisecond)
		}
		if e.virtual > e.p.Patience || time.Since(start) > time.Minute {
			e.Fatalf("waits with timeout 0 bring nothing over\n%s", e.outstanding())
		}
	}
	e.must(t.res.Err)
	e.free(t.h, t.res.SGA)
}

func waitTimeout(e *env) {
	c := e.channel()
	t := c.out.pop()
	e.settle()
	const d = 20 * time.Millisecond
	var res [2]libos.QResult
	for name, wait := range map[string]func() error{
		"wait":      func() error { _, err := c.out.rt.Wait(t.qt, d); return err },
		"wait any":  func() error { _, err := c.out.rt.WaitAny([]libos.QToken{t.qt}, &res[0], d); return err },
		"wait all":  func() error { return c.out.rt.WaitAll([]libos.QToken{t.qt}, res[:], d) },
		"wait next": func() error { _, err := c.out.rt.WaitNext(res[:], d); return err },
	} {
		start := time.Now()
		e.deadline(name, wait())
		if took := time.Since(start); took < d {
			e.Errorf("%s gave up after %v of %v", name, took, d)
		}
	}
	e.ok(c.in.send([]byte("x")))
	e.free(t.h, e.ok(t).SGA)
}

// waitForever: without a timeout a wait ends with the result, whatever the idle policy.
func waitForever(e *env) {
	c := e.channel()
	for _, h := range e.hosts { // so that a wait that does not end fails
		defer time.AfterFunc(time.Minute, h.rt.Interrupt).Stop()
	}
	push := c.in.send([]byte("x"))
	res, err := c.in.rt.Wait(push.qt, libos.Forever)
	e.must(err)
	e.take(push, res)
	e.must(res.Err)
	t := c.out.pop()
	e.settle() // the other runtime, or the clock, may have to be driven for the result to come
	res, err = c.out.rt.Wait(t.qt, libos.Forever)
	e.must(err)
	e.take(t, res)
	e.must(res.Err)
	e.free(t.h, res.SGA)
}

func waitInterrupt(e *env) {
	c := e.channel()
	rt := c.out.rt
	t := c.out.pop()
	e.settle()
	var res [2]libos.QResult
	for name, wait := range map[string]func() error{
		"wait":      func() error { _, err := rt.Wait(t.qt, libos.Forever); return err },
		"wait any":  func() error { _, err := rt.WaitAny([]libos.QToken{t.qt}, &res[0], libos.Forever); return err },
		"wait all":  func() error { return rt.WaitAll([]libos.QToken{t.qt}, res[:], libos.Forever) },
		"wait next": func() error { _, err := rt.WaitNext(res[:], libos.Forever); return err },
	} {
		rt.Interrupt()
		e.errno(name+" after an interrupt", wait(), syscall.EINTR)
		done := make(chan struct{})
		go func() {
			defer close(done)
			rt.Interrupt()
		}()
		e.errno(name+" interrupted by another goroutine", wait(), syscall.EINTR)
		<-done
	}
	_, err := rt.Wait(t.qt, 0)
	e.deadline("wait after the interrupts", err)
	// A result comes before an interrupt.
	e.cancelAll(t)
	rt.Interrupt()
	if _, err := rt.WaitAny([]libos.QToken{t.qt}, &res[0], 0); err != nil {
		e.Fatalf("wait for a completed pop after an interrupt: %v", err)
	}
	e.take(t, res[0])
	t = c.out.pop()
	_, err = rt.Wait(t.qt, libos.Forever) // the interrupt is still there: else this would not end
	e.errno("the next wait", err, syscall.EINTR)
}

func waitAnyEmpty(e *env) {
	c := e.channel()
	var res libos.QResult
	for _, timeout := range []time.Duration{0, libos.Forever} {
		_, err := c.out.rt.WaitAny(nil, &res, timeout)
		e.errno("wait any of nothing", err, syscall.EINVAL)
	}
}

// waitAnyIndex: the ready token at any place of the list.
func waitAnyIndex(e *env) {
	q := e.channel().out
	ts, qts := q.pops(64)
	for i := range ts {
		e.cancelAll(ts[i])
		var res libos.QResult
		got, err := q.rt.WaitAny(qts, &res, 0)
		e.must(err)
		if got != i {
			e.Fatalf("wait any returned index %d, the completed one is %d", got, i)
		}
		e.take(ts[i], res)
		ts[i] = q.pop()
		qts[i] = ts[i].qt
	}
}

// waitAnyOrder: results come in completion order, not in that of the list.
func waitAnyOrder(e *env) {
	q := e.channel().out
	ts, qts := q.pops(8)
	order := []int{5, 2, 7, 0, 1, 6, 4, 3}
	for _, i := range order {
		e.cancelAll(ts[i])
	}
	for _, want := range order {
		var res libos.QResult
		got, err := q.rt.WaitAny(qts, &res, 0)
		e.must(err)
		if res.QT != ts[want].qt {
			e.Fatalf("wait any returned index %d, want %d which completed before it", got, want)
		}
		e.take(ts[want], res)
		i := slices.Index(qts, ts[want].qt)
		qts = slices.Delete(qts, i, i+1)
	}
}

func waitAnyOrderData(e *env) {
	c := e.messages()
	ts, qts := c.out.pops(8)
	slices.Reverse(qts)
	for i := range ts {
		e.ok(c.in.send(content(uint64(i), 32)))
		e.settle()
	}
	for i, t := range ts {
		var res libos.QResult
		e.until("the next message", func() bool {
			_, err := c.out.rt.WaitAny(qts, &res, 0)
			if err != nil {
				e.deadline("wait any", err)
			}
			return err == nil
		})
		if res.QT != t.qt {
			e.Fatalf("wait any returned token %v, want %v which completed before it", res.QT, t.qt)
		}
		e.take(t, res)
		e.must(res.Err)
		if hash(res.SGA.Flat()) != hash(content(uint64(i), 32)) {
			e.Errorf("pop %d has not message %d", i, i)
		}
		e.free(t.h, res.SGA)
		j := slices.Index(qts, t.qt)
		qts = slices.Delete(qts, j, j+1)
	}
}

// waitAnyFairness has 64 tokens that are always ready: each is issued again as soon as it was returned. In 64 calls each
// must have its turn.
func waitAnyFairness(e *env) {
	const n, rounds = 64, 16
	c := e.channel()
	rt := c.in.rt
	qts := make([]libos.QToken, n)
	ts := make([]*token, n)
	last := make([]int, n)
	for i := range ts {
		ts[i] = c.in.send([]byte{byte(i)})
		qts[i] = ts[i].qt
	}
	received := 0
	for call := 1; call <= n*rounds; call++ {
		e.rest() // so that all are ready
		var res libos.QResult
		i, err := rt.WaitAny(qts, &res, 0)
		e.must(err)
		e.take(ts[i], res)
		e.must(res.Err)
		if call-last[i] > n {
			e.Fatalf("token %d was returned after %d calls, want at most %d", i, call-last[i], n)
		}
		last[i] = call
		if call%n == 0 { // room for more
			for received < call {
				t := c.out.pop()
				res := e.ok(t)
				received += res.N
				e.free(t.h, res.SGA)
			}
		}
		ts[i] = c.in.send([]byte{byte(i)})
		qts[i] = ts[i].qt
	}
	for i := range last {
		if last[i] <= n*(rounds-1) {
			e.Errorf("token %d was not returned in the last %d calls", i, n)
		}
	}
}

// waitAnyMixed waits for a connection, a memory queue and a listening socket in one call.
func waitAnyMixed(e *env) {
	mine, peer := e.connected()
	mq := e.a.memoryQueue()
	l := e.a.stream().bind(e.a.any()).listen(8)
	pop, mpop, acc := mine.pop(), mq.pop(), l.accept()
	ts := []*token{pop, mpop, acc}
	dialer := e.b.stream()
	for _, turn := range []struct {
		name  string
		index int
		do    func() *token
		again func() *token
	}{
		{"memory queue", 1, func() *token { return mq.send([]byte("memory")) }, mq.pop},
		{"listening socket", 2, func() *token { return dialer.connect(l.local()) }, l.accept},
		{"connection", 0, func() *token { return peer.send([]byte("stream")) }, mine.pop},
		{"memory queue again", 1, func() *token { return mq.send([]byte("memory")) }, mq.pop},
	} {
		qts := []libos.QToken{ts[0].qt, ts[1].qt, ts[2].qt}
		other := turn.do()
		var res libos.QResult
		index := -1
		e.until("wait any over three kinds: "+turn.name, func() bool {
			i, err := e.a.rt.WaitAny(qts, &res, 0)
			if err == nil {
				index = i
			} else {
				e.deadline("wait any", err)
			}
			return index >= 0
		})
		if index != turn.index {
			e.Fatalf("%s: wait any returned index %d, want %d", turn.name, index, turn.index)
		}
		e.take(ts[index], res)
		e.must(res.Err)
		e.free(e.a.host, res.SGA)
		e.ok(other)
		ts[index] = turn.again()
	}
}

func waitAllOrder(e *env) {
	q := e.channel().out
	ts, qts := q.pops(16)
	res := make([]libos.QResult, 20)
	for i := len(ts) - 1; i > 0; i-- { // completed backwards, one is missing
		e.cancelAll(ts[i])
	}
	e.deadline("wait all with one token pending", q.rt.WaitAll(qts, res, 0))
	e.deadline("wait all with one token pending", q.rt.WaitAll(qts, res, 0))
	e.cancelAll(ts[0])
	e.must(q.rt.WaitAll(qts, res, 0))
	for i, t := range ts {
		if res[i].QT != t.qt {
			e.Fatalf("result %d is that of token %v, want %v", i, res[i].QT, t.qt)
		}
		e.take(t, res[i])
	}
	for _, t := range ts {
		e.stale(q.rt, t.qt)
	}
}

func waitAllBad(e *env) {
	q := e.channel().out
	ts, qts := q.pops(2)
	res := make([]libos.QResult, 3)
	e.errno("wait all with one token twice", q.rt.WaitAll([]libos.QToken{qts[0], qts[1], qts[0]}, res, 0), syscall.EINVAL)
	e.errno("wait all with fewer results than tokens", q.rt.WaitAll(qts, res[:1], 0), syscall.EINVAL)
	e.must(q.rt.WaitAll(nil, nil, 0))
	e.idle(ts...)
	e.cancelAll(ts...)
	e.errno("wait all with one completed token twice", q.rt.WaitAll([]libos.QToken{qts[0], qts[0]}, res, 0), syscall.EINVAL)
	e.must(q.rt.WaitAll(qts, res, 0)) // nothing was taken by the calls that failed
	for i, t := range ts {
		e.take(t, res[i])
	}
}

// waitNextFewer: results that do not fit stay, in order.
func waitNextFewer(e *env) {
	q := e.channel().out
	ts, _ := q.pops(10)
	for i, t := range ts { // 1 0 3 2 5 4 ...
		_ = t
		e.cancelAll(ts[i^1])
	}
	var got []libos.QToken
	for _, want := range []int{3, 3, 3, 1} {
		var res [3]libos.QResult
		n, err := q.rt.WaitNext(res[:], 0)
		e.must(err)
		if n != want {
			e.Fatalf("wait next returned %d results after %d, want %d", n, len(got), want)
		}
		for _, r := range res[:n] {
			got = append(got, r.QT)
			e.taken(q.host, r)
		}
	}
	for i := range ts {
		if got[i] != ts[i^1].qt {
			e.Fatalf("result %d is that of token %v, want %v", i, got[i], ts[i^1].qt)
		}
	}
	var res [3]libos.QResult
	_, err := q.rt.WaitNext(res[:], 0)
	e.deadline("wait next after all results", err)
}

func waitNextBad(e *env) {
	c := e.channel()
	var res [1]libos.QResult
	_, err := c.out.rt.WaitNext(res[:], libos.Forever)
	e.errno("wait next for ever with nothing outstanding", err, syscall.EINVAL)
	_, err = c.out.rt.WaitNext(res[:], 0)
	e.deadline("wait next with nothing outstanding", err)
	_, err = c.out.rt.WaitNext(nil, 0)
	e.errno("wait next without room", err, syscall.EINVAL)
}
