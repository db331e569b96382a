package linktest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/link/pipe"
)

// reject runs one scenario on pairs whose sides are both broken.
func reject(t *testing.T, b *broken) error {
	for i := range scenarios {
		if scenarios[i].id != b.scenario {
			continue
		}
		x := &exec{opener: func() Pair {
			pa, pb, err := pipe.New(pipe.Config{})
			if err != nil {
				t.Fatal(err)
			}
			p := Pair{A: pa, B: pb, Lossless: !b.lossy, CloseConcurrent: true, SetUp: b.setUp}
			if b.setUp != nil {
				p.SetUp = func(up bool) error { pa.SetUp(false); return b.setUp(up) }
			}
			if b.wrap != nil {
				p.A = &brokenDevice{Device: pa, queue: b.wrap(pa.Queue(0)), close: b.close}
				p.B = &brokenDevice{Device: pb, queue: b.wrap(pb.Queue(0)), close: b.close}
			}
			return p
		}}
		err := x.execute(&scenarios[i])
		if x.na != "" {
			return fmt.Errorf("does not apply: %s", x.na)
		}
		return err
	}
	t.Fatalf("no scenario %s", b.scenario)
	return nil
}

func TestRejectsBrokenDevices(t *testing.T) {
	defer func(d time.Duration) { patience = d }(patience)
	patience = time.Second
	for i := range brokenDevices {
		b := &brokenDevices[i]
		if instrumented && b.scenario == "G.allocs" {
			continue // does not apply
		}
		t.Run(b.name, func(t *testing.T) {
			defer closeLeaked()
			err := reject(t, b)
			switch {
			case err == nil:
				t.Fatalf("%s passes a device that %s", b.scenario, b.name)
			case !strings.Contains(err.Error(), b.says):
				t.Fatalf("%s rejects a device that %s for another reason: %v", b.scenario, b.name, err)
			}
			t.Log(strings.SplitN(err.Error(), "\n", 2)[0])
		})
	}
}

// TestAcceptsPipe shows that the reasons above are the broken devices' and not the suite's.
func TestAcceptsPipe(t *testing.T) {
	Run(t, func(t *testing.T) Pair {
		a, b, err := pipe.New(pipe.Config{})
		if err != nil {
			t.Fatal(err)
		}
		return Pair{A: a, B: b, Lossless: true, CloseConcurrent: true}
	})
}

func TestScenarioIDs(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range scenarios {
		if seen[s.id] || !strings.HasPrefix(s.id, "G.") || s.what == "" {
			t.Errorf("scenario %q: %q", s.id, s.what)
		}
		seen[s.id] = true
	}
}
