package endpoint

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"syscall"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/stack"

	"github.com/catamaran-os/catamaran/link"
)

const (
	maxBurst = 64

	// Frames that wait, allocated, for a packet of the stack.
	minSpare, maxSpare = 16, 256

	// DefaultMaxHeld is Options.MaxHeld by default: more than the fragments of some datagrams of 64 KiB at an MTU of
	// 1500, and 3 MB at most.
	DefaultMaxHeld = 2048
)

// Options configure an Endpoint. The zero value of each field stands for its default.
type Options struct {
	MAC net.HardwareAddr // own address, 6 bytes. Default Info.MAC
	MTU int              // largest IP packet in bytes. Default and most: Info.MTU
	// MaxHeld bounds what is held while the device pushes back, in frames. Default DefaultMaxHeld.
	MaxHeld int
	// Early, if set, is offered each packet whose checksums were verified, before the stack is. It reports whether it
	// took the packet, which stays the endpoint's. The data begins with the network header.
	Early func(protocol tcpip.NetworkProtocolNumber, pkt *stack.PacketBuffer) bool
	// Shortcut, if set, is offered TCP segments before the stack is, unless they would overtake something that the stack has
	// not seen.
	Shortcut Shortcut
	// Staged, if set, is called after the stack wrote packets, from any goroutine, without locks of the endpoint.
	Staged func()
}

// An Endpoint is a stack.LinkEndpoint over one queue of a device. New, Poll, Flush, Arm, Pending and Close belong to the
// goroutine that owns the queue; the stack calls the others from any goroutine.
type Endpoint struct {
	q       link.Queue
	virtual bool
	pieces  int           // most frames of a received packet
	joined  *buffer.View  // a received packet of several frames
	whole   [1]link.Frame // with it as one
	mac     [6]byte
	mtu     atomic.Uint32
	caps    atomic.Uint32
	wrote   func()
	early   func(tcpip.NetworkProtocolNumber, *stack.PacketBuffer) bool

	shortcut Shortcut

	dispatcher stack.NetworkDispatcher // the owner's: nil when detached
	attached   atomic.Bool

	frames   [maxBurst]link.Frame
	packets  [maxBurst]packet
	verdicts [maxBurst]verdict
	parts    [maxBurst][]byte // for the shortcut
	runs     coalescer
	stats    Stats        // the owner's: what begins with Rx, and frames and errors sent
	out      []link.Frame // the owner's: what the device has not taken yet

	dirty atomic.Bool // something is staged or held
	tx    staging
}

var (
	_ stack.LinkEndpoint       = (*Endpoint)(nil)
	_ stack.GSOEndpoint        = (*Endpoint)(nil)
	_ stack.QueueingDiscipline = (*Endpoint)(nil)
)

// New returns an endpoint over q, which it does not close. EINVAL: an option is out of range.
func New(q link.Queue, info link.Info, o Options) (*Endpoint, error) {
	if o.MAC == nil {
		o.MAC = info.MAC
	}
	if o.MTU == 0 {
		o.MTU = info.MTU
	}
	if o.MaxHeld == 0 {
		o.MaxHeld = DefaultMaxHeld
	}
	switch {
	case q == nil:
		return nil, fmt.Errorf("open endpoint: no queue: %w", syscall.EINVAL)
	case len(o.MAC) != 6 || o.MAC[0]&1 != 0 || [6]byte(o.MAC) == [6]byte{}:
		return nil, fmt.Errorf("open endpoint: %v is not the address of a station: %w", o.MAC, syscall.EINVAL)
	case o.MTU < header.IPv4MinimumMTU || o.MTU > info.MTU:
		return nil, fmt.Errorf("open endpoint: MTU %d is not between %d and %d: %w", o.MTU, header.IPv4MinimumMTU, info.MTU, syscall.EINVAL)
	case info.Pieces > maxBurst:
		return nil, fmt.Errorf("open endpoint: a packet of %d frames is more than a burst: %w", info.Pieces, syscall.EINVAL)
	case o.MaxHeld < 1:
		return nil, fmt.Errorf("open endpoint: MaxHeld is %d: %w", o.MaxHeld, syscall.EINVAL)
	}
	spare := max(minSpare, min(q.Stats().Accounts.Total/8, maxSpare))
	e := &Endpoint{q: q, virtual: info.Virtual, pieces: info.Pieces, mac: [6]byte(o.MAC), wrote: o.Staged, early: o.Early, shortcut: o.Shortcut}
	e.mtu.Store(uint32(o.MTU))
	e.caps.Store(uint32(stack.CapabilityResolutionRequired))
	e.out = make([]link.Frame, 0, spare)
	e.tx.init(spare, o.MaxHeld)
	if info.Offloads&link.TxChecksum != 0 {
		e.tx.checksum = true
		if info.Offloads&link.TxSegmentation != 0 {
			e.tx.pieces = min(info.Pieces, spare/2)
		}
	}
	e.tx.acks = &e.runs.expected
	e.tx.refill(q)
	return e, nil
}

