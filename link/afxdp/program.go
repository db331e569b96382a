package afxdp

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
)

const programName = "catamaran"

// program is the XDP program and its maps.
type program struct {
	prog *ebpf.Program
	xsks *ebpf.Map // queue number -> XSK
	v4   *ebpf.Map // our IPv4 addresses, in network order
	v6   *ebpf.Map // our IPv6 addresses
}

// loadProgram loads the program for an interface of at most queues queues. It is not attached.
func loadProgram(addrs []netip.Addr, queues int) (_ *program, err error) {
	p := &program{}
	defer func() {
		if err != nil {
			err = errors.Join(programError(err), p.close())
		}
	}()
	entries := uint32(max(len(addrs), 1))
	if p.xsks, err = ebpf.NewMap(&ebpf.MapSpec{Name: "catamaran_xsks", Type: ebpf.XSKMap, KeySize: 4, ValueSize: 4, MaxEntries: uint32(queues)}); err != nil {
		return nil, fmt.Errorf("create XSK map: %w", err)
	}
	if p.v4, err = ebpf.NewMap(&ebpf.MapSpec{Name: "catamaran_v4", Type: ebpf.Hash, KeySize: 4, ValueSize: 1, MaxEntries: entries}); err != nil {
		return nil, fmt.Errorf("create IPv4 map: %w", err)
	}
	if p.v6, err = ebpf.NewMap(&ebpf.MapSpec{Name: "catamaran_v6", Type: ebpf.Hash, KeySize: 16, ValueSize: 1, MaxEntries: entries}); err != nil {
		return nil, fmt.Errorf("create IPv6 map: %w", err)
	}
	for _, a := range addrs {
		m := p.v6
		if a = a.Unmap(); a.Is4() {
			m = p.v4
		}
		if err := m.Put(a.AsSlice(), uint8(1)); err != nil {
			return nil, fmt.Errorf("add %v to the XDP program: %w", a, err)
		}
	}
	p.prog, err = ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: programName, Type: ebpf.XDP, License: "Apache-2.0", Instructions: filter(p.xsks, p.v4, p.v6),
	})
	if err != nil {
		return nil, fmt.Errorf("load XDP program: %w", err)
	}
	return p, nil
}

func (p *program) close() error {
	var err error
	if p.prog != nil {
		err = p.prog.Close()
	}
	for _, m := range []*ebpf.Map{p.xsks, p.v4, p.v6} {
		if m != nil {
			err = errors.Join(err, m.Close())
		}
	}
	return err
}

func programError(err error) error {
	e := &Error{Cause: "load the XDP program", Err: err}
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		e.Cause, e.Remedy, e.Err = "no privilege to load the XDP program", remedyProgram, plain(err)
	}
	return e
}

// Offsets in struct xdp_md of include/uapi/linux/bpf.h.
const (
	mdData       = 0
	mdDataEnd    = 4
	mdQueueIndex = 16
)

const (
	xdpPass = 2

	ethType    = 12
	ethLen     = 14
	arpLen     = 28          // RFC 826 for Ethernet and IPv4
	arpTarget  = ethLen + 24 // target protocol address
	ipv4Len    = 20          // without options
	ipv4Dst    = ethLen + 16
	ipv6Len    = 40
	ipv6Next   = ethLen + 6
	ipv6Dst    = ethLen + 24
	icmp6      = ethLen + ipv6Len
	nsLen      = 24 // RFC 4861 section 4.3
	nsTarget   = icmp6 + 8
	nextICMPv6 = 58
	nsType     = 135
)

