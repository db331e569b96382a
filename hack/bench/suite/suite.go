// Package suite says what is compared with what, and runs it.
//
// A suite is one or more cases: a load, and the entrants that bear it. An entrant is a server and a client, each a process
// on a host of a lab, and the processors that they are pinned to. Rounds are interleaved:
//
//	round 0:  entrant A   entrant B   entrant C ...     a turn each: a new lab, server, client, counters, the end
//	round 1:  entrant A   entrant B   entrant C ...
//
// A turn in which other processes used more of the machine than the limit is thrown away, and rounds are added, at most
// as many as were asked for, until each entrant has enough turns.
//
// In short: Cases lists what there is, Runner.Run fills in the turns.
package suite

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/catamaran-os/catamaran/hack/bench/load"
	"github.com/catamaran-os/catamaran/hack/bench/stats"
)

// A Place is where server and client run.
type Place string

// Places. A peer that polls without end has no use of sharing its core.
const (
	Apart   Place = "apart"    // server and client on a core each
	OneCore Place = "one core" // both on the same
)

// A Turn is one measurement of an entrant.
type Turn struct {
	Round     int           `json:"round"`
	Result    load.Result   `json:"result"`
	CPU       time.Duration `json:"cpu_ns"`                  // of server and client together
	ServerCPU time.Duration `json:"server_cpu_ns,omitempty"` // of the server alone, with a client that ran to its end
	Usage     stats.Usage   `json:"usage"`
	Mallocs   *Mallocs      `json:"mallocs,omitempty"` // nil: not known
	Growth    *Growth       `json:"growth,omitempty"`  // of the server; crowd, kv
	Other     float64       `json:"other"`             // share of the machine that others used
	Discarded bool          `json:"discarded"`
}

// Mallocs are the objects that both ends allocated on the Go heap. The client counts while it measures, the server from
// before the client's start until its end: connects are in it.
type Mallocs struct {
	Server uint64 `json:"server"`
	Client uint64 `json:"client"`
}

// Growth is the memory that a server took for each connection that it holds, or for each key, in bytes.
type Growth struct {
	Resident float64 `json:"resident"`
	Heap     float64 `json:"heap"`           // of the Go heap and of stacks
	Peak     float64 `json:"peak,omitempty"` // most that was resident; kv
}

// An Entrant is a peer in a place, with its turns.
type Entrant struct {
	Peer   string  `json:"peer"`
	Place  Place   `json:"place"`
	Turns  []Turn  `json:"turns"`
	Failed []error `json:"-"` // why turns gave no result

	server, client program  // no server: the client is both ends
	crowd          int      // crowd: connections
	offloads       []string // arguments of ethtool -K at both ends
	kv             *kvPlan  // suite kv
	loopback       bool     // both ends are on the server's host
}

// Name names the entrant.
func (e *Entrant) Name() string { return fmt.Sprintf("%s, %s", e.Peer, e.Place) }

// A program is a command line.
type program struct {
	argv    []string
	parse   func([]byte) (load.Result, error) // client; nil: JSON as of load.Result
	foreign bool                              // a tool of others: says nothing when it listens, ends with any status
	mute    bool                              // does not tell its memory at SIGUSR1
	eal     []string                          // over DPDK: arguments of EAL for its port
}

// tells reports whether a server answers SIGUSR1, which ends programs that do not know it.
func (p *program) tells() bool { return !p.foreign && !p.mute }

// A Case is one table: entrants under the same load.
type Case struct {
	Suite    string     `json:"suite"`
	Name     string     `json:"name,omitempty"` // within the suite, if the case can be run alone
	Title    string     `json:"title"`
	Load     string     `json:"load"` // of package load, or Idle
	Conns    int        `json:"conns"`
	Bases    []string   `json:"bases"` // the peers that ratios are of
	Entrants []*Entrant `json:"entrants"`
	Notes    []string   `json:"notes,omitempty"` // what is missing here and why
	Share    float64    `json:"share,omitempty"` // open loop: of the peak
	Loss     float64    `json:"loss,omitempty"`  // share of the frames that the cable loses, each way

	peak *peak // open loop
}

