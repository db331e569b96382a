package suite

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/hack/bench/lab"
)

// Without programs built with DPDK, the suite is left out of all and an error where it is named.
func TestWithoutDPDK(t *testing.T) {
	o := options()
	o.DPDK = ""
	all, err := Cases(o, nil)
	if err != nil || len(all) == 0 || RunsDPDK(all) {
		t.Errorf("all suites: %d cases, over DPDK %v, %v", len(all), RunsDPDK(all), err)
	}
	for _, names := range [][]string{{"dpdk"}, {"bulk", "dpdk/raw"}} {
		if _, err := Cases(o, names); !errors.Is(err, ErrNoDPDK) || !strings.Contains(err.Error(), "apt-get install") {
			t.Errorf("%q: %v", names, err)
		}
	}
	if all, err := Cases(o, []string{"bulk"}); err != nil || RunsDPDK(all) {
		t.Errorf("another suite: %v", err)
	}
}

func TestWanted(t *testing.T) {
	for _, tt := range []struct{ names, want []string }{
		{nil, Names()},
		{[]string{"kv/get", "dpdk", "kv/set"}, []string{"kv", "dpdk"}},
	} {
		if got, err := Wanted(tt.names); err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%q: %q, %v, want %q", tt.names, got, err, tt.want)
		}
	}
	if got, err := Wanted([]string{"bulk", "hulk/x"}); err == nil {
		t.Errorf("an unknown suite is taken for %q", got)
	}
}

// Ends over DPDK are programs built with it, the two have a directory in common and a prefix each, and the others have neither.
func TestConnected(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	all, err := Cases(options(), []string{DPDKSuite})
	if err != nil {
		t.Fatal(err)
	}
	held := 0
	r := &Runner{EAL: EAL(true), Hugepages: func() (func() error, error) {
		held++
		return func() error { held--; return nil }, nil
	}}
	for _, c := range all {
		for _, e := range c.Entrants {
			l := &lab.Lab{Client: &lab.Host{}, Server: &lab.Host{}}
			before := slices.Clone(e.server.argv)
			got, remove, err := r.connected(l, e)
			if err != nil {
				t.Fatal(err)
			}
			if !e.overDPDK() {
				if strings.HasPrefix(e.server.argv[0], "/dpdk/") || len(l.Server.Env) > 0 || got != e {
					t.Errorf("%s: %s is taken to be over DPDK", c.ID(), e.Name())
				}
				continue
			}
			dir, _ := strings.CutPrefix(l.Server.Env[0], "RUNTIME_DIRECTORY=")
			if info, err := os.Stat(dir); err != nil || !info.IsDir() || !slices.Equal(l.Server.Env, l.Client.Env) {
				t.Errorf("%s: %s has the environment %q and %q", c.ID(), e.Name(), l.Server.Env, l.Client.Env)
			}
			for role, p := range map[string]program{"server": got.server, "client": got.client} {
				args := p.argv[len(p.argv)-1]
				if !strings.HasPrefix(p.argv[0], "/dpdk/") || p.argv[len(p.argv)-2] != "--eal" ||
					!strings.HasPrefix(args, "--no-pci ") || !strings.Contains(args, "--in-memory --file-prefix="+filepath.Base(dir)+role+" ") ||
					strings.Contains(args, "DIR") || !(strings.Contains(args, "="+dir+"/") || strings.Contains(args, "iface="+lab.Device)) {
					t.Errorf("%s: %s: the %s is %q", c.ID(), e.Name(), role, p.argv)
				}
			}
			if !slices.Equal(e.server.argv, before) || strings.Contains(strings.Join(e.server.eal, ""), dir) {
				t.Errorf("%s: %s has the directory of one turn for good", c.ID(), e.Name())
			}
			if held != 1 {
				t.Errorf("%s: %s has hugepages %d times", c.ID(), e.Name(), held)
			}
			if err := remove(); err != nil || held != 0 {
				t.Errorf("%v, and hugepages are held %d times", err, held)
			}
			if _, err := os.Stat(dir); !os.IsNotExist(err) {
				t.Errorf("%s: %s leaves its directory: %v", c.ID(), e.Name(), err)
			}
		}
	}
}

// A turn that gets no hugepages fails before anything is made.
func TestNoHugepagesForATurn(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	all, err := Cases(options(), []string{"dpdk/raw"})
	if err != nil {
		t.Fatal(err)
	}
	r := &Runner{Hugepages: func() (func() error, error) { return nil, lab.ErrHugepages }}
	if _, _, err := r.connected(&lab.Lab{}, all[0].Entrants[0]); !errors.Is(err, lab.ErrHugepages) {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

func TestEAL(t *testing.T) {
	for hugepages, want := range map[bool]string{true: "--in-memory", false: "--no-huge"} {
		args := EAL(hugepages)
		if slices.Contains(args, "--in-memory") == slices.Contains(args, "--no-huge") || !slices.Contains(args, want) {
			t.Errorf("with hugepages %v: %q", hugepages, args)
		}
	}
}
