package libostest

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sort"
	"strings"
	"syscall"
	"time"

	"github.com/catamaran-os/catamaran/libos"
)

// A queue is a descriptor of the scenario. Its methods make the calls that have to succeed; those that have to fail are
// made on the runtime.
type queue struct {
	*side
	qd libos.QD
}

// socket makes a socket of the scenario's family.
func (s *side) socket(typ int) *queue {
	s.e.Helper()
	domain := syscall.AF_INET
	if s.e.v6 {
		domain = syscall.AF_INET6
	}
	qd, err := s.rt.Socket(domain, typ)
	s.e.must(err)
	return s.own(qd)
}

func (s *side) stream() *queue   { s.e.Helper(); return s.socket(syscall.SOCK_STREAM) }
func (s *side) datagram() *queue { s.e.Helper(); return s.socket(syscall.SOCK_DGRAM) }

func (s *side) memoryQueue() *queue {
	s.e.Helper()
	qd, err := s.e.p.MemoryQueue(s.rt)
	s.e.must(err)
	return s.own(qd)
}

func (s *side) own(qd libos.QD) *queue {
	s.e.Helper()
	if qd == 0 {
		s.e.Fatalf("the descriptor is zero")
	}
	if s.queues[qd] {
		s.e.Fatalf("descriptor %v was given out before", qd)
	}
	s.queues[qd] = true
	return &queue{s, qd}
}

// any is the side's address with port 0, port the same with a port.
func (s *side) any() netip.AddrPort          { return netip.AddrPortFrom(s.addr, 0) }
func (s *side) port(p uint16) netip.AddrPort { return netip.AddrPortFrom(s.addr, p) }
func (s *side) wildcard() netip.AddrPort {
	if s.e.v6 {
		return netip.AddrPortFrom(netip.IPv6Unspecified(), 0)
	}
	return netip.AddrPortFrom(netip.IPv4Unspecified(), 0)
}

func (q *queue) bind(a netip.AddrPort) *queue {
	q.e.Helper()
	q.e.must(q.rt.Bind(q.qd, a))
	return q
}

func (q *queue) listen(backlog int) *queue {
	q.e.Helper()
	q.e.must(q.rt.Listen(q.qd, backlog))
	return q
}

func (q *queue) local() netip.AddrPort {
	q.e.Helper()
	a, err := q.rt.LocalAddr(q.qd)
	q.e.must(err)
	return a
}

// issue notes a token of a call that has to succeed.
func (q *queue) issue(code libos.Opcode, n int, qt libos.QToken, err error) *token {
	q.e.Helper()
	q.e.must(err)
	if qt == 0 {
		q.e.Fatalf("the token of %v is zero", code)
	}
	t := &token{h: q.host, qt: qt, qd: q.qd, code: code, n: n}
	if old := q.pending[qt]; old != nil {
		q.e.Fatalf("%v has the same token as the outstanding %v", t, old)
	}
	q.pending[qt] = t
	return t
}

func (q *queue) accept() *token {
	q.e.Helper()
	qt, err := q.rt.Accept(q.qd)
	return q.issue(libos.OpAccept, 0, qt, err)
}

func (q *queue) connect(a netip.AddrPort) *token {
	q.e.Helper()
	qt, err := q.rt.Connect(q.qd, a)
	return q.issue(libos.OpConnect, 0, qt, err)
}

func (q *queue) pop() *token {
	q.e.Helper()
	qt, err := q.rt.Pop(q.qd)
	return q.issue(libos.OpPop, 0, qt, err)
}

func (q *queue) push(sga libos.SGArray) *token {
	q.e.Helper()
	qt, err := q.rt.Push(q.qd, sga)
	return q.issue(libos.OpPush, sga.Len(), qt, err)
}

func (q *queue) send(b []byte) *token { q.e.Helper(); return q.push(libos.Bytes(b)) }

func (q *queue) pushTo(sga libos.SGArray, a netip.AddrPort) *token {
	q.e.Helper()
	qt, err := q.rt.PushTo(q.qd, sga, a)
	return q.issue(libos.OpPush, sga.Len(), qt, err)
}

func (q *queue) shutdown(how int) {
	q.e.Helper()
	q.e.must(q.rt.Shutdown(q.qd, how))
}

// close starts to close the queue.
func (q *queue) close() *token {
	q.e.Helper()
	qt, err := q.rt.CloseQueue(q.qd)
	t := q.issue(libos.OpClose, 0, qt, err)
	delete(q.queues, q.qd)
	return t
}

// must stops the scenario on an error of a call that has to succeed.
func (e *env) must(err error) {
	e.Helper()
	if err != nil {
		e.Fatalf("unexpected error: %v\n%s", err, e.outstanding())
	}
}

// netErrs is what ends operations on a connection that has gone.
var netErrs = []syscall.Errno{syscall.EBADF, syscall.ECANCELED, syscall.ECONNREFUSED, syscall.ECONNRESET,
	syscall.ECONNABORTED, syscall.EADDRNOTAVAIL}

// errno checks that err unwraps to one of the given errnos.
func (e *env) errno(what string, err error, want ...syscall.Errno) {
	e.Helper()
	var got syscall.Errno
	if err == nil {
		e.Errorf("%s: no error, want %s", what, names(want))
		return
	}
	if !errors.As(err, &got) {
		e.Errorf("%s: error %q does not unwrap to an errno, want %s", what, err, names(want))
		return
	}
	for _, w := range want {
		if errors.Is(err, w) {
			return
		}
	}
	e.Errorf("%s: %v (errno %d), want %s", what, err, int(got), names(want))
}

