package libos

import (
	"net/netip"
)

// QD is a queue descriptor: a slot and a generation, never zero. A closed descriptor is not reused for another queue.
type QD uint64

// QToken is a queue token: a slot and a generation, never zero. It stands for one operation and is consumed by the wait
// call that returns its result.
type QToken uint64

// Opcode tells what an operation does.
type Opcode uint8

const (
	OpAccept Opcode = iota + 1
	OpConnect
	OpPush
	OpPop
	OpClose
)

// String returns the call's name in lower case.
func (c Opcode) String() string {
	switch c {
	case OpAccept:
		return "accept"
	case OpConnect:
		return "connect"
	case OpPush:
		return "push"
	case OpPop:
		return "pop"
	case OpClose:
		return "close"
	}
	return "op?"
}

// Stage tells how far a completed push has got.
type Stage uint8

const (
	Buffered Stage = iota + 1 // in a buffer of the stack or the kernel
	Sent                      // the device has sent it
	Durable                   // on stable storage
)

// A QResult is the outcome of one operation.
type QResult struct {
	QT     QToken
	QD     QD // the descriptor that the operation was issued on
	Opcode Opcode
	Stage  Stage          // push
	Err    error          // nil on success; unwraps to a syscall.Errno, ENODEV if the device is gone for good
	N      int            // push, pop: bytes. This and the fields below are set only on success
	SGA    SGArray        // pop: the data; the caller's until Free
	Addr   netip.AddrPort // accept: the peer. pop of a datagram: its sender
	NewQD  QD             // accept: the connection
}

// An Op is an operation that a queue has to complete. It lives in the runtime's token table; a queue must not keep it
// after it has completed it. Off and Addr are the queue's to use while it holds the operation.
type Op struct {
	SGA  SGArray        // push: what is lent
	Off  int            // push: bytes already taken, for the queue's own accounting
	Addr netip.AddrPort // push to an address, connect: the address

	rt     *Runtime
	q      Queue
	seq    uint64 // order of issue
	epoch  uint64 // the wait call that waits for it
	done   bool
	orphan bool    // nobody waits for it: gone when it completes
	list   *OpList // the list that holds it: its queue's, or the runtime's list of completed operations
	prev   *Op
	next   *Op
	res    QResult
	lent   lent // checks only: what the lent memory held
}

// Opcode returns what the operation does.
func (op *Op) Opcode() Opcode { return op.res.Opcode }

// CompletePush ends a push: all its bytes have reached stage.
func (op *Op) CompletePush(stage Stage) {
	op.res.Stage = stage
	op.res.N = op.SGA.Len()
	op.finish()
}

// CompletePop ends a pop. The memory of sga becomes the service's, with one reference a segment. from is the sender of a
// datagram.
func (op *Op) CompletePop(sga SGArray, from netip.AddrPort) {
	op.res.SGA = sga
	op.res.N = sga.Len()
	op.res.Addr = from
	op.finish()
}

// CompleteAccept ends an accept: s is a connection with peer from, and gets a descriptor. If the descriptor table is full
// the operation fails with EMFILE and s is closed.
func (op *Op) CompleteAccept(s Socket, from netip.AddrPort) {
	qd, err := op.rt.insert(s)
	if err != nil {
		op.rt.abandon(s)
		op.Fail(err)
		return
	}
	op.res.NewQD = qd
	op.res.Addr = from
	op.finish()
}

// Complete ends a connect or a close.
func (op *Op) Complete() { op.finish() }

// Fail ends any operation with an error that unwraps to a syscall.Errno.
func (op *Op) Fail(err error) {
	op.res.Err = &OpError{Op: op.res.Opcode.String(), QD: op.res.QD, Err: err}
	op.finish()
}

func (op *Op) finish() {
	if op.done {
		panic("libos: operation completed twice: " + op.res.Opcode.String())
	}
	if op.list != nil {
		op.list.Remove(op)
	}
	op.done = true
	rt := op.rt
	if op.res.Opcode == OpPush {
		if checks && op.lent.changed(&op.SGA) {
			rt.reportLent(op)
		}
		rt.release(&op.SGA)
		op.SGA = SGArray{}
	}
	op.q = nil
	rt.outstanding--
	if op.orphan {
		rt.orphans--
		rt.discard(op)
		return
	}
	rt.ready.PushBack(op)
	if rt.waitAll || op.epoch == rt.epoch {
		if rt.hit == nil {
			rt.hit = op
		}
		rt.missing--
	}
}
