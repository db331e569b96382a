package inline

import (
	"fmt"
	"reflect"
	"sync/atomic"
	"unsafe"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"
)

// What a processor calls, by the state of the endpoint (pkg/tcpip/transport/tcp/dispatcher.go). Each tries to lock the
// endpoint, and does nothing if somebody else has.

//go:linkname handleConnecting gvisor.dev/gvisor/pkg/tcpip/transport/tcp.handleConnecting
func handleConnecting(*tcp.Endpoint)

//go:linkname handleConnected gvisor.dev/gvisor/pkg/tcpip/transport/tcp.handleConnected
func handleConnected(*tcp.Endpoint)

//go:linkname handleTimeWait gvisor.dev/gvisor/pkg/tcpip/transport/tcp.handleTimeWait
func handleTimeWait(*tcp.Endpoint)

//go:linkname handleListen gvisor.dev/gvisor/pkg/tcpip/transport/tcp.handleListen
func handleListen(*tcp.Endpoint)

//go:linkname drainClosingSegmentQueue gvisor.dev/gvisor/pkg/tcpip/transport/tcp.(*Endpoint).drainClosingSegmentQueue
func drainClosingSegmentQueue(*tcp.Endpoint)

// What handleConnected is made of. The endpoint is locked.

//go:linkname handleSegmentLocked gvisor.dev/gvisor/pkg/tcpip/transport/tcp.(*Endpoint).handleSegmentLocked
func handleSegmentLocked(e *tcp.Endpoint, segment unsafe.Pointer) (more bool, err tcpip.Error)

//go:linkname resetConnectionLocked gvisor.dev/gvisor/pkg/tcpip/transport/tcp.(*Endpoint).resetConnectionLocked
func resetConnectionLocked(*tcp.Endpoint, tcpip.Error)

//go:linkname segmentQueueDequeue gvisor.dev/gvisor/pkg/tcpip/transport/tcp.(*segmentQueue).dequeue
func segmentQueueDequeue(queue unsafe.Pointer) (segment unsafe.Pointer)

//go:linkname segmentQueueEmpty gvisor.dev/gvisor/pkg/tcpip/transport/tcp.(*segmentQueue).empty
func segmentQueueEmpty(queue unsafe.Pointer) bool

//go:linkname segmentDecRef gvisor.dev/gvisor/pkg/tcpip/transport/tcp.(*segment).DecRef
func segmentDecRef(segment unsafe.Pointer)

// offsets are where the fields of gVisor's types are.
var offsets, errOffsets = findOffsets(reflect.TypeFor[tcp.Endpoint]())

type fieldOffsets struct {
	segmentQueue, ownedByUser, waiterQueue uintptr // of tcp.Endpoint
	senderOffsets
	receiverOffsets
	transmitOffsets
}

// findOffsets finds the fields by name, and returns an error unless they are of the types that this package takes them for.
func findOffsets(endpoint reflect.Type) (o fieldOffsets, err error) {
	f := &finder{}
	o.segmentQueue = f.find(endpoint, "segmentQueue", "tcp.segmentQueue")
	o.waiterQueue = f.find(endpoint, "waiterQueue", "*waiter.Queue")
	o.ownedByUser = f.find(endpoint, "ownedByUser", "atomicbitops.Uint32") +
		f.find(f.typ(endpoint, "ownedByUser"), "value", "uint32")
	o.senderOffsets = f.sender(endpoint)
	o.transmitOffsets = f.transmit(endpoint)
	o.receiverOffsets = f.receiver(endpoint, f.typ(f.typ(endpoint, "snd"), "writeNext"))
	return o, f.err
}

// A finder finds fields, and keeps the first error.
type finder struct{ err error }

// find returns the offset of a field.
func (f *finder) find(t reflect.Type, name, typ string) uintptr {
	if f.err != nil {
		return 0
	}
	field, ok := t.FieldByName(name)
	if !ok || field.Type.String() != typ {
		f.err = fmt.Errorf("gVisor's %v has no field %s of type %s", t, name, typ)
	}
	return field.Offset
}

// typ returns the type of a field, and of what it points to.
func (f *finder) typ(t reflect.Type, name string) reflect.Type {
	if f.err != nil {
		return nil
	}
	field, ok := t.FieldByName(name)
	switch {
	case !ok:
		f.err = fmt.Errorf("gVisor's %v has no field %s", t, name)
		return nil
	case field.Type.Kind() == reflect.Pointer:
		return field.Type.Elem()
	}
	return field.Type
}

// own marks e as locked by a call of its user, so that no processor is woken for a segment that is queued. The mark alone
// is set, not the lock: its holder may be waiting for the demultiplexer's, which the caller has. A call of the user clears
// the mark when it returns.
func own(e *tcp.Endpoint) {
	atomic.StoreUint32((*uint32)(unsafe.Add(unsafe.Pointer(e), offsets.ownedByUser)), 1)
}

func segmentQueue(e *tcp.Endpoint) unsafe.Pointer {
	return unsafe.Add(unsafe.Pointer(e), offsets.segmentQueue)
}

// empty reports whether no segment is queued.
func empty(e *tcp.Endpoint) bool { return segmentQueueEmpty(segmentQueue(e)) }

// step processes the next segment of e, which is locked and connected. It reports false when none is left, or none may
// follow.
func step(e *tcp.Endpoint) (more bool, err tcpip.Error) {
	s := segmentQueueDequeue(segmentQueue(e))
	if s == nil {
		return false, nil
	}
	keepWindow(e, segment{s})
	more, err = handleSegmentLocked(e, s)
	segmentDecRef(s)
	return more && err == nil, err
}

// discard drops what is queued.
func discard(e *tcp.Endpoint) {
	for {
		s := segmentQueueDequeue(segmentQueue(e))
		if s == nil {
			return
		}
		segmentDecRef(s)
	}
}

// notify tells whoever waits for e that it has ended.
func notify(e *tcp.Endpoint) {
	q := *(**waiter.Queue)(unsafe.Add(unsafe.Pointer(e), offsets.waiterQueue))
	q.Notify(waiter.EventHUp | waiter.EventErr | waiter.ReadableEvents | waiter.WritableEvents)
}
