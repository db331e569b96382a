package house

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestTree(t *testing.T) {
	files, err := Read("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"libos/doc.go", "link/doc.go", "internal/house/house_test.go"} {
		if !slices.ContainsFunc(files, func(f File) bool { return f.Path == want }) {
			t.Errorf("%s was not read", want)
		}
	}
	for _, v := range Check(files) {
		t.Error(v)
	}
}

// A module within is not read, whatever it imports; a folder without go.mod is.
func TestModuleWithin(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"go.mod", "link/a.go", "hack/bench/go.mod", "hack/bench/b.go", "hack/bench/peer/c.go", "hack/d.go"} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("package p\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, f.Path)
	}
	if want := []string{"hack/d.go", "link/a.go"}; !slices.Equal(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
}

func TestCheck(t *testing.T) {
	const our = Module + "/"
	for _, tt := range []struct {
		rule, build   string
		reject, allow [][2]string // file, import
	}{
		{rule: ContractsStd,
			reject: [][2]string{{"libos/a.go", "golang.org/x/sys/unix"}, {"link/a.go", "golang.org/x/sys/unix"}, {"link/a.go", our + "internal/require"}},
			allow:  [][2]string{{"libos/a.go", "net/netip"}, {"libos/kernel/a.go", "golang.org/x/sys/unix"}, {"libos/a_test.go", our + "internal/require"}}},
		{rule: HullsApart,
			reject: [][2]string{
				{"libos/kernel/a.go", our + "libos/memq"}, {"libos/rdma/internal/verbs/a.go", our + "libos/kernel"},
				{"link/pcap/a.go", our + "link/pipe"}, {"link/endpoint/a.go", our + "link/afxdp"}, {"libos/mem/a.go", our + "libos/kernel"},
			},
			allow: [][2]string{
				{"libos/kernel/a.go", our + "libos/mem"}, {"libos/rdma/a.go", our + "libos/rdma/internal/verbs"}, {"link/pcap/a.go", our + "link"},
				{"libos/netstack/a.go", our + "link/endpoint"}, {"link/fault/a_test.go", our + "link/pipe"}, {"api/a.go", our + "libos/kernel"},
			}},
		{rule: OneWay,
			reject: [][2]string{
				{"link/pipe/a.go", our + "libos"}, {"libos/kernel/a.go", our + "link"}, {"libos/kernel/a.go", our + "api"}, {"api/a.go", our + "cmd/echo"},
				{"api/flags/a.go", our + "cmd/echo"}, {"libos/a.go", our + "api/flags"},
			},
			allow: [][2]string{{"libos/netstack/a.go", our + "link"}, {"api/a.go", our + "link/afxdp"}, {"libos/kernel/a.go", our + "libos"}}},
		{rule: GvisorPlace,
			reject: [][2]string{{"api/a.go", "gvisor.dev/gvisor/pkg/tcpip"}, {"link/pipe/a_test.go", "gvisor.dev/gvisor/pkg/refs"}},
			allow:  [][2]string{{"libos/netstack/a.go", "gvisor.dev/gvisor/pkg/tcpip"}, {"link/endpoint/a_test.go", "gvisor.dev/gvisor/pkg/refs"}}},
		{rule: CgoPlace, // without its tag
			reject: [][2]string{{"libos/rdma/internal/verbs/a.go", "C"}, {"libos/mem/a_unsafe.go", "C"}}},
		{rule: CgoPlace, build: "//go:build linux && rdma",
			reject: [][2]string{{"libos/rdma/a.go", "C"}, {"link/dpdk/internal/ethdev/a.go", "C"}},
			allow:  [][2]string{{"libos/rdma/internal/verbs/a.go", "C"}}},
		{rule: CgoPlace, build: "//go:build dpdk || linux",
			reject: [][2]string{{"link/dpdk/internal/ethdev/a.go", "C"}}},
		{rule: UnsafePlace,
			reject: [][2]string{{"libos/kernel/a.go", "unsafe"}, {"libos/kernel/a_test.go", "unsafe"}, {"libos/kernel/unsafe.go", "unsafe"}},
			allow:  [][2]string{{"libos/kernel/a_unsafe.go", "unsafe"}, {"libos/kernel/a_unsafe_test.go", "unsafe"}, {"link/dpdk/internal/ethdev/a.go", "unsafe"}}},
		{rule: CmdEmbeds,
			reject: [][2]string{
				{"cmd/echo/a.go", our + "libos"}, {"cmd/echo/a.go", our + "internal/house"}, {"cmd/echo/a.go", our + "cmd/kvserver/x"}, {"cmd/echo/lab/a.go", our + "link"},
				{"cmd/echo/a.go", our + "apiflags"}, {"cmd/echo/a.go", our + "internal/api/flags"}, {"cmd/echo/a.go", our + "libos/flags"},
			},
			allow: [][2]string{{"cmd/echo/a.go", our + "api"}, {"cmd/echo/a.go", our + "api/flags"}, {"cmd/echo/a.go", our + "cmd/echo/lab"}, {"cmd/echo/lab/a.go", our + "cmd/echo/b"}, {"cmd/kvserver/enginetest/a.go", our + "internal/require"}, {"cmd/echo/a.go", "github.com/urfave/cli/v2"}}},
		{rule: TestsForTests,
			reject: [][2]string{{"api/a.go", our + "libos/libostest"}, {"link/pipe/a.go", our + "link/linktest"}},
			allow:  [][2]string{{"link/pipe/a_test.go", our + "link/linktest"}, {"api/a.go", "testing/iotest"}}},
	} {
		breaks := func(c [2]string) bool {
			got := Check([]File{{Path: c[0], Imports: []string{"fmt", c[1]}, Constraint: tt.build}})
			return slices.Contains(got, Violation{tt.rule, c[0], c[1]})
		}
		for _, c := range tt.reject {
			if !breaks(c) {
				t.Errorf("%s importing %q (%s) is allowed; rule: %s", c[0], c[1], tt.build, tt.rule)
			}
		}
		for _, c := range tt.allow {
			if breaks(c) {
				t.Errorf("%s importing %q (%s) is rejected; rule: %s", c[0], c[1], tt.build, tt.rule)
			}
		}
	}
}

// A file that the default build leaves out is held to the rules too.
func TestParse(t *testing.T) {
	f, err := parse("libos/kernel/a.go", []byte("// About.\n\n//go:build rdma\n\npackage kernel\n\nimport (\n\t\"C\"\n\tu \"unsafe\"\n)\n"))
	if err != nil {
		t.Fatal(err)
	}
	if f.Constraint != "//go:build rdma" || !slices.Equal(f.Imports, []string{"C", "unsafe"}) {
		t.Errorf("got %+v", f)
	}
	if got := Check([]File{f}); len(got) != 2 {
		t.Errorf("got %v, want two violations", got)
	}
	if _, err := parse("a.go", []byte("not go")); err == nil {
		t.Error("a file that is not Go gave no error")
	}
}
