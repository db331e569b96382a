package lab

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/internal/require"
)

// A process is on its host, on the processors that it was given, and its time is counted.
func TestLab(t *testing.T) {
	if os.Geteuid() != 0 {
		require.Skip(t, "needs root: makes network namespaces")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	l, err := Open(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		for range 2 {
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
	}()
	p, err := l.Client.Start(ctx, []int{0}, []string{"sh", "-c",
		"grep Cpus_allowed_list /proc/self/status; cat /proc/self/timerslack_ns; grep -c veth0 /proc/net/dev; i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"})
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Fields(string(out)), "Cpus_allowed_list: 0 1 1"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if d, err := p.CPU(); err != nil || d <= 0 {
		t.Errorf("the process has used %v, %v", d, err)
	}
	if err := p.Stop(false); err == nil {
		t.Error("a server that had ended by itself was stopped in order")
	}
}

func TestReadyAndStop(t *testing.T) {
	if os.Geteuid() != 0 {
		require.Skip(t, "needs root: makes network namespaces")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	l, err := Open(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, tt := range []struct {
		script               string
		ready, stop, lenient bool // whether each is without an error
	}{
		{"trap 'exit 0' TERM; echo listening here; while :; do :; done", true, true, true},
		{"trap 'exit 3' TERM; echo listening here; while :; do :; done", true, false, true},
		{"echo nothing; exit 1", false, false, false},
	} {
		for _, anyStatus := range []bool{false, true} {
			p, err := l.Server.Start(ctx, []int{0}, []string{"sh", "-c", tt.script})
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Ready(ctx); (err == nil) != tt.ready {
				t.Errorf("%s: ready: %v", tt.script, err)
			}
			want := tt.stop
			if anyStatus {
				want = tt.lenient
			}
			if err := p.Stop(anyStatus); (err == nil) != want {
				t.Errorf("%s: stop, any status %v: %v", tt.script, anyStatus, err)
			}
		}
	}
}

// A process that is asked for its memory answers, each time anew, and one that ends instead is an error.
func TestMemory(t *testing.T) {
	if os.Geteuid() != 0 {
		require.Skip(t, "needs root: makes network namespaces")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	l, err := Open(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p, err := l.Server.Start(ctx, []int{0}, []string{"sh", "-c",
		"n=0; trap 'n=$((n+1)); [ $n -lt 3 ] || exit 1; echo go heap=1 stacks=1 mallocs=$n collections=0 >&2' USR1; " +
			"echo noise; echo '{}'; while :; do :; done"})
	if err != nil {
		t.Fatal(err)
	}
	if line, err := p.Said(ctx, "{"); err != nil || line != "{}\n" {
		t.Errorf("said %q, %v", line, err)
	}
	for n := uint64(1); n < 3; n++ {
		if m, err := p.Memory(ctx); err != nil || m.Mallocs != n || m.Heap != 2 || m.Resident == 0 {
			t.Errorf("question %d: %+v, %v", n, m, err)
		}
	}
	settled, err := p.Settled(ctx)
	if err != nil || settled == 0 {
		t.Errorf("%d bytes are resident, %v", settled, err)
	}
	if peak, err := p.Peak(); err != nil || peak < settled {
		t.Errorf("at most %d bytes were resident, and %d are, %v", peak, settled, err)
	}
	if m, err := p.Memory(ctx); err == nil {
		t.Errorf("a process that ended has %+v", m)
	}
	if _, err := p.Wait(); err == nil {
		t.Error("the process ended in order")
	}
	if n, err := p.Settled(ctx); err == nil {
		t.Errorf("a process that ended has %d bytes resident", n)
	}
}
