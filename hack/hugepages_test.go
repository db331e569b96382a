package hack

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/internal/require"
)

const nrHugepages = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"

// TestHugepages: what up adds, down takes away, and what goes wrong changes nothing.
func TestHugepages(t *testing.T) {
	if os.Geteuid() != 0 {
		require.Skip(t, "needs root to reserve hugepages")
	}
	dir := t.TempDir()
	mount := filepath.Join(dir, "mount")
	run := func(status int, want string, args ...string) {
		t.Helper()
		cmd := exec.Command("./hugepages.sh", args...)
		cmd.Env = append(os.Environ(), "CATAMARAN_HUGEPAGES_STATE="+filepath.Join(dir, "state"), "CATAMARAN_HUGEPAGES_MOUNT="+mount)
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		if got := cmd.ProcessState.ExitCode(); got != status || !strings.Contains(string(out), want) {
			t.Errorf("%v: status %d, %q; want %d, %q", args, got, out, status, want)
		}
	}
	pages := func() string {
		t.Helper()
		b, err := os.ReadFile(nrHugepages)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	before := pages()
	defer run(0, "", "down")
	run(2, "usage:")
	run(2, "unknown command 'sideways'", "sideways")
	run(2, "'-4' is not a number of mebibytes", "up", "-4")
	run(2, "usage:", "down", "now")
	run(0, "up was not run", "down")
	run(1, "ask for less", "up", "1000000")
	if now := pages(); now != before {
		t.Fatalf("a failed up left %s pages, there were %s", now, before)
	}
	run(0, "is mounted", "up", "4")
	if pages() == before {
		t.Error("up added nothing")
	}
	run(1, "up was run already", "up", "4")
	f, err := os.Create(filepath.Join(mount, "file"))
	if err != nil {
		t.Fatal(err)
	}
	run(1, "somebody uses", "down")
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	run(0, "is not mounted", "down")
	if now := pages(); now != before {
		t.Errorf("down left %s pages, there were %s", now, before)
	}
	// A signal that comes while it mounts.
	shim := "#!/bin/sh\nPATH=${PATH#*:} mount \"$@\" && kill -TERM $PPID\n"
	path := t.TempDir()
	if err := os.WriteFile(filepath.Join(path, "mount"), []byte(shim), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", path+":"+os.Getenv("PATH"))
	run(143, "", "up", "4")
	if now := pages(); now != before {
		t.Errorf("an up that was ended left %s pages, there were %s", now, before)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}
