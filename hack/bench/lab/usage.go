package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/catamaran-os/catamaran/hack/bench/stats"
)

// userHz is the unit of /proc/stat: USER_HZ is 100 on every architecture that Go has.
const userHz = 100

// A Monitor finds out what other processes use of the machine while it watches some.
//
// Busy time is what /proc/stat counts, by ticks. Time in interrupts is counted there on its own. Whether the process that
// was interrupted is charged for it as well depends on CONFIG_IRQ_TIME_ACCOUNTING, and with veth and AF_XDP interrupt
// context is where most of a packet's work is done, in the sender's system call: without that option the time is in
// ours; with it, it is nobody's and is left out.
type Monitor struct {
	cpus      int
	irqApart  bool
	softirqs  []int // processes ksoftirqd, which do the rest of a packet's work
	watched   []*Process
	own, busy time.Duration
	began     time.Time
}

// NewMonitor returns a monitor of the machine.
func NewMonitor(kernelConfig string) (*Monitor, error) {
	m := &Monitor{irqApart: strings.Contains(kernelConfig, "CONFIG_IRQ_TIME_ACCOUNTING=y")}
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "cpu") && !strings.HasPrefix(line, "cpu ") {
			m.cpus++
		}
	}
	names, err := filepath.Glob("/proc/[0-9]*/comm")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		comm, err := os.ReadFile(name)
		if err != nil || !strings.HasPrefix(string(comm), "ksoftirqd/") {
			continue // not it, or ended meanwhile
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name))); err == nil {
			m.softirqs = append(m.softirqs, pid)
		}
	}
	return m, nil
}

// Begin begins a measurement in which the watched processes are ours, besides the calling one. Processes that start later
// are given to Usage.
func (m *Monitor) Begin(watched ...*Process) (err error) {
	m.watched = watched
	if m.own, err = m.ownTime(); err != nil {
		return err
	}
	m.began = time.Now()
	m.busy, err = m.busyTime()
	return err
}

// Usage returns what has been used since Begin. The processes have been started since and are ours too.
func (m *Monitor) Usage(started ...*Process) (stats.Usage, error) {
	m.watched = append(m.watched, started...)
	busy, err := m.busyTime()
	elapsed := time.Since(m.began)
	own, ownErr := m.ownTime()
	return stats.Usage{Elapsed: elapsed, CPUs: m.cpus, Busy: busy - m.busy, Own: own - m.own}, errors.Join(err, ownErr)
}

func (m *Monitor) ownTime() (time.Duration, error) {
	sum, err := cpuTime(os.Getpid())
	if err != nil {
		return 0, err
	}
	for _, p := range m.watched {
		d, err := p.CPU()
		if err != nil {
			return 0, err
		}
		sum += d
	}
	if m.irqApart {
		return sum, nil
	}
	for _, pid := range m.softirqs {
		d, err := cpuTime(pid)
		if err != nil {
			return 0, err
		}
		sum += d
	}
	return sum, nil
}

func (m *Monitor) busyTime() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	return busy(string(text), m.irqApart)
}

// busy adds up the first line of /proc/stat (proc(5)): cpu user nice system idle iowait irq softirq steal guest guest_nice.
// Guests are in user and nice already.
func busy(text string, irqApart bool) (time.Duration, error) {
	line, _, _ := strings.Cut(text, "\n")
	f := strings.Fields(line)
	if len(f) < 9 || f[0] != "cpu" {
		return 0, fmt.Errorf("read /proc/stat: unexpected line %q", line)
	}
	columns := []int{1, 2, 3, 8}
	if !irqApart {
		columns = append(columns, 6, 7)
	}
	ticks := uint64(0)
	for _, i := range columns {
		n, err := strconv.ParseUint(f[i], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read /proc/stat: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / userHz, nil
}
