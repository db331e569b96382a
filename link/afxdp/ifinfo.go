package afxdp

import (
	"encoding/binary"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// ifInfo is what rtnetlink(7) knows of an interface beyond package net.
type ifInfo struct {
	kind     string // "veth", "tun", ...; empty for hardware
	rxQueues int    // that the device has room for; the number in use may be smaller
	xdpMode  byte   // XDP_ATTACHED_* of linux/if_link.h, 0 when no program is attached
	xdpID    uint32 // of the attached program
}

// XDP_ATTACHED_* of include/uapi/linux/if_link.h.
var xdpModeNames = [...]string{"none", "native", "generic", "offload", "multiple"}

func (i ifInfo) modeName() string {
	if int(i.xdpMode) < len(xdpModeNames) {
		return xdpModeNames[i.xdpMode]
	}
	return "unknown"
}

// virtual reports whether a sender on this machine can reach the device without a wire.
func (i ifInfo) virtual() bool {
	switch i.kind {
	case "veth", "netkit", "tun":
		return true
	}
	return false
}

func readIfInfo(index int) (ifInfo, error) {
	dump, err := syscall.NetlinkRIB(syscall.RTM_GETLINK, syscall.AF_UNSPEC)
	if err != nil {
		return ifInfo{}, fmt.Errorf("list interfaces: %w", err)
	}
	msgs, err := syscall.ParseNetlinkMessage(dump)
	if err != nil {
		return ifInfo{}, fmt.Errorf("parse interface list: %w", err)
	}
	for _, m := range msgs {
		if m.Header.Type != syscall.RTM_NEWLINK || len(m.Data) < syscall.SizeofIfInfomsg {
			continue
		}
		// struct ifinfomsg: the index is the second 32-bit word.
		if int(int32(binary.NativeEndian.Uint32(m.Data[4:]))) == index {
			return parseIfInfo(m.Data[syscall.SizeofIfInfomsg:])
		}
	}
	return ifInfo{}, fmt.Errorf("interface with index %d is gone: %w", index, syscall.ENODEV)
}

func parseIfInfo(attrs []byte) (ifInfo, error) {
	var info ifInfo
	err := eachAttr(attrs, func(kind uint16, v []byte) error {
		switch kind {
		case unix.IFLA_NUM_RX_QUEUES:
			info.rxQueues = int(attrUint32(v))
		case unix.IFLA_LINKINFO:
			return eachAttr(v, func(kind uint16, v []byte) error {
				if kind == unix.IFLA_INFO_KIND {
					info.kind = unix.ByteSliceToString(v)
				}
				return nil
			})
		case unix.IFLA_XDP:
			return eachAttr(v, func(kind uint16, v []byte) error {
				switch kind {
				case unix.IFLA_XDP_ATTACHED:
					if len(v) > 0 {
						info.xdpMode = v[0]
					}
				case unix.IFLA_XDP_PROG_ID, unix.IFLA_XDP_DRV_PROG_ID, unix.IFLA_XDP_SKB_PROG_ID, unix.IFLA_XDP_HW_PROG_ID:
					// PROG_ID is absent when several are attached; any of them will do to name it.
					if info.xdpID == 0 {
						info.xdpID = attrUint32(v)
					}
				}
				return nil
			})
		}
		return nil
	})
	return info, err
}

func attrUint32(v []byte) uint32 {
	if len(v) < 4 {
		return 0
	}
	return binary.NativeEndian.Uint32(v)
}

// eachAttr calls fn for each netlink attribute in b (struct nlattr, include/uapi/linux/netlink.h).
func eachAttr(b []byte, fn func(kind uint16, v []byte) error) error {
	const header = 4
	const flags = 0xc000 // NLA_F_NESTED, NLA_F_NET_BYTEORDER
	for len(b) >= header {
		n := int(binary.NativeEndian.Uint16(b))
		if n < header || n > len(b) {
			return fmt.Errorf("parse netlink attribute of length %d in %d bytes: %w", n, len(b), syscall.EBADMSG)
		}
		if err := fn(binary.NativeEndian.Uint16(b[2:])&^flags, b[header:n]); err != nil {
			return err
		}
		b = b[min((n+3)&^3, len(b)):]
	}
	return nil
}
