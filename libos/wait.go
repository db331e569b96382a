package libos

import (
	"os"
	"syscall"
	"time"
)

// Forever as a timeout of a wait call means none. Any negative timeout does.
const Forever time.Duration = -1

// Each wait call makes one round over the engines before it looks at the results, so that what the service has queued
// goes out and a service that never runs dry of results still makes progress on its devices.

// Wait returns the result of one operation and consumes its token. timeout: Forever, 0 to make one round and return, or a
// duration. Errors are about the wait: EINVAL (unknown or consumed token), os.ErrDeadlineExceeded, EINTR (Interrupt);
// after an error no token is consumed. A failed operation is in QResult.Err.
func (rt *Runtime) Wait(qt QToken, timeout time.Duration) (QResult, error) {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	op := rt.ops.get(uint64(qt))
	if op == nil {
		return QResult{}, opErr("wait", 0, syscall.EINVAL)
	}
	rt.begin(false)
	if !op.done {
		op.epoch = rt.epoch
		rt.missing = 1
	}
	if err := rt.await("wait", timeout); err != nil {
		return QResult{}, err
	}
	res := op.res
	rt.consume(op)
	return res, nil
}

// WaitAny returns the index in qts of the operation that completed first, and its result. Only that token is consumed.
// Timeout and errors are those of Wait; EINVAL also for an empty list.
func (rt *Runtime) WaitAny(qts []QToken, res *QResult, timeout time.Duration) (int, error) {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	if len(qts) == 0 {
		return 0, opErr("wait any", 0, syscall.EINVAL)
	}
	rt.begin(false)
	waiting := 0
	for _, qt := range qts {
		op := rt.ops.get(uint64(qt))
		if op == nil {
			return 0, opErr("wait any", 0, syscall.EINVAL)
		}
		if op.done {
			waiting++
		}
		op.epoch = rt.epoch
	}
	if waiting > 0 {
		// Several may have completed before: the ready list knows which was first.
		for op := rt.ready.Front(); rt.hit == nil; op = op.next {
			if op.epoch == rt.epoch {
				rt.hit = op
			}
		}
	} else {
		rt.missing = 1
	}
	if err := rt.await("wait any", timeout); err != nil {
		return 0, err
	}
	op := rt.hit
	*res = op.res
	rt.consume(op)
	for i, qt := range qts {
		if qt == res.QT {
			return i, nil
		}
	}
	panic("libos: wait any returned a token that it was not given")
}

// WaitAll waits until all operations have completed and fills res, in the order of qts. On an error, none is consumed.
// Timeout and errors are those of Wait; EINVAL also for a token that stands in qts twice and for len(res) < len(qts).
func (rt *Runtime) WaitAll(qts []QToken, res []QResult, timeout time.Duration) error {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	if len(res) < len(qts) {
		return opErr("wait all", 0, syscall.EINVAL)
	}
	rt.begin(false)
	for _, qt := range qts {
		op := rt.ops.get(uint64(qt))
		if op == nil || op.epoch == rt.epoch {
			rt.missing = 0
			return opErr("wait all", 0, syscall.EINVAL)
		}
		op.epoch = rt.epoch
		if !op.done {
			rt.missing++
		}
	}
	if err := rt.await("wait all", timeout); err != nil {
		return err
	}
	for i, qt := range qts {
		op := rt.ops.get(uint64(qt))
		res[i] = op.res
		rt.consume(op)
	}
	return nil
}

// WaitNext waits until any operation of the runtime has completed, fills res with as many results as there are and fit, in
// completion order, and returns how many. Its cost does not depend on how many are outstanding. Timeout and errors are
// those of Wait; EINVAL also for an empty res, and for no timeout when nothing is outstanding, since that would never end.
func (rt *Runtime) WaitNext(res []QResult, timeout time.Duration) (int, error) {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	if len(res) == 0 || timeout < 0 && rt.outstanding == rt.orphans && rt.ready.Len() == 0 {
		return 0, opErr("wait next", 0, syscall.EINVAL)
	}
	rt.begin(true)
	if rt.ready.Len() == 0 {
		rt.missing = 1
	}
	if err := rt.await("wait next", timeout); err != nil {
		return 0, err
	}
	n := 0
	for op := rt.ready.Front(); op != nil && n < len(res); op = rt.ready.Front() {
		res[n] = op.res
		n++
		rt.consume(op)
	}
	return n, nil
}

// Poll makes one round over the engines and reports whether anything moved. A service that computes for long calls it in
// between, so that its devices are served.
func (rt *Runtime) Poll() (progress bool) {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	if rt.closed {
		return false
	}
	return rt.round()
}

// begin starts a wait call: no operation has its epoch yet.
func (rt *Runtime) begin(all bool) {
	rt.epoch++
	rt.waitAll, rt.missing, rt.hit = all, 0, nil
}

func (rt *Runtime) round() (progress bool) {
	for _, e := range rt.engines {
		if e.Poll() {
			progress = true
		}
	}
	return progress
}

// clockEvery is how many rounds with progress may pass before a wait looks at the clock.
const clockEvery = 16

// await makes rounds until nothing is missing.
func (rt *Runtime) await(call string, timeout time.Duration) error {
	if rt.closed {
		return opErr(call, 0, errClosed)
	}
	rt.round()
	if rt.missing <= 0 {
		return nil
	}
	if rt.interrupted.CompareAndSwap(true, false) {
		return opErr(call, 0, syscall.EINTR)
	}
	if timeout == 0 {
		return os.ErrDeadlineExceeded
	}
	now := rt.now()
	moved := now // when anything moved last
	var deadline time.Time
	if timeout > 0 {
		deadline = now.Add(timeout)
	}
	for busy := 1; ; busy++ {
		progress := rt.round()
		if rt.missing <= 0 {
			return nil
		}
		if rt.interrupted.CompareAndSwap(true, false) {
			return opErr(call, 0, syscall.EINTR)
		}
		if progress && busy%clockEvery != 0 {
			continue
		}
		now = rt.now()
		if timeout > 0 && !now.Before(deadline) {
			return os.ErrDeadlineExceeded
		}
		switch {
		case progress:
			moved = now
		case rt.idle == Spin, rt.virtual, rt.idle == Adaptive && now.Sub(moved) < rt.spin:
		default:
			if err := rt.sleep(now, deadline); err != nil {
				return opErr(call, 0, err)
			}
			moved = rt.now()
		}
	}
}
