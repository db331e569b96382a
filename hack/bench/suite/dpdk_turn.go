package suite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/catamaran-os/catamaran/hack/bench/lab"
)

// ealMemory is what each end over DPDK has EAL take at its start, in MiB; and EALBytes is what a turn needs of hugepages: that
// for two ends, and what they take later. The runtime's own memory is in hugepages, too, where some are free.
const (
	ealMemory = 256
	EALBytes  = (2*ealMemory + 128) << 20
)

// EAL are arguments of DPDK's environment for memory. In memory, hugepages need no hugetlbfs mounted, and nothing of them is in
// a file system.
func EAL(hugepages bool) []string {
	args := []string{"--no-pci", "--no-telemetry", "-m", fmt.Sprint(ealMemory)}
	if hugepages {
		return append(args, "--in-memory")
	}
	return append(args, "--no-huge")
}

func (e *Entrant) overDPDK() bool { return len(e.server.eal)+len(e.client.eal) > 0 }

// connected returns an entrant whose ends have the arguments of EAL with a directory for the turn, where their sockets are and
// what EAL has in the file system. Others are returned as they are. remove removes the directory and releases hugepages.
func (r *Runner) connected(l *lab.Lab, e *Entrant) (_ *Entrant, remove func() error, err error) {
	if !e.overDPDK() {
		return e, func() error { return nil }, nil
	}
	release := func() error { return nil }
	if r.Hugepages != nil {
		if release, err = r.Hugepages(); err != nil {
			return nil, nil, err
		}
	}
	dir, err := os.MkdirTemp("", "dpdk")
	if err != nil {
		return nil, nil, errors.Join(err, release())
	}
	for _, h := range []*lab.Host{l.Server, l.Client} {
		// EAL's own directory is in that of systemd's RuntimeDirectory= (systemd.exec(5)), if there is one, or else in /var/run.
		h.Env = append(h.Env, "RUNTIME_DIRECTORY="+dir)
	}
	ends := *e
	ends.server, ends.client = e.server.with(r.EAL, dir, "server"), e.client.with(r.EAL, dir, "client")
	return &ends, func() error { return errors.Join(os.RemoveAll(dir), release()) }, nil
}

// with adds the arguments of EAL to a command line. A prefix tells EAL's ends from each other.
func (p program) with(eal []string, dir, role string) program {
	args := slices.Concat(eal, []string{"--file-prefix=" + filepath.Base(dir) + role}, p.eal)
	for i := range args {
		args[i] = strings.Replace(args[i], turnDir+"/", dir+"/", 1)
	}
	p.argv = slices.Concat(p.argv, []string{"--eal", strings.Join(args, " ")})
	return p
}
