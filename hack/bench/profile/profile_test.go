package profile

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"testing"
	"time"
)

// goroutines is a profile with absolute names: that of this test.
func goroutines(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&b, 0); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func names(t *testing.T, compressed []byte) (absolute, all []string) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	for len(b) > 0 {
		f, err := next(b)
		if err != nil {
			t.Fatal(err)
		}
		if f.number == stringTable {
			all = append(all, string(f.value))
			if strings.HasPrefix(string(f.value), "/") {
				absolute = append(absolute, string(f.value))
			}
		}
		b = b[f.size:]
	}
	return absolute, all
}

func TestMerge(t *testing.T) {
	dir := t.TempDir()
	in := goroutines(t)
	absolute, before := names(t, in)
	if len(absolute) == 0 {
		t.Fatal("there is nothing to strip")
	}
	var files []string
	for _, name := range []string{"a", "b"} {
		files = append(files, filepath.Join(dir, name))
		if err := os.WriteFile(files[len(files)-1], in, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	to := filepath.Join(dir, "merged")
	if err := Merge(ctx, to, files); err != nil {
		t.Fatal(err)
	}
	out, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	absolute, after := names(t, out)
	if len(absolute) > 0 || len(after) < len(before)/2 {
		t.Errorf("of %d names %d are left, of these absolute: %q", len(before), len(after), absolute)
	}
	top, err := exec.CommandContext(ctx, "go", "tool", "pprof", "-top", to).CombinedOutput()
	if err != nil || !strings.Contains(string(top), "testing.") {
		t.Errorf("pprof cannot read it: %v\n%s", err, top)
	}
	if err := Merge(ctx, to, nil); err == nil {
		t.Error("nothing was merged")
	}
	if err := Merge(ctx, to, []string{filepath.Join(dir, "none")}); err == nil {
		t.Error("a profile that does not exist was merged")
	}
}

func TestStripRejects(t *testing.T) {
	zip := func(b ...byte) []byte {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		if _, err := z.Write(b); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	if _, err := Strip(zip(6<<3|2, 2, '/', 'a', 9<<3, 1)); err != nil {
		t.Error(err)
	}
	for name, bad := range map[string][]byte{
		"no gzip": []byte("profile"), "a tag alone": zip(6<<3 | 2), "a cut string": zip(6<<3|2, 3, '/', 'a'),
		"a fixed field": zip(6<<3|1, 1, 2, 3, 4, 5, 6, 7, 8), "a cut number": zip(9<<3, 0x80), "cut gzip": goroutines(t)[:50],
	} {
		if out, err := Strip(bad); err == nil {
			t.Errorf("%s: %d bytes", name, len(out))
		}
	}
}
