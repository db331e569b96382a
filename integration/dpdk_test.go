//go:build dpdk && linux && cgo

package integration

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/catamaran-os/catamaran/internal/netnstest"
)

// testEAL starts DPDK's environment in this process, which can be done once: without hugepages.
var testEAL = []string{"--no-huge", "--no-pci", "-m", "1024", fmt.Sprintf("--file-prefix=catamaran%d", os.Getpid())}

// dpdkPath builds the commands once, beside the default build.
var dpdkPath = sync.OnceValues(func() (string, error) {
	echo, err := echoPath()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(filepath.Dir(echo), "dpdk")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-tags", "dpdk", "-o", dir, "../cmd/echo", "../cmd/kvserver")
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build with DPDK: %w\n%s", err, out)
	}
	return dir, nil
})

func dpdkBinary(t testing.TB, name string) string {
	t.Helper()
	dir, err := dpdkPath()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, name)
}

// A wire joins the ports of two processes by a socket: two hosts, each with an address of its own and nothing else.
type wire struct {
	a, b           *host
	server, client string // what makes the ports: the one that listens on the socket, and the one that connects to it
	socket         string
}

var kinds = []string{"memif", "vhost"}

func newWire(t testing.TB, kind string) *wire {
	t.Helper()
	netnstest.NeedRoot(t)
	removeKilled(t)
	w := &wire{socket: filepath.Join(socketDir(t), kind)}
	for i, h := range []**host{&w.a, &w.b} {
		var err error
		if *h, err = newHost("", i+1); err != nil {
			t.Fatal(err)
		}
		t.Cleanup((*h).Close)
		(*h).binary = dpdkBinary
	}
	switch kind {
	case "memif":
		w.server = "net_memif0,role=server,socket-abstract=no,socket=" + w.socket
		w.client = "net_memif0,role=client,socket-abstract=no,socket=" + w.socket
	case "vhost":
		w.server = "net_vhost0,tso=1,iface=" + w.socket
		w.client = "net_virtio_user0,in_order=1,path=" + w.socket
	}
	return w
}

// socketDir makes a directory whose names are short enough for the path of a socket (unix(7): 108 bytes).
func socketDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "catamaran-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

var prefixes atomic.Int32

// eal returns arguments for a DPDK of its own, and the prefix of its files.
func eal(more ...string) (args, prefix string) {
	prefix = fmt.Sprintf("catamaran%d-%d", os.Getpid(), prefixes.Add(1))
	args = "--no-huge --no-pci -m 256 --file-prefix=" + prefix
	return strings.Join(append([]string{args}, more...), " "), prefix
}

// dpdk are the flags that put the libOS on a port that these arguments make.
func (h *host) dpdk(vdev string) []string {
	args, _ := eal("--vdev=" + vdev)
	return []string{"--libos", "dpdk", "--eal", args, "--ip", h.prefix4, "--ip", h.prefix6}
}

// removeKilled removes at the end of a test what programs that it killed left.
func removeKilled(t testing.TB) {
	t.Cleanup(func() {
		dirs, err := filepath.Glob(fmt.Sprintf("/var/run/dpdk/catamaran%d-*", os.Getpid()))
		for _, dir := range dirs {
			err = errors.Join(err, os.RemoveAll(dir))
		}
		if err != nil {
			t.Error(err)
		}
	})
}

// dpdkFiles returns what a DPDK with that prefix has in the file system.
func dpdkFiles(t testing.TB, prefix string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join("/var/run/dpdk", prefix), func(path string, _ fs.DirEntry, err error) error {
		if err == nil {
			all = append(all, path)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return all
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// report reads what an echo client that has ended says.
func (p *process) report(t testing.TB) (r report) {
	t.Helper()
	if out := strings.Join(p.output(), "\n"); out != "" {
		if err := json.Unmarshal([]byte(out), &r); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	}
	return r
}
