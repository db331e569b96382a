package libos

import (
	"io"
	"net/netip"
	"syscall"
)

// Alloc returns an array of one segment of size bytes, from 1 up, of the runtime's memory; Free gives it back. Its content
// is undefined. Errors: EINVAL, ENOMEM.
func (rt *Runtime) Alloc(size int) (SGArray, error) {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	if rt.closed {
		return SGArray{}, opErr("alloc", 0, errClosed)
	}
	seg, err := rt.mem.Alloc(size)
	if err != nil {
		return SGArray{}, opErr("alloc", 0, err)
	}
	return One(seg), nil
}

// Free gives the memory of an array back: one from Alloc or from the result of a pop. It may be called while the array is
// lent to a push, which then keeps the memory until it completes. EINVAL: it was freed before.
func (rt *Runtime) Free(sga SGArray) error {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	if rt.closed {
		return opErr("free", 0, errClosed)
	}
	var first error
	for i := range sga.NumSegs() {
		if h := sga.Seg(i).Handle; h != 0 {
			if err := rt.mem.Release(h); err != nil && first == nil {
				first = opErr("free", 0, err)
			}
		}
	}
	return first
}

// Push starts to send all of sga on a connected queue. sga is lent until the result has been waited for.
// Errors of the call: EBADF; EINVAL for an array without bytes or with freed memory; ENOTCONN, or EDESTADDRREQ on a datagram
// socket; ENOBUFS when Options.MaxTokens are in use. What the connection or the device does to a push is in the result: EPIPE
// after Shutdown, EPIPE or ECONNRESET when the peer has gone, EMSGSIZE for a message that is too large for one, ECANCELED.
func (rt *Runtime) Push(qd QD, sga SGArray) (QToken, error) {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	return rt.push(qd, sga, netip.AddrPort{}, false)
}

// PushTo is Push to an address, on a datagram socket. Further errors of the call: EISCONN on a connected stream socket,
// ENOTSOCK, EAFNOSUPPORT, EINVAL for an invalid address or port 0.
func (rt *Runtime) PushTo(qd QD, sga SGArray, addr netip.AddrPort) (QToken, error) {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	return rt.push(qd, sga, addr, true)
}

func (rt *Runtime) push(qd QD, sga SGArray, addr netip.AddrPort, to bool) (QToken, error) {
	q, err := rt.lookup("push", qd)
	if err != nil {
		return 0, err
	}
	if sga.Len() == 0 {
		return 0, opErr("push", qd, syscall.EINVAL)
	}
	if err := rt.retain(&sga); err != nil {
		return 0, opErr("push", qd, err)
	}
	op, err := rt.issue(OpPush, qd, q)
	if err == nil {
		op.SGA = sga
		if checks {
			op.lent.note(&sga)
		}
		qt := op.res.QT
		if to {
			if s, ok := q.(Socket); !ok {
				err = syscall.ENOTSOCK
			} else {
				err = s.PushTo(op, sga, addr)
			}
		} else {
			err = q.Push(op, sga)
		}
		if err == nil {
			return qt, nil
		}
		rt.refused(op)
	}
	rt.release(&sga)
	return 0, opErr("push", qd, err)
}

// refused takes back an operation that its queue did not start.
func (rt *Runtime) refused(op *Op) {
	if op.done || op.list != nil {
		panic("libos: queue kept an operation that it refused: " + op.res.Opcode.String())
	}
	rt.outstanding--
	if op.orphan {
		rt.orphans--
	}
	rt.discard(op)
}

// Pop starts to receive. On a stream it completes with what is there, at least one byte, or with none at the end of the
// stream; elsewhere with one message. Errors of the call: EBADF, ENOTCONN, ENOBUFS as for Push. Errors of the result:
// ECONNRESET, ETIMEDOUT, ECANCELED.
func (rt *Runtime) Pop(qd QD) (QToken, error) {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	q, err := rt.lookup("pop", qd)
	if err != nil {
		return 0, err
	}
	op, err := rt.issue(OpPop, qd, q)
	if err != nil {
		return 0, opErr("pop", qd, err)
	}
	qt := op.res.QT
	if err := q.Pop(op); err != nil {
		rt.refused(op)
		return 0, opErr("pop", qd, err)
	}
	return qt, nil
}

// CloseQueue starts to close a queue. The descriptor is invalid from now on. Operations pending on it complete first, with
// ECANCELED, in the order of issue. Data of completed pushes is still delivered: on stacks inside the process (netstack)
// the close completes when the peer has acknowledged it, on kernel sockets the kernel goes on by itself. Cancel of the
// close token ends the connection at once.
func (rt *Runtime) CloseQueue(qd QD) (QToken, error) {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	q, err := rt.lookup("close", qd)
	if err != nil {
		return 0, err
	}
	op, err := rt.issue(OpClose, qd, q)
	if err != nil {
		return 0, opErr("close", qd, err)
	}
	qt := op.res.QT
	rt.queues.drop(uint64(qd))
	if err := q.Close(op); err != nil {
		rt.refused(op)
		return 0, opErr("close", qd, err)
	}
	return qt, nil
}

// Cancel ends an operation early: it completes with ECANCELED, which a wait call then returns. An operation that has
// completed keeps its result. Errors: EINVAL for a token that is unknown or consumed.
func (rt *Runtime) Cancel(qt QToken) error {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	op := rt.ops.get(uint64(qt))
	if op == nil {
		return opErr("cancel", 0, syscall.EINVAL)
	}
	if !op.done {
		op.q.Cancel(op)
	}
	return nil
}

// Open opens a file of a storage engine. ENOTSUP: the runtime has none.
func (rt *Runtime) Open(path string) (QD, error) {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	for _, e := range rt.engines {
		if fs, ok := e.(FileSystem); ok {
			f, err := fs.Open(path)
			if err != nil {
				return 0, opErr("open", 0, err)
			}
			qd, err := rt.insert(f)
			if err != nil {
				rt.abandon(f)
				return 0, opErr("open", 0, err)
			}
			return qd, nil
		}
	}
	return 0, opErr("open", 0, syscall.ENOTSUP)
}

// Seek moves the cursor of a file (io.SeekStart, io.SeekCurrent, io.SeekEnd). ESPIPE: not a file.
func (rt *Runtime) Seek(qd QD, offset int64, whence int) (int64, error) {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	q, err := rt.lookup("seek", qd)
	if err != nil {
		return 0, err
	}
	f, ok := q.(File)
	if !ok {
		return 0, opErr("seek", qd, syscall.ESPIPE)
	}
	if whence < io.SeekStart || whence > io.SeekEnd {
		return 0, opErr("seek", qd, syscall.EINVAL)
	}
	n, err := f.Seek(offset, whence)
	if err != nil {
		return 0, opErr("seek", qd, err)
	}
	return n, nil
}

// Truncate cuts a file to size bytes. EINVAL: not a file, or a negative size.
func (rt *Runtime) Truncate(qd QD, size int64) error {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	q, err := rt.lookup("truncate", qd)
	if err != nil {
		return err
	}
	f, ok := q.(File)
	if !ok || size < 0 {
		return opErr("truncate", qd, syscall.EINVAL)
	}
	if err := f.Truncate(size); err != nil {
		return opErr("truncate", qd, err)
	}
	return nil
}
