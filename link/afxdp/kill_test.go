package afxdp

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/internal/netnstest"
	"github.com/catamaran-os/catamaran/link"
)

// victimEnv makes the test binary open a device in the namespace that it inherits as descriptor 3, and poll it until it
// is killed.
const victimEnv = "CATAMARAN_AFXDP_VICTIM"

func TestMain(m *testing.M) {
	if os.Getenv(victimEnv) != "" {
		fmt.Fprintln(os.Stderr, victim())
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func victim() error {
	d, err := (&netns{netnstest.Inherited(3)}).open(small(nameA, ipA), 0)
	if err != nil {
		return err
	}
	fmt.Println("open")
	q := d.Queue(0)
	var f [32]link.Frame
	for {
		n, err := q.RxBurst(f[:])
		if err != nil {
			return err
		}
		n, err = q.TxBurst(f[:n])
		if err != nil {
			return err
		}
		q.Free(f[n:]) // refused frames are counted; the rest of f are old copies
	}
}

// TestKill kills a process that has a queue under load: nothing of it is left, and the queue can be opened at once.
func TestKill(t *testing.T) {
	w := newWire(t, 1, 1500)
	peer := w.b.mustOpen(t, small(nameB, ipB), 0).Queue(0)
	ns := os.NewFile(uintptr(must(t)(unix.FcntlInt(uintptr(w.a.FD()), unix.F_DUPFD_CLOEXEC, 0))), "netns")
	defer ns.Close()
	for range 10 {
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), victimEnv+"=1")
		cmd.ExtraFiles = []*os.File{ns}
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatalf("victim did not open: %q, %v", line, err)
		}
		load(t, peer, 5000)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		// The error says that it was killed.
		if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != -1 {
			t.Fatalf("victim ended by itself: %v", err)
		}
		d, err := w.a.open(small(nameA, ipA), 0)
		if err != nil {
			t.Fatalf("open after the kill: %v", err)
		}
		pass(t, d.Queue(0), peer, ipv4(ipA, ipB, 30))
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if info := w.a.attached(t, nameA); info.xdpMode != 0 {
			t.Fatalf("a %s program was left", info.modeName())
		}
	}
}

// load sends frames without looking at what comes back, then drains.
func load(t *testing.T, q link.Queue, frames int) {
	var f [32]link.Frame
	for sent := 0; sent < frames; {
		n := q.Alloc(f[:])
		for i := range f[:n] {
			f[i].Data = append(f[i].Data, ipv4(ipB, ipA, 30)...)
		}
		k, err := q.TxBurst(f[:n])
		if err != nil {
			t.Fatal(err)
		}
		q.Free(f[k:n])
		sent += k
		n, err = q.RxBurst(f[:])
		if err != nil {
			t.Fatal(err)
		}
		q.Free(f[:n])
	}
}

func must(t *testing.T) func(int, error) int {
	return func(n int, err error) int {
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
}
