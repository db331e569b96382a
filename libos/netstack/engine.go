package netstack

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/network/arp"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/libos/netstack/inline"
	"github.com/catamaran-os/catamaran/link/endpoint"
)

const nicID = 1

// An Engine is one network stack on one queue of a device. It implements libos.Network.
type Engine struct {
	cfg   Config
	mem   libos.Memory
	link  *endpoint.Endpoint
	stack *stack.Stack
	tcp   *inline.Queue // nil: gVisor's goroutines process segments
	clock *clock
	waker waker

	// Sockets that something happened to. Goroutines of the stack append to ready; the owner swaps it with work.
	someReady atomic.Bool // ready is not empty
	readyMu   sync.Mutex
	ready     []*socket
	work      []*socket

	sockets  map[*socket]struct{}
	bound    map[port][]netip.Addr // what Bind gave to stream sockets
	retry    []*socket             // operations wait for memory or for room in the device
	retried  []*socket             // the other array for retry
	lingered []*stream             // closing: see stream.Close
	payload  payload
	writer   writer
	to       tcpip.FullAddress

	unserved int  // rounds since the service had taken all results
	turn     bool // the service has called since the last round
	idle     uint // rounds without anything to do
	rxAt     int64
	overflow uint64 // datagrams that no backlog took
	lost     bool   // the device is gone
	closed   bool
	closing  error
}

var _ libos.Network = (*Engine)(nil)

// Open starts a stack. Addresses can be used at once. Errors: EINVAL for a Config that cannot be, or those of epoll and
// eventfd.
func Open(cfg Config) (*Engine, error) {
	cfg.setDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	e := &Engine{
		cfg:     cfg,
		mem:     cfg.Memory,
		sockets: make(map[*socket]struct{}),
		bound:   make(map[port][]netip.Addr),
	}
	if err := e.waker.open(); err != nil {
		return nil, fmt.Errorf("open netstack: %w", err)
	}
	e.clock = newClock(cfg.Now, e.waker.wake)
	o := endpoint.Options{MAC: cfg.MAC, MTU: cfg.MTU, MaxHeld: cfg.MaxHeld, Staged: e.waker.wake}
	switch err := inline.Check(); {
	case cfg.TCP == TCPStock:
	case err == nil:
		e.tcp = &inline.Queue{Wake: e.waker.wake}
		o.Early, o.Shortcut = e.tcp.Early, e.tcp
	case cfg.TCP == TCPInline:
		return nil, errors.Join(fmt.Errorf("open netstack: process TCP inline: %w", err), e.waker.close())
	}
	var err error
	e.link, err = endpoint.New(cfg.Queue, cfg.Info, o)
	if err != nil {
		return nil, errors.Join(err, e.waker.close())
	}
	if e.tcp != nil {
		e.tcp.Write = e.link.WriteFrame
	}
	if err := e.start(); err != nil {
		return nil, errors.Join(fmt.Errorf("open netstack: %w", err), e.stop())
	}
	return e, nil
}

