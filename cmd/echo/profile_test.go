package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCPUProfile has both ends write a profile, which a SIGTERM does not cut.
func TestCPUProfile(t *testing.T) {
	dir := t.TempDir()
	ofServer, ofClient := filepath.Join(dir, "server"), filepath.Join(dir, "client")
	t.Setenv("CATAMARAN_CPUPROFILE", ofServer)
	s := startServer(t, "tcp", "127.0.0.1")
	r, status, stderr := runReport(t, "--connect", s.addr, "--count", "1000", "--cpuprofile", ofClient)
	if status != 0 || r.Requests != 1000 {
		t.Errorf("status %d, %+v %s", status, r, stderr)
	}
	s.stop(t)
	for _, name := range []string{ofServer, ofClient} {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b, err := io.ReadAll(z)
		if err != nil || !bytes.Contains(b, []byte("nanoseconds")) {
			t.Errorf("%s: %d bytes, %v", name, len(b), err)
		}
	}
}

func TestCPUProfileFails(t *testing.T) {
	name := filepath.Join(t.TempDir(), "none", "profile")
	var out, errs bytes.Buffer
	status := run([]string{"echo", "server", "--listen", "127.0.0.1:0", "--cpuprofile", name}, &out, &errs)
	if status != statusFailure || !strings.Contains(errs.String(), "name a --cpuprofile file") {
		t.Errorf("status %d, %q %q", status, out.String(), errs.String())
	}
}