// filter is the program:
//
//	ARP about Ethernet and IPv4, target address ours       -> XSK
//	IPv4, destination ours                                 -> XSK
//	IPv6, destination ours                                 -> XSK
//	IPv6, neighbour solicitation to a multicast address,
//	      target ours                                      -> XSK
//	all else, also what is too short to tell               -> kernel
//
// R6 is the context, R7 the packet's first byte, R8 its end. Each read follows a check against R8, which the kernel's
// verifier insists on. Map keys are built on the stack below R10.
func filter(xsks, v4, v6 *ebpf.Map) asm.Instructions {
	code := asm.Instructions{
		asm.Mov.Reg(asm.R6, asm.R1),
		asm.LoadMem(asm.R7, asm.R6, mdData, asm.Word),
		asm.LoadMem(asm.R8, asm.R6, mdDataEnd, asm.Word),
	}
	add := func(ins ...asm.Instruction) { code = append(code, ins...) }
	// needs passes the packet on if it has fewer than n bytes.
	needs := func(n int32) {
		add(asm.Mov.Reg(asm.R1, asm.R7), asm.Add.Imm(asm.R1, n), asm.JGT.Reg(asm.R1, asm.R8, "pass"))
	}
	// load16 reads a field in network order into R1.
	load16 := func(off int16) {
		add(asm.LoadMem(asm.R1, asm.R7, off, asm.Half), asm.HostTo(asm.BE, asm.R1, asm.Half))
	}
	// lookup leaves in R0 whether the address of n bytes at off is in m.
	lookup := func(m *ebpf.Map, off, n int16) {
		for k := int16(0); k < n; k += 4 {
			add(asm.LoadMem(asm.R1, asm.R7, off+k, asm.Word), asm.StoreMem(asm.R10, k-n, asm.R1, asm.Word))
		}
		add(asm.LoadMapPtr(asm.R1, m.FD()), asm.Mov.Reg(asm.R2, asm.R10), asm.Add.Imm(asm.R2, -int32(n)),
			asm.FnMapLookupElem.Call())
	}

	needs(ethLen)
	load16(ethType)
	add(asm.JEq.Imm(asm.R1, 0x0800, "ipv4"), asm.JEq.Imm(asm.R1, 0x86dd, "ipv6"), asm.JNE.Imm(asm.R1, 0x0806, "pass"))

	needs(ethLen + arpLen)
	for _, field := range []struct {
		off   int16
		value int32
	}{{ethLen, 1}, {ethLen + 2, 0x0800}, {ethLen + 4, 0x0604}} { // hardware, protocol, their address lengths
		load16(field.off)
		add(asm.JNE.Imm(asm.R1, field.value, "pass"))
	}
	lookup(v4, arpTarget, 4)
	add(asm.JEq.Imm(asm.R0, 0, "pass"), asm.Ja.Label("redirect"))

	mark := len(code)
	needs(ethLen + ipv4Len)
	code[mark] = code[mark].WithSymbol("ipv4")
	lookup(v4, ipv4Dst, 4)
	add(asm.JEq.Imm(asm.R0, 0, "pass"), asm.Ja.Label("redirect"))

	mark = len(code)
	needs(ethLen + ipv6Len)
	code[mark] = code[mark].WithSymbol("ipv6")
	lookup(v6, ipv6Dst, 16)
	add(
		asm.JNE.Imm(asm.R0, 0, "redirect"),
		asm.LoadMem(asm.R1, asm.R7, ipv6Dst, asm.Byte), asm.JNE.Imm(asm.R1, 0xff, "pass"),
		asm.LoadMem(asm.R1, asm.R7, ipv6Next, asm.Byte), asm.JNE.Imm(asm.R1, nextICMPv6, "pass"),
	)
	needs(icmp6 + nsLen)
	add(asm.LoadMem(asm.R1, asm.R7, icmp6, asm.Byte), asm.JNE.Imm(asm.R1, nsType, "pass"))
	lookup(v6, nsTarget, 16)
	add(asm.JEq.Imm(asm.R0, 0, "pass"))

	// A queue without XSK is not in the map; the third argument is what to do then.
	add(
		asm.LoadMem(asm.R2, asm.R6, mdQueueIndex, asm.Word).WithSymbol("redirect"),
		asm.LoadMapPtr(asm.R1, xsks.FD()),
		asm.Mov.Imm(asm.R3, xdpPass),
		asm.FnRedirectMap.Call(),
		asm.Return(),
		asm.Mov.Imm(asm.R0, xdpPass).WithSymbol("pass"),
		asm.Return(),
	)
	return code
}