func (e *Engine) start() error {
	hasV6 := false
	for _, p := range e.cfg.Addrs {
		hasV6 = hasV6 || p.Addr().Is6()
	}
	newTCP := tcp.NewProtocol
	if e.tcp != nil {
		newTCP = e.tcp.New
	}
	e.stack = stack.New(stack.Options{
		NetworkProtocols: []stack.NetworkProtocolFactory{
			ipv4.NewProtocol,
			ipv6.NewProtocolWithOptions(ipv6.Options{
				// RFC 4291 section 2.8 asks for a link-local address beside the others.
				AutoGenLinkLocal: hasV6,
				NDPConfigs:       ipv6.NDPConfigurations{HandleRAs: ipv6.HandlingRAsDisabled},
				DADConfigs:       stack.DADConfigurations{DupAddrDetectTransmits: 0},
			}),
			arp.NewProtocol,
		},
		TransportProtocols: []stack.TransportProtocolFactory{newTCP, udp.NewProtocol},
		Clock:              e.clock,
		HandleLocal:        true,
		SecureRNG:          e.cfg.Random, // the other one is seeded from it
	})
	if err := e.tune(); err != nil {
		return err
	}
	if err := e.stack.CreateNICWithOptions(nicID, e.link, stack.NICOptions{QDisc: e.link}); err != nil {
		return fmt.Errorf("create interface: %w", failure(err))
	}
	var routes []tcpip.Route
	for _, p := range e.cfg.Addrs {
		pa := tcpip.ProtocolAddress{
			Protocol:          familyOf(p.Addr()).proto,
			AddressWithPrefix: tcpip.AddressWithPrefix{Address: address(p.Addr()), PrefixLen: p.Bits()},
		}
		if err := e.stack.AddProtocolAddress(nicID, pa, stack.AddressProperties{}); err != nil {
			return fmt.Errorf("add address %v: %w", p, failure(err))
		}
		routes = append(routes, tcpip.Route{Destination: subnet(p), NIC: nicID})
	}
	if hasV6 {
		routes = append(routes, tcpip.Route{Destination: header.IPv6LinkLocalPrefix.Subnet(), NIC: nicID})
	}
	for _, r := range e.cfg.Routes {
		routes = append(routes, tcpip.Route{Destination: subnet(r.Destination.Masked()), Gateway: address(r.Gateway), NIC: nicID})
	}
	for _, g := range e.cfg.Gateways {
		all := header.IPv4EmptySubnet
		if g.Is6() {
			all = header.IPv6EmptySubnet
		}
		routes = append(routes, tcpip.Route{Destination: all, Gateway: address(g), NIC: nicID})
	}
	e.stack.SetRouteTable(routes)
	return nil
}

// TCP returns who processes segments: "inline" or "stock".
func (e *Engine) TCP() string {
	if e.tcp != nil {
		return "inline"
	}
	return "stock"
}

// tune sets what differs from gVisor's defaults. gVisor's RACK (RFC 8985) is off: when a tail loss probe is lost too, it may
// be left without a timer, and the connection stalls (gvisor issue 6113). Package inline finds losses by time without it.
func (e *Engine) tune() error {
	sack, nagle, moderate := tcpip.TCPSACKEnabled(true), tcpip.TCPDelayEnabled(false), tcpip.TCPModerateReceiveBufferOption(true)
	recovery := tcpip.TCPRecovery(0)
	rto := tcpip.TCPMinRTOOption(e.cfg.MinRTO)
	send := tcpip.TCPSendBufferSizeRangeOption{Min: minBuffer, Default: e.cfg.SendBuffer, Max: e.cfg.MaxSendBuffer}
	receive := tcpip.TCPReceiveBufferSizeRangeOption{Min: minBuffer, Default: e.cfg.ReceiveBuffer, Max: e.cfg.MaxReceiveBuffer}
	for _, o := range []tcpip.SettableTransportProtocolOption{&sack, &recovery, &nagle, &moderate, &rto, &send, &receive} {
		if err := e.stack.SetTransportProtocolOption(tcp.ProtocolNumber, o); err != nil {
			return fmt.Errorf("set %T: %w", o, failure(err))
		}
	}
	return nil
}

// Socket implements libos.Network.
func (e *Engine) Socket(domain, typ int) (libos.Socket, error) {
	f := familyV4
	switch domain {
	case syscall.AF_INET:
	case syscall.AF_INET6:
		f = familyV6
	default:
		return nil, syscall.ENOTSUP
	}
	switch typ {
	case syscall.SOCK_STREAM:
		return e.newStream(f)
	case syscall.SOCK_DGRAM:
		return e.newDatagram(f)
	}
	return nil, syscall.ENOTSUP
}

// Close resets all connections, fails what is pending with ECANCELED, waits for the goroutines of the stack and releases
// everything, the device included if Config.Device is set. It is idempotent.
func (e *Engine) Close() error {
	if e.closed {
		return e.closing
	}
	e.closed = true
	e.clock.refresh()
	for s := range e.sockets {
		s.impl.abort()
	}
	e.closing = e.stop()
	return e.closing
}

// stop tears down what start has built.
func (e *Engine) stop() error {
	if e.stack != nil {
		e.stack.Close() // resets what no socket owns: connections that were not accepted or that linger
		e.link.Flush()
		e.stack.Wait() // removes the interface, which closes e.link
	}
	if e.tcp != nil {
		e.tcp.Close()
	}
	e.link.Close()
	err := e.waker.close()
	if e.cfg.Device != nil && e.closed {
		err = errors.Join(err, e.cfg.Device.Close())
	}
	return err
}
