package flags

import (
	"compress/gzip"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/api"
)

// overPipe returns options of a runtime at the end of a pipe, which takes a capture.
func overPipe(t *testing.T) Options {
	t.Helper()
	end, other, err := api.NewPipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	})
	return Options{Config: api.Config{LibOS: api.Pipe, End: end, Addrs: []netip.Prefix{netip.MustParsePrefix("10.0.0.2/24")}, TCP: "inline"}}
}

// TestOpen: both files are whole when the runtime is closed.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	o := overPipe(t)
	o.CPUProfile, o.Capture = filepath.Join(dir, "profile"), filepath.Join(dir, "pcap")
	rt, closeAll, err := o.Open()
	if err != nil {
		t.Fatal(err)
	}
	if info := rt.Info(); info.LibOS != api.Pipe {
		t.Errorf("opened %+v", info)
	}
	if o.Config.Capture != nil {
		t.Error("Open changed its options")
	}
	if err := closeAll(); err != nil {
		t.Error(err)
	}
	b, err := os.ReadFile(o.Capture)
	if err != nil || len(b) < 24 { // the header of the format
		t.Errorf("capture of %d bytes, %v", len(b), err)
	}
	f, err := os.Open(o.CPUProfile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, z); err != nil {
		t.Error(err)
	}
}

// TestOpenFails: an error names the flag, and nothing is left open.
func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "file"), filepath.Join(dir, "none", "file")
	for _, tc := range []struct {
		o    Options
		want string
	}{
		{Options{CPUProfile: bad}, "open " + bad + ": no such file or directory; name a --cpuprofile file that can be written"},
		{Options{CPUProfile: good, Capture: bad}, "open " + bad + ": no such file or directory; name a --pcap file that can be written"},
		{Options{CPUProfile: good, Capture: good}, "LibOS kernel takes no device fields"},
	} {
		before := descriptors(t)
		if _, _, err := tc.o.Open(); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("got %v, want %s", err, tc.want)
		}
		if after := descriptors(t); after != before {
			t.Errorf("%s: %d descriptors, before %d", tc.want, after, before)
		}
		stop, err := startProfile(good) // of two at once the second is refused
		if err != nil {
			t.Fatalf("%s: the profile was left running: %v", tc.want, err)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	}
}

// TestTwoProfiles: the second at once is refused, and its file closed.
func TestTwoProfiles(t *testing.T) {
	dir := t.TempDir()
	stop, err := startProfile(filepath.Join(dir, "first"))
	if err != nil {
		t.Fatal(err)
	}
	second := filepath.Join(dir, "second")
	if _, err := startProfile(second); err == nil {
		t.Error("two profiles at once")
	}
	if isOpen(t, second) {
		t.Error("the second file is still open")
	}
	if !isOpen(t, filepath.Join(dir, "first")) {
		t.Error("the first file is not open")
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestSingleProcessor: where gVisor's goroutines process TCP, the user's GOMAXPROCS counts, and else it is 1.
func TestSingleProcessor(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	for _, tc := range []struct {
		env, tcp string
		want     int
	}{{"3", "stock", 3}, {"", "inline", 3}, {"", "stock", 1}} {
		t.Setenv("GOMAXPROCS", tc.env)
		o := overPipe(t)
		o.Config.TCP = tc.tcp
		_, closeAll, err := o.Open()
		if err != nil {
			t.Fatal(err)
		}
		if got := runtime.GOMAXPROCS(0); got != tc.want {
			t.Errorf("GOMAXPROCS=%s and %s: %d processors, want %d", tc.env, tc.tcp, got, tc.want)
		}
		if err := closeAll(); err != nil {
			t.Error(err)
		}
	}
}

// isOpen reports whether a descriptor of this process is of the file. Counting descriptors will not do here: the profiler that runs
// opens some of its own.
func isOpen(t *testing.T, path string) bool {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		// The descriptor of the listing itself has gone.
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && to == path {
			return true
		}
	}
	return false
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