func names(errnos []syscall.Errno) string {
	var s []string
	for _, n := range errnos {
		s = append(s, fmt.Sprintf("%q", n.Error()))
	}
	return strings.Join(s, " or ")
}

// deadline checks that err is the end of a wait's time.
func (e *env) deadline(what string, err error) {
	e.Helper()
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		e.Errorf("%s: error %v, want %v", what, err, os.ErrDeadlineExceeded)
	}
}

// try waits for a token at most that long.
func (e *env) try(t *token, timeout time.Duration) bool {
	e.Helper()
	if t.done {
		return true
	}
	res, err := t.h.rt.Wait(t.qt, timeout)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	if err != nil {
		e.Fatalf("wait for %v: %v", t, err)
	}
	e.take(t, res)
	return true
}

// take notes the result of a token that a wait call returned, and checks that it is consistent.
func (e *env) take(t *token, res libos.QResult) {
	e.Helper()
	delete(t.h.pending, t.qt)
	t.done, t.res = true, res
	if res.QT != t.qt || res.QD != t.qd || res.Opcode != t.code {
		e.Fatalf("%v: the result is of %v %v on qd %v", t, res.Opcode, res.QT, res.QD)
	}
	if res.Err != nil {
		if res.N != 0 || res.SGA.NumSegs() != 0 || res.NewQD != 0 {
			e.Errorf("%v: failed with %v and has a result nevertheless: %d bytes, new qd %v", t, res.Err, res.N, res.NewQD)
		}
		return
	}
	switch t.code {
	case libos.OpPush:
		if res.N != t.n {
			e.Errorf("%v: completed with %d bytes of %d", t, res.N, t.n)
		}
		if res.Stage != libos.Buffered && res.Stage != libos.Sent {
			e.Errorf("%v: completed at stage %d, want buffered or sent", t, res.Stage)
		}
	case libos.OpPop:
		if res.N != res.SGA.Len() {
			e.Errorf("%v: completed with N %d and an array of %d bytes", t, res.N, res.SGA.Len())
		}
	case libos.OpAccept:
		if res.NewQD == 0 {
			e.Fatalf("%v: completed without a connection", t)
		}
		t.h.queues[res.NewQD] = true
	}
}

// taken finds the token of a result that WaitAny or WaitNext returned, and takes it.
func (e *env) taken(h *host, res libos.QResult) *token {
	e.Helper()
	t := h.pending[res.QT]
	if t == nil {
		e.Fatalf("%s: a wait returned token %v, which is not outstanding", h.name, res.QT)
	}
	e.take(t, res)
	return t
}

// await drives both runtimes until t has completed, and returns its result.
func (e *env) await(t *token) libos.QResult {
	e.Helper()
	if !e.try(t, 0) {
		e.drive(t.String(), t, func() bool { return e.try(t, 0) })
	}
	return t.res
}

// ok awaits tokens that have to succeed, and returns the result of the last.
func (e *env) ok(ts ...*token) (res libos.QResult) {
	e.Helper()
	for _, t := range ts {
		if res = e.await(t); res.Err != nil {
			e.Fatalf("%v: %v\n%s", t, res.Err, e.outstanding())
		}
	}
	return res
}

// fails awaits a token that has to fail with one of the given errnos.
func (e *env) fails(t *token, want ...syscall.Errno) {
	e.Helper()
	res := e.await(t)
	if res.Err == nil {
		e.free(t.h, res.SGA)
	}
	e.errno(t.String(), res.Err, want...)
}

// idle checks that none of the tokens has completed after the runtimes have come to rest.
func (e *env) idle(ts ...*token) {
	e.Helper()
	e.settle()
	for _, t := range ts {
		if e.try(t, 0) {
			e.Fatalf("%v: completed with error %v and %d bytes, want it pending", t, t.res.Err, t.res.N)
		}
	}
}

// settle drives both runtimes until nothing has moved for a while.
func (e *env) settle() {
	e.Helper()
	if e.p.Advance != nil {
		for range 20 {
			e.rest()
			e.advance(time.Millisecond)
		}
	} else {
		// What is on its way through a kernel needs a moment of the machine's time.
		for end := time.Now().Add(2 * time.Millisecond); time.Now().Before(end); {
			e.rest()
		}
	}
	e.rest()
}

// rest polls until nothing moves, or something always does.
func (e *env) rest() {
	for range 1000 {
		progress := false
		for _, h := range e.hosts {
			if h.rt.Poll() {
				progress = true
			}
		}
		if !progress {
			return
		}
	}
}

// free gives popped memory back.
func (e *env) free(h *host, sga libos.SGArray) {
	e.Helper()
	e.must(h.rt.Free(sga))
}

// outstanding lists what has not completed.
func (e *env) outstanding() string {
	var lines []string
	for _, h := range e.hosts {
		for _, t := range h.pending {
			lines = append(lines, t.String())
		}
	}
	sort.Strings(lines)
	const most = 20
	if n := len(lines); n > most {
		lines = append(lines[:most], fmt.Sprintf("and %d more", n-most))
	}
	if len(lines) == 0 {
		return "nothing is outstanding"
	}
	return "outstanding:\n  " + strings.Join(lines, "\n  ")
}

func (q *queue) remote() netip.AddrPort {
	q.e.Helper()
	a, err := q.rt.RemoteAddr(q.qd)
	q.e.must(err)
	return a
}
