package libostest

import (
	"net/netip"
	"time"

	"github.com/catamaran-os/catamaran/libos"
)

// TB is what the suite uses of a testing.TB. Openers get it to report what goes wrong while they open; the suite's own
// tests record failures with another implementation.
type TB interface {
	Helper()
	Name() string
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Failed() bool
}

// An Opener makes a new Pair. It fails tb when it cannot.
type Opener func(tb TB, o Options) *Pair

// Options are what a scenario asks of its pair. Zero fields stand for the libOS's defaults.
type Options struct {
	// MemoryLimit bounds the memory of each runtime in bytes. The pair may round it up to what its arena can do.
	MemoryLimit int
	// MaxTokens and MaxQueues are libos.Options of both runtimes.
	MaxTokens, MaxQueues int
	// Misuse, when set, is libos.Options.Misuse of both runtimes and of their memory.
	Misuse func(report string)
}

// Addrs are the addresses of one host. One that is not valid does not exist.
type Addrs struct{ V4, V6 netip.Addr }

func (a Addrs) of(v6 bool) netip.Addr {
	if v6 {
		return a.V6
	}
	return a.V4
}

// AddrPorts are addresses with a port. One that is not valid does not exist.
type AddrPorts struct{ V4, V6 netip.AddrPort }

func (a AddrPorts) of(v6 bool) netip.AddrPort {
	if v6 {
		return a.V6
	}
	return a.V4
}

// A Pair is two runtimes under test. They may be one and the same runtime.
type Pair struct {
	Traits
	A, B         *libos.Runtime
	AddrA, AddrB Addrs
	// NonLocal are addresses that neither A nor B has.
	NonLocal Addrs
	// DeadRemote are addresses that a connect from A gets no answer from, not even an unreachable, for at least a second:
	// a host that is not there, or a listener whose backlog is full.
	DeadRemote AddrPorts
	// Advance moves the virtual clock of both runtimes. Nil: they are on the clock of the machine.
	Advance func(d time.Duration)
	// MemoryQueue makes an in-memory queue in a runtime of the pair. Nil: not linked in.
	MemoryQueue func(rt *libos.Runtime) (libos.QD, error)
	// InUse returns the bytes that are allocated in the memory of a runtime. Nil: unknown.
	InUse func(rt *libos.Runtime) int64
	// Close closes both runtimes and what they stand on. Its error fails the scenario.
	Close func() error
}

// Traits say what a libOS has. They are the same for every pair that an Opener makes.
type Traits struct {
	Name     string
	Stream   bool // SOCK_STREAM sockets
	Datagram bool // SOCK_DGRAM sockets
	// Boundaries: SOCK_STREAM sockets keep message boundaries, as RDMA does.
	Boundaries bool
	// MaxDatagram is the longest datagram in bytes. Default 65,507 (IPv4), also used with IPv6.
	MaxDatagram int
	// SharedPorts: others use ports of the same addresses, or used them a minute ago, so that some may be taken.
	SharedPorts bool
	// TokenOps, Descriptors and Clients limit the largest scenarios. Defaults 1,000,000, 10,000 and 1,000.
	TokenOps, Descriptors, Clients int
	// Keeps is how many bytes of memory an engine may go on holding for later once everything is closed.
	Keeps int64
	// Patience is how long a condition may take while nothing moves. Default 20 s on the machine's clock; on a virtual
	// clock it is counted there, default 5 minutes.
	Patience time.Duration
	// NotApplicable gives the reason for each scenario that this libOS cannot have, by id.
	NotApplicable map[string]string
}

func (t *Traits) setDefaults(virtual bool) {
	if t.MaxDatagram == 0 {
		t.MaxDatagram = 65507
	}
	if t.TokenOps == 0 {
		t.TokenOps = 1_000_000
	}
	if t.Descriptors == 0 {
		t.Descriptors = 10_000
	}
	if t.Clients == 0 {
		t.Clients = 1000
	}
	if t.Patience == 0 {
		t.Patience = 20 * time.Second
		if virtual {
			t.Patience = 5 * time.Minute
		}
	}
}