// Arm prepares for sleep: see link.Queue. It reports false while something is staged. When the device was short of room
// the descriptor becomes readable once it takes more.
func (e *Endpoint) Arm() (fd int, ok bool) {
	if e.Pending() {
		return -1, false
	}
	return e.q.Arm()
}

// Pending reports whether there is something to flush that the device has not refused before.
func (e *Endpoint) Pending() bool { return e.dirty.Load() && len(e.out) == 0 }

// Room returns how many packets of one frame each the stack can write before the endpoint refuses one. Other goroutines may
// take it.
func (e *Endpoint) Room() int { return e.tx.room() }

// Stats returns the counters.
func (e *Endpoint) Stats() Stats {
	s := e.stats
	e.tx.addTo(&s)
	s.Staged += len(e.out)
	return s
}

// Close gives all frames back to the device and releases held packets. What the stack writes later is lost and counted.
// It implements stack.LinkEndpoint and stack.QueueingDiscipline and is idempotent.
func (e *Endpoint) Close() {
	e.q.Free(e.out)
	lost := len(e.out)
	e.out = e.out[:0]
	e.tx.close(e.q, lost)
	e.dirty.Store(false)
}

// MTU implements stack.LinkEndpoint.
func (e *Endpoint) MTU() uint32 { return e.mtu.Load() }

// SetMTU implements stack.LinkEndpoint. The MTU of the device bounds it.
func (e *Endpoint) SetMTU(mtu uint32) {
	if mtu < e.mtu.Load() {
		e.mtu.Store(mtu)
	}
}

// MaxHeaderLength implements stack.LinkEndpoint.
func (*Endpoint) MaxHeaderLength() uint16 { return header.EthernetMinimumSize }

// LinkAddress implements stack.LinkEndpoint.
func (e *Endpoint) LinkAddress() tcpip.LinkAddress { return tcpip.LinkAddress(e.mac[:]) }

// SetLinkAddress implements stack.LinkEndpoint. The address is fixed by New, since the device filters by it.
func (*Endpoint) SetLinkAddress(tcpip.LinkAddress) {}

// Capabilities implements stack.LinkEndpoint. The stack reads it for each packet that is delivered
// (nic.DeliverNetworkPacket) and keeps no copy of the receive bit, so that the answer may differ from one packet to the
// next. The transmit bits never change: all checksums but those of TCP are computed by the stack (see SupportedGSO).
func (e *Endpoint) Capabilities() stack.LinkEndpointCapabilities {
	return stack.LinkEndpointCapabilities(e.caps.Load())
}

// Attach implements stack.LinkEndpoint.
func (e *Endpoint) Attach(d stack.NetworkDispatcher) {
	e.dispatcher = d
	e.attached.Store(d != nil)
}

// IsAttached implements stack.LinkEndpoint.
func (e *Endpoint) IsAttached() bool { return e.attached.Load() }

// Wait implements stack.LinkEndpoint: there are no goroutines to wait for.
func (*Endpoint) Wait() {}

// ARPHardwareType implements stack.LinkEndpoint.
func (*Endpoint) ARPHardwareType() header.ARPHardwareType { return header.ARPHardwareEther }

// AddHeader implements stack.LinkEndpoint.
func (*Endpoint) AddHeader(pkt *stack.PacketBuffer) {
	eth := header.Ethernet(pkt.LinkHeader().Push(header.EthernetMinimumSize))
	eth.Encode(&header.EthernetFields{
		SrcAddr: pkt.EgressRoute.LocalLinkAddress,
		DstAddr: pkt.EgressRoute.RemoteLinkAddress,
		Type:    pkt.NetworkProtocolNumber,
	})
}

// ParseHeader implements stack.LinkEndpoint.
func (*Endpoint) ParseHeader(pkt *stack.PacketBuffer) bool {
	_, ok := pkt.LinkHeader().Consume(header.EthernetMinimumSize)
	return ok
}

// SetOnCloseAction implements stack.LinkEndpoint. Whoever opened the device closes it.
func (*Endpoint) SetOnCloseAction(func()) {}

// staging is what WritePackets shares with the owner.
type staging struct {
	mu     sync.Mutex
	spare  []link.Frame // allocated and empty; a stack
	staged []link.Frame // filled, in order of writing
	held   jobQueue     // written after everything that is staged
	limit  int          // of spare
	pieces int          // frames of a segment that the device cuts, at most; 0: it cuts none
	// checksum says that the device completes the checksums of TCP.
	checksum bool
	head     [maxHeader]byte
	acks     *expected // what the stack acknowledged
	closed   bool
	stats    Stats // what else begins with Tx
}
