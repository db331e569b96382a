package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/hack/bench/load"
	"github.com/catamaran-os/catamaran/hack/bench/suite"
)

func dpdkCase(name string, e ...*suite.Entrant) *suite.Case {
	return &suite.Case{Suite: suite.DPDKSuite, Name: name, Title: name, Load: load.Echo, Conns: 1,
		Bases: []string{e[0].Peer}, Entrants: e}
}

// The ratio is to the better placement by latency, and latencies below a microsecond have three places.
func TestDPDK(t *testing.T) {
	raw := dpdkCase(suite.DPDKRaw, entrant(suite.DPDKRawGo, suite.Apart, 0.75, 0.6), entrant(suite.DPDKRawC, suite.Apart, 0.5, 0.5))
	echo := dpdkCase(suite.DPDKEcho, entrant(suite.DPDKMemif, suite.Apart, 4, 4),
		entrant(suite.GoNetLoopback, suite.Apart, 80, 80), entrant(suite.GoNetLoopback, suite.OneCore, 20, 20))
	var b strings.Builder
	cases := []*suite.Case{raw, echo}
	writeGoals(&b, cases)
	for _, c := range cases {
		writeCase(&b, c)
	}
	for _, want := range []string{
		"raw: p50 us, Go through link/dpdk / C, best | <= 1.6 | <= 1.2 | 1.35 (1.20..1.50) | reached |",
		"echo: p50 us, Catamaran, memif / Go net, loopback, best | <= 0.45 | <= 0.2 | 0.20 (0.20..0.20) | aim reached |",
		"echo: requests/s, Catamaran, memif / Go net, loopback, best | >= 3 | >= 3 | 5.00 (5.00..5.00) | aim reached |",
		"| C | apart | 2 of 2 | 0.500 | 2.000 |",
		"| Go net, loopback | one core (best) |",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("there is no %q in\n%s", want, b.String())
		}
	}
}

// A run of one of the suites that have a page of their own writes that one, and its cases have a plot each; others do not.
func TestOwnPages(t *testing.T) {
	raw := dpdkCase(suite.DPDKRaw, entrant(suite.DPDKRawGo, suite.Apart, 0.75))
	echo := dpdkCase(suite.DPDKEcho, entrant(suite.DPDKMemif, suite.Apart, 4))
	for want, cases := range map[string][]*suite.Case{
		"b-dpdk.md": {raw, echo},
		"b-kv.md":   {kvCase("set", load.KV, 50)},
		"b.md":      {raw, example().Cases[0]},
	} {
		dir := t.TempDir()
		r := example()
		r.Cases = cases
		if err := r.Page(filepath.Join(dir, "b.md")); err != nil {
			t.Fatal(err)
		}
		pages, err := filepath.Glob(filepath.Join(dir, "*.md"))
		if err != nil || len(pages) != 1 || filepath.Base(pages[0]) != want {
			t.Errorf("pages are %q, %v, want %s", pages, err, want)
		}
		if want != "b-dpdk.md" {
			continue
		}
		text, err := os.ReadFile(pages[0])
		if err != nil || !strings.HasPrefix(string(text), "# Benchmarks over DPDK\n") {
			t.Errorf("the page begins with %.40q, %v", text, err)
		}
		for _, plot := range []string{"dpdk-raw-1.svg", "dpdk-echo-1.svg"} {
			if _, err := os.Stat(filepath.Join(dir, "b-dpdk", plot)); err != nil || !strings.Contains(string(text), "(b-dpdk/"+plot+")") {
				t.Errorf("there is no plot %s: %v", plot, err)
			}
		}
	}
}
