package netstack_test

import (
	"bytes"
	"encoding/binary"
	"net/netip"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"
)

func frame(dst, src []byte, proto tcpip.NetworkProtocolNumber, payload []byte) []byte {
	b := append(append(bytes.Clone(dst), src...), byte(proto>>8), byte(proto))
	return append(b, payload...)
}

func tcpipAddr(a netip.Addr) tcpip.Address { return tcpip.AddrFromSlice(a.AsSlice()) }

// packet puts an IP header before a transport packet.
func packet(proto uint8, src, dst netip.Addr, p []byte) (tcpip.NetworkProtocolNumber, []byte) {
	if src.Is6() {
		b := make([]byte, 40, 40+len(p))
		header.IPv6(b).Encode(&header.IPv6Fields{
			PayloadLength: uint16(len(p)), TransportProtocol: tcpip.TransportProtocolNumber(proto), HopLimit: 255,
			SrcAddr: tcpipAddr(src), DstAddr: tcpipAddr(dst),
		})
		return header.IPv6ProtocolNumber, append(b, p...)
	}
	b := make([]byte, 20, 20+len(p))
	header.IPv4(b).Encode(&header.IPv4Fields{
		TotalLength: uint16(20 + len(p)), TTL: 64, Protocol: proto, SrcAddr: tcpipAddr(src), DstAddr: tcpipAddr(dst),
	})
	header.IPv4(b).SetChecksum(^header.IPv4(b).CalculateChecksum())
	return header.IPv4ProtocolNumber, append(b, p...)
}

func ipFrame(proto uint8, src, dst netip.Addr, p []byte) []byte {
	n, b := packet(proto, src, dst, p)
	return frame(macHost, macTest, n, b)
}

func segment(src, dst netip.AddrPort, flags header.TCPFlags, seq, ack uint32, payload string) []byte {
	b := make([]byte, 20, 20+len(payload))
	header.TCP(b).Encode(&header.TCPFields{
		SrcPort: src.Port(), DstPort: dst.Port(), SeqNum: seq, AckNum: ack, DataOffset: 20, Flags: flags, WindowSize: 65535,
	})
	b = append(b, payload...)
	sum := header.PseudoHeaderChecksum(6, tcpipAddr(src.Addr()), tcpipAddr(dst.Addr()), uint16(len(b)))
	header.TCP(b).SetChecksum(^checksum.Checksum(b, sum))
	return ipFrame(6, src.Addr(), dst.Addr(), b)
}

func echo4(src, dst netip.Addr, seq uint16, payload []byte) []byte {
	b := append(make([]byte, 8), payload...)
	b[0] = byte(header.ICMPv4Echo)
	binary.BigEndian.PutUint16(b[6:], seq)
	header.ICMPv4(b).SetChecksum(^checksum.Checksum(b, 0))
	return ipFrame(1, src, dst, b)
}

func icmp6(src, dst netip.Addr, b []byte) []byte {
	sum := header.PseudoHeaderChecksum(58, tcpipAddr(src), tcpipAddr(dst), uint16(len(b)))
	binary.BigEndian.PutUint16(b[2:], 0)
	binary.BigEndian.PutUint16(b[2:], ^checksum.Checksum(b, sum))
	return ipFrame(58, src, dst, b)
}

func arpPacket(op header.ARPOp, sender, target netip.Addr, senderMAC, targetMAC []byte) []byte {
	b := make(header.ARP, header.ARPSize)
	b.SetIPv4OverEthernet()
	b.SetOp(op)
	copy(b.HardwareAddressSender(), senderMAC)
	copy(b.ProtocolAddressSender(), sender.AsSlice())
	copy(b.HardwareAddressTarget(), targetMAC)
	copy(b.ProtocolAddressTarget(), target.AsSlice())
	return b
}

func isType(proto tcpip.NetworkProtocolNumber) func([]byte) bool {
	return func(b []byte) bool { return header.Ethernet(b).Type() == proto }
}

// isTCP4 matches IPv4 segments with exactly these flags.
func isTCP4(flags header.TCPFlags) func([]byte) bool {
	return func(b []byte) bool {
		return isType(header.IPv4ProtocolNumber)(b) && b[23] == 6 && header.TCP(b[34:]).Flags() == flags
	}
}
