package peer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/fdbased"
	"gvisor.dev/gvisor/pkg/tcpip/network/arp"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"

	"github.com/catamaran-os/catamaran/hack/bench/load"
)

const nic = 1

func serveGvisor(ctx context.Context, c Config, ready func() error) error {
	s, err := newStack(c)
	if err != nil {
		return err
	}
	listener, err := gonet.ListenTCP(s, full(c.Addr), ipv4.ProtocolNumber)
	if err != nil {
		return fmt.Errorf("listen on %v: %w", c.Addr, err)
	}
	if err := ready(); err != nil {
		return err
	}
	return load.Serve(ctx, listener, c.Kind)
}

func driveGvisor(ctx context.Context, c Config, p load.Params) (load.Result, error) {
	s, err := newStack(c)
	if err != nil {
		return load.Result{}, err
	}
	return load.Run(ctx, p, func(ctx context.Context) (net.Conn, error) {
		return gonet.DialContextTCP(ctx, s, full(p.Addr), ipv4.ProtocolNumber)
	})
}

// newStack returns a stack on the interface. It and its socket live until the process ends: a stack whose endpoint reads
// a packet socket has no way to stop in order.
func newStack(c Config) (*stack.Stack, error) {
	ifi, err := net.InterfaceByName(c.Device)
	if err != nil {
		return nil, err
	}
	fd, err := packetSocket(ifi.Index)
	if err != nil {
		return nil, err
	}
	endpoint, err := fdbased.New(&fdbased.Options{
		FDs: []int{fd}, MTU: uint32(ifi.MTU), EthernetHeader: true, Address: tcpip.LinkAddress(ifi.HardwareAddr),
		PacketDispatchMode: fdbased.RecvMMsg,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make gVisor's endpoint: %w", err), unix.Close(fd))
	}
	s := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol, arp.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol},
	})
	sack := tcpip.TCPSACKEnabled(true) // as every kernel has it
	address := tcpip.ProtocolAddress{Protocol: ipv4.ProtocolNumber, AddressWithPrefix: tcpip.AddressWithPrefix{
		Address: address(c.IP.Addr()), PrefixLen: c.IP.Bits()}}
	for _, step := range []struct {
		what string
		err  tcpip.Error
	}{
		{"set SACK", s.SetTransportProtocolOption(tcp.ProtocolNumber, &sack)},
		{"add the interface", s.CreateNIC(nic, endpoint)},
		{"add the address", s.AddProtocolAddress(nic, address, stack.AddressProperties{})},
	} {
		if step.err != nil {
			s.Close()
			return nil, errors.Join(fmt.Errorf("%s: %v", step.what, step.err), unix.Close(fd))
		}
	}
	s.SetRouteTable([]tcpip.Route{{Destination: header.IPv4EmptySubnet, NIC: nic}})
	return s, nil
}

// packetSocket returns a packet(7) socket of all protocols on an interface.
func packetSocket(ifindex int) (int, error) {
	const all = unix.ETH_P_ALL<<8&0xff00 | unix.ETH_P_ALL>>8 // in network byte order
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, all)
	if err != nil {
		return -1, fmt.Errorf("open a packet socket: %w", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: ifindex}); err != nil {
		return -1, errors.Join(fmt.Errorf("bind a packet socket: %w", err), unix.Close(fd))
	}
	return fd, nil
}

func address(a netip.Addr) tcpip.Address { return tcpip.AddrFrom4(a.As4()) }

func full(a netip.AddrPort) tcpip.FullAddress {
	return tcpip.FullAddress{NIC: nic, Addr: address(a.Addr()), Port: a.Port()}
}
