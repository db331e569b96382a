package scripttest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/libos/netstack"
)

// Test runs all scripts NAME.txt in dir, and compares their traces with NAME.golden, or with NAME.v6.golden if there is one for
// IPv6. With update it writes those files.
func Test(t *testing.T, dir string, update bool) {
	// What goroutines of the stack do must be done before the clock moves: one processor for all.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	scripts, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts in %s: %v", dir, err)
	}
	for _, path := range scripts {
		golden := strings.TrimSuffix(path, ".txt") + ".golden"
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) { file(t, path, golden, update) })
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.golden"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		script := strings.TrimSuffix(strings.TrimSuffix(path, ".golden"), "."+V6.String()) + ".txt"
		if !exists(script) {
			t.Errorf("%s belongs to no script", path)
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func file(t *testing.T, path, golden string, update bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse(string(text))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if update {
		if err := write(s, golden); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	for _, f := range s.Families() {
		for name, tcp := range map[string]netstack.TCP{"inline": netstack.TCPInline, "stock": netstack.TCPStock} {
			t.Run(f.String()+"/"+name, func(t *testing.T) {
				if err := s.verify(golden, f, tcp); err != nil {
					t.Errorf("%s: %v", path, err)
				}
			})
		}
	}
}

// verify runs a script, and returns what went wrong or how the trace differs.
func (s *Script) verify(golden string, f Family, tcp netstack.TCP) error {
	if own := ofFamily(golden, f); exists(own) {
		golden = own
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		return fmt.Errorf("%w: run with -update, and read what it wrote", err)
	}
	trace, err := s.Run(f, tcp)
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, trace)
	}
	if tcp == netstack.TCPStock && !s.StockTrace() || string(want) == trace {
		return err
	}
	return errors.Join(err, fmt.Errorf("%s: the trace differs (- golden, + now):\n%s", golden, diff(string(want), trace)))
}

// ofFamily is the name of the golden file of a script whose traces differ by family. A window does, where segments wait for
// others: the stack counts their headers.
func ofFamily(golden string, f Family) string {
	return strings.TrimSuffix(golden, ".golden") + "." + f.String() + ".golden"
}

// write writes golden files: one for all families, and one of a family's own where it has to be.
func write(s *Script, golden string) error {
	first := ""
	for i, f := range s.Families() {
		trace, err := s.Run(f, netstack.TCPInline)
		if err != nil {
			return fmt.Errorf("%v: %w\n%s", f, err, trace)
		}
		path := golden
		if i == 0 {
			first = trace
		} else if path = ofFamily(golden, f); trace == first {
			if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
			continue
		}
		if err := os.WriteFile(path, []byte(trace), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// diff shows how b differs from a, as diff -u does: by their longest common subsequence, with three lines around.
func diff(textA, textB string) string {
	a, b := strings.Split(textA, "\n"), strings.Split(textB, "\n")
	same := make([][]int, len(a)+1) // lines in common of a[i:] and b[j:]
	for i := range same {
		same[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				same[i][j] = same[i+1][j+1] + 1
			} else {
				same[i][j] = max(same[i+1][j], same[i][j+1])
			}
		}
	}
	var lines []string
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			lines = append(lines, "  "+a[i])
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && same[i+1][j] >= same[i][j+1]:
			lines = append(lines, "- "+a[i])
			i++
		default:
			lines = append(lines, "+ "+b[j])
			j++
		}
	}
	return strings.Join(context(lines, 3), "\n")
}

// context leaves out lines that are more than n away from a difference.
func context(lines []string, n int) (kept []string) {
	near := func(i int) bool {
		for _, l := range lines[max(0, i-n):min(len(lines), i+n+1)] {
			if l[0] != ' ' {
				return true
			}
		}
		return false
	}
	for i, l := range lines {
		if near(i) {
			kept = append(kept, l)
		} else if i == 0 || near(i-1) {
			kept = append(kept, "  ...")
		}
	}
	return kept
}
