package suite

import (
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/hack/bench/load"
)

const sockperfOutput = `sockperf: [Total Run] RunTime=1.001 sec; Warm up time=400 msec; SentMessages=82590; ReceivedMessages=82589
sockperf: ========= Printing statistics for Server No: 0
sockperf: [Valid Duration] RunTime=0.500 sec; SentMessages=60000; ReceivedMessages=50000
sockperf: ---> <MAX> observation = 7356.845
sockperf: ---> percentile 99.999 = 5333.351
sockperf: ---> percentile 99.900 =   75.946
sockperf: ---> percentile 99.000 =    6.029
sockperf: ---> percentile 90.000 =    5.053
sockperf: ---> percentile 50.000 =    4.788
sockperf: ---> <MIN> observation =    4.524
`

func TestParseSockperf(t *testing.T) {
	got, err := parseSockperf([]byte(sockperfOutput))
	want := load.Result{Requests: 82589, Rate: 100000, P50: 4.788, P90: 5.053, P99: 6.029, P999: 75.946, Max: 7356.845}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, drop := range []string{"Total Run", "Valid Duration", "percentile 50", "percentile 99.000"} {
		if got, err := parseSockperf([]byte(strings.ReplaceAll(sockperfOutput, drop, ""))); err == nil {
			t.Errorf("without %q: %+v", drop, got)
		}
	}
}

func TestParseIperf3(t *testing.T) {
	got, err := parseIperf3([]byte(`{"end":{"sum_sent":{"bits_per_second":9e9},"sum_received":{"bytes":655360,"bits_per_second":8e9}}}`))
	if err != nil || got.Bits != 8e9 || got.Requests != 10 {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range []string{"", "{}", `{"error":"unable to connect"}`, `{"end":{"sum_received":{"bits_per_second":0}}}`} {
		if got, err := parseIperf3([]byte(bad)); err == nil {
			t.Errorf("%q is read as %+v", bad, got)
		}
	}
}

func TestParseJSON(t *testing.T) {
	if got, err := parseJSON([]byte(`{"requests":5,"rate":2.5,"p50_us":7}`)); err != nil || got.P50 != 7 {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range []string{"", "5 requests", `{"requests":0,"rate":0}`} {
		if got, err := parseJSON([]byte(bad)); err == nil {
			t.Errorf("%q is read as %+v", bad, got)
		}
	}
}

func options(missing ...string) *Options {
	return &Options{Self: "/bench", Echo: "/echo", DPDK: "/dpdk", KVServer: "/kvserver", Keys: 1000000, Duration: 2 * time.Second, Places: []Place{Apart, OneCore},
		Find: func(tool string) (string, error) {
			if slices.Contains(missing, tool) {
				return "", exec.ErrNotFound
			}
			return "/usr/bin/" + tool, nil
		}}
}

// Every case has what its ratios are of, and no entrant twice.
func TestCases(t *testing.T) {
	all, err := Cases(options(), nil)
	if err != nil {
		t.Fatal(err)
	}
	suites := map[string]bool{}
	for _, c := range all {
		suites[c.Suite] = true
		names := map[string]bool{}
		for _, e := range c.Entrants {
			if names[e.Name()] {
				t.Errorf("%s: %s is there twice", c.Title, e.Name())
			}
			names[e.Name()] = true
			if c.Load != load.Messages && len(e.server.argv) == 0 || c.Load != Idle && len(e.client.argv) == 0 {
				t.Errorf("%s: %s has no command line", c.Title, e.Name())
			}
		}
		for _, base := range c.Bases {
			if !names[base+", apart"] && !names[base+", one core"] {
				t.Errorf("%s: no %s", c.Title, base)
			}
		}
	}
	for _, name := range Names() {
		if !suites[name] {
			t.Errorf("suite %s has no case", name)
		}
	}
	if _, err := Cases(options(), []string{"bulk", "hulk"}); err == nil {
		t.Error("a suite that does not exist is accepted")
	}
}

func TestMissingTool(t *testing.T) {
	all, err := Cases(options("iperf3", "ethtool"), []string{"bulk"})
	if err != nil {
		t.Fatal(err)
	}
	c := all[0]
	for _, e := range c.Entrants {
		if e.Peer == Iperf3 || len(e.offloads) > 0 {
			t.Errorf("%s is there without its tool", e.Name())
		}
	}
	if len(c.Notes) != 2 {
		t.Errorf("notes are %q, want one for each tool", c.Notes)
	}
}

func TestOnly(t *testing.T) {
	all, err := Cases(options(), []string{"echo-latency"})
	if err != nil {
		t.Fatal(err)
	}
	all[0].Only([]string{"go NET", "raw"})
	var got []string
	for _, e := range all[0].Entrants {
		got = append(got, e.Name())
	}
	want := []string{"Catamaran, apart", "Go net, apart", "Go net, one core", "raw rings, apart"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestKept(t *testing.T) {
	e := &Entrant{Turns: []Turn{{Round: 0, CPU: 1}, {Round: 1, CPU: 2, Discarded: true}, {Round: 2, CPU: 3}}}
	kept := e.Kept(func(t *Turn) float64 { return float64(t.CPU) })
	if len(kept) != 2 || kept[0].Round != 0 || kept[1].Round != 2 || kept[1].Value != 3 {
		t.Errorf("got %+v", kept)
	}
	r := &Runner{Rounds: 3, Progress: io.Discard}
	if !r.wants(e) {
		t.Error("two turns of three are enough, though one does not count")
	}
	r.Rounds = 2
	if r.wants(e) {
		t.Error("two turns of two are not enough")
	}
	e.Turns, e.Failed = nil, []error{io.EOF, io.EOF}
	if r.wants(e) {
		t.Error("an entrant that only fails is wanted again")
	}
	if !r.givenUp(e) {
		t.Error("an entrant that only fails is not given up")
	}
}
