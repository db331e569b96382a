package netstack_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/libos/netstack"
)

var simSeed = flag.String("sim.seed", "", "simulate this connection alone: TCP, kind and seed, as in inline/loss/17")

// A simID names a simulation.
type simID struct {
	tcp  netstack.TCP
	kind string
	seed uint64
}

var tcpNames = map[netstack.TCP]string{netstack.TCPInline: "inline", netstack.TCPStock: "stock"}

func (id simID) String() string { return fmt.Sprintf("%s/%s/%d", tcpNames[id.tcp], id.kind, id.seed) }

// parseID is the inverse of String.
func parseID(text string) (simID, kind, error) {
	part := strings.Split(text, "/")
	if len(part) != 3 {
		return simID{}, kind{}, fmt.Errorf("simulation %q: want TCP/kind/seed, as in inline/loss/17", text)
	}
	id := simID{kind: part[1]}
	for tcp, name := range tcpNames {
		if name == part[0] {
			id.tcp = tcp
		}
	}
	if id.tcp == 0 {
		return id, kind{}, fmt.Errorf("simulation %q: TCP is inline or stock", text)
	}
	all := slices.Concat(kinds, broken)
	i := slices.IndexFunc(all, func(k kind) bool { return k.name == id.kind })
	if i < 0 {
		var names []string
		for _, k := range kinds {
			names = append(names, k.name)
		}
		return id, kind{}, fmt.Errorf("simulation %q: the kinds are %s", text, strings.Join(names, ", "))
	}
	var err error
	if id.seed, err = strconv.ParseUint(part[2], 10, 64); err != nil {
		return id, kind{}, fmt.Errorf("simulation %q: seed: %w", text, err)
	}
	return id, all[i], nil
}

// replay returns the command that simulates id again with the build that this is.
func replay(id simID) string {
	flags := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch {
			case s.Key == "-race" && s.Value == "true":
				flags += " -race"
			case s.Key == "-tags" && s.Value != "":
				flags += " -tags " + s.Value
			}
		}
	}
	return fmt.Sprintf("go test%s -count=1 -v -run '^TestSimulation$' ./libos/netstack -sim.seed=%v", flags, id)
}

// TestSimulationReplay: one ID is one run, to the last bit and nanosecond, in this process and in another; other seeds and
// kinds are other runs.
func TestSimulationReplay(t *testing.T) {
	seen := make(map[uint64]simID)
	for i, k := range kinds {
		id := simID{netstack.TCPInline, k.name, uint64(20 + i)}
		var sums [2]uint64
		for i := range sums {
			t.Run(fmt.Sprint(id), func(t *testing.T) { sums[i] = simulate(t, id, k).trace.sum })
		}
		if sums[0] != sums[1] {
			t.Errorf("%v: traces %016x and %016x", id, sums[0], sums[1])
		}
		if other, ok := seen[sums[0]]; ok {
			t.Errorf("%v is the same as %v", id, other)
		}
		seen[sums[0]] = id
		if i%4 > 0 {
			continue
		}
		if out, err := simulateAlone(id.String()); err != nil {
			t.Errorf("%v: %v\n%s", id, err, out)
		} else if want := fmt.Sprintf("trace %016x", sums[0]); !strings.Contains(out, want) {
			t.Errorf("%v: want %s in another process:\n%s", id, want, out)
		}
	}
}

// TestSimulationFails: a simulation of a stack that does not work fails, and says how to see that again. Who does sees the
// same.
func TestSimulationFails(t *testing.T) {
	line := regexp.MustCompile(`trace ([0-9a-f]{16})\. Replay with:\n *go test .* -run '\^TestSimulation\$' \./libos/netstack -sim\.seed=(\S+)\n`)
	for _, k := range broken {
		id := simID{netstack.TCPInline, k.name, 4}.String()
		var traces [2]string
		for i := range traces {
			out, err := simulateAlone(id)
			found := line.FindStringSubmatch(out)
			if err == nil || found == nil || found[2] != id || !strings.Contains(out, k.says) {
				t.Fatalf("%s: %v\n%s", id, err, out)
			}
			traces[i], id = found[1], found[2]
		}
		if traces[0] != traces[1] {
			t.Errorf("%s: traces %s and %s", id, traces[0], traces[1])
		}
	}
	for _, id := range []string{"17", "loss/17", "inline/loss", "inline/none/17", "fast/loss/17", "inline/loss/-1", "inline/loss/17/1"} {
		if out, err := simulateAlone(id); err == nil || !strings.Contains(out, "simulation ") {
			t.Errorf("%s: %v\n%s", id, err, out)
		}
	}
}

// simulateAlone runs this test binary with -sim.seed.
func simulateAlone(id string) (string, error) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestSimulation$", "-test.v", "-test.timeout=60s", "-sim.seed="+id)
	out, err := cmd.CombinedOutput()
	return string(out), err
}
