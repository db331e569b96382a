package lab

import (
	"errors"
	"fmt"
	"math"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
	"github.com/vishvananda/netlink"
)

// A middle is a host between the two that drops frames at random, each direction on its own.
//
//	client                    middle                     server
//	[veth0]+----------+[left]  tc ingress  [right]+------+[veth0]
//	                       drop, or redirect to the other
//
// It drops in the kernel, so that no process has to be scheduled for a frame to get through. The programs are attached by
// links (tcx, Linux 6.6), which end with the benchmark.
type middle struct {
	*Host
	links    []link.Link
	programs []*ebpf.Program
}

var sides = [2]string{"left", "right"}

func (m *middle) drop(loss float64) error {
	return m.do(func() error {
		var index [2]int
		for i, name := range sides {
			l, err := netlink.LinkByName(name)
			if err != nil {
				return fmt.Errorf("find %s: %w", name, err)
			}
			if err := netlink.LinkSetUp(l); err != nil {
				return fmt.Errorf("set %s up: %w", name, err)
			}
			index[i] = l.Attrs().Index
		}
		for i := range sides {
			if err := m.attach(index[i], index[1-i], loss); err != nil {
				return fmt.Errorf("drop frames from %s (Linux 6.6 or newer does): %w", sides[i], err)
			}
		}
		return nil
	})
}

// attach makes frames that arrive at one interface leave by the other.
func (m *middle) attach(from, to int, loss float64) error {
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{Name: "lose", Type: ebpf.SchedCLS, License: "Apache-2.0", Instructions: lossy(to, loss)})
	if err != nil {
		return err
	}
	m.programs = append(m.programs, p)
	l, err := link.AttachTCX(link.TCXOptions{Interface: from, Program: p, Attach: ebpf.AttachTCXIngress})
	if err != nil {
		return err
	}
	m.links = append(m.links, l)
	return nil
}

// lossy drops the share loss of the frames. Returned values are those of include/uapi/linux/pkt_cls.h.
func lossy(to int, loss float64) asm.Instructions {
	const shot = 2 // TC_ACT_SHOT
	return asm.Instructions{
		asm.FnGetPrandomU32.Call(),
		asm.Mov.Reg32(asm.R0, asm.R0),
		asm.LoadImm(asm.R1, threshold(loss), asm.DWord),
		asm.JLT.Reg(asm.R0, asm.R1, "drop"),
		asm.Mov.Imm(asm.R1, int32(to)),
		asm.Mov.Imm(asm.R2, 0),
		asm.FnRedirect.Call(),
		asm.Return(),
		asm.Mov.Imm(asm.R0, shot).WithSymbol("drop"),
		asm.Return(),
	}
}

// threshold is what a random number of 32 bits is below of with the probability loss.
func threshold(loss float64) int64 { return int64(math.Round(loss * (1 << 32))) }

func (m *middle) release() error {
	var err error
	for _, l := range m.links {
		err = errors.Join(err, l.Close())
	}
	for _, p := range m.programs {
		err = errors.Join(err, p.Close())
	}
	m.links, m.programs = nil, nil
	if e := m.do(func() error { return remove(sides[0], sides[1]) }); e != nil {
		err = errors.Join(err, e)
	}
	m.close()
	return err
}

// remove deletes interfaces of the calling thread's namespace, and with them their other ends.
func remove(names ...string) error {
	var all error
	for _, name := range names {
		l, err := netlink.LinkByName(name)
		if errors.As(err, &netlink.LinkNotFoundError{}) {
			continue
		}
		if err == nil {
			err = netlink.LinkDel(l)
		}
		if err != nil {
			all = errors.Join(all, fmt.Errorf("remove %s: %w", name, err))
		}
	}
	return all
}