// ID is what the case is called on a command line.
func (c *Case) ID() string {
	if c.Name == "" {
		return c.Suite
	}
	return c.Suite + "/" + c.Name
}

// Idle is the load of a server without a client.
const Idle = "idle"

// Kept returns a metric of the turns that count.
func (e *Entrant) Kept(of func(*Turn) float64) []stats.Sample {
	var kept []stats.Sample
	for i := range e.Turns {
		if t := &e.Turns[i]; !t.Discarded {
			kept = append(kept, stats.Sample{Round: t.Round, Value: of(t)})
		}
	}
	return kept
}

// Options are what the cases are made of.
type Options struct {
	Self     string        // path of this program, which has the peers
	Echo     string        // path of cmd/echo
	Duration time.Duration // of a turn
	Places   []Place       // that this machine has
	Find     func(tool string) (string, error)
	Version  func(path string) string // what a tool says that it is; nil: not asked

	KVServer string // path of cmd/kvserver
	KVIdle   string // its idle policy; empty: adaptive on kernel sockets, spin over AF_XDP
	Keys     int    // kv: in the cases with many

	DPDK string // directory of bench, echo and pingpong, built with DPDK; empty: there are none
}

var suites = []struct {
	name  string
	cases func(*Options) []*Case
}{
	{"echo-latency", echoLatency},
	{"echo-throughput", echoThroughput},
	{"bulk", bulk},
	{"connect-rate", connectRate},
	{"connections", connections},
	{"memory-queue", memoryQueue},
	{"idle", idle},
	{"open-loop", openLoop},
	{"loss", loss},
	{KVSuite, kv},
	{DPDKSuite, dpdkSuite},
}

// Names lists the suites.
func Names() []string {
	var names []string
	for _, s := range suites {
		names = append(names, s.name)
	}
	return names
}

// Wanted lists the suites that names of suites and cases are of, all without a name.
func Wanted(names []string) ([]string, error) {
	all := Names()
	if len(names) == 0 {
		return all, nil
	}
	var wanted []string
	for _, name := range names {
		first, _, _ := strings.Cut(name, "/")
		if !slices.Contains(all, first) {
			return nil, fmt.Errorf("suite %q is unknown; use %s", name, strings.Join(all, ", "))
		}
		if !slices.Contains(wanted, first) {
			wanted = append(wanted, first)
		}
	}
	return wanted, nil
}

// Cases returns the cases of the named suites, of all without a name: then the suite dpdk is left out if it cannot be run. A case
// that has a name can be had alone, as SUITE/NAME.
func Cases(o *Options, names []string) ([]*Case, error) {
	suites, err := Wanted(names)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		names = suites
	} else if o.DPDK == "" && slices.Contains(suites, DPDKSuite) {
		return nil, ErrNoDPDK
	}
	var all []*Case
	for _, name := range names {
		cases, err := named(o, name)
		if err != nil {
			return nil, err
		}
		all = append(all, cases...)
	}
	return all, nil
}

func named(o *Options, name string) ([]*Case, error) {
	first, second, one := strings.Cut(name, "/")
	for _, s := range suites {
		if s.name != first {
			continue
		}
		cases := s.cases(o)
		if !one {
			return cases, nil
		}
		var known []string
		for _, c := range cases {
			if c.Name == second && second != "" {
				return []*Case{c}, nil
			}
			if c.Name != "" {
				known = append(known, c.ID())
			}
		}
		return nil, fmt.Errorf("case %q is unknown; use %s", name, strings.Join(append(known, first), ", "))
	}
	return nil, fmt.Errorf("suite %q is unknown", name) // Wanted has looked
}

// Only leaves out the entrants of peers whose name has none of the words; the first base stays.
func (c *Case) Only(words []string) {
	if len(words) == 0 {
		return
	}
	var kept []*Entrant
	for _, e := range c.Entrants {
		keep := e.Peer == c.Bases[0]
		for _, w := range words {
			keep = keep || strings.Contains(strings.ToLower(e.Peer), strings.ToLower(w))
		}
		if keep {
			kept = append(kept, e)
		}
	}
	c.Entrants = kept
}
