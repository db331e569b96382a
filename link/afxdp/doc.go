// Package afxdp is a link.Device over AF_XDP sockets: Ethernet frames in memory shared with the kernel, next to the
// kernel's own traffic on the same interface.
//
// A queue of the interface gets one socket (XSK) with memory of its own (UMEM), cut into frames of one size, and four
// rings that hold frame addresses. One side of a ring writes the producer index, the other the consumer index:
//
//	             we produce, kernel consumes      kernel produces, we consume
//	receive      fill: frames to receive into     RX: frames with data
//	transmit     TX: frames to send               completion: frames that were sent
//
// An XDP program runs for each received packet, before the kernel's network stack. It redirects to the XSK of the
// packet's queue what is for Config.Addrs: ARP requests and replies and neighbour solicitations that ask for them, IPv4
// and IPv6 packets sent to them. All else, and every packet of a queue without XSK, goes on to the kernel; so do router
// advertisements, multicast and frames with a VLAN tag in them. A tag that was taken out before, by the NIC or by the
// sender's kernel on veth, no program can see: ethtool -K DEV rxvlan off, ethtool -K PEER txvlan off. The program is attached by a bpf_link that dies with the process,
// and it never replaces another program.
//
// The driver moves frames without copying them where it can (zero-copy), else the kernel copies each into the UMEM
// (copy), and drivers without XDP get it after the kernel has made an skb (generic). Info().Mode says which.
//
// Sources: Documentation/networking/af_xdp.rst and net/xdp/xsk.c of Linux. The minimum is Linux 5.15.
//
// In short: one XSK per queue, one program per interface, and the kernel keeps what is not ours.
package afxdp
