package integration

import (
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	xdp "github.com/cilium/ebpf/link"
	"github.com/vishvananda/netlink"
)

// Each mistake ends with one line that names cause and remedy, with status 2 for usage and 1 for the rest, and leaves
// nothing behind.
func TestMistakes(t *testing.T) {
	l := newLab(t)
	h := l.b
	listen := []string{"--listen", h.l4 + ":7"}
	dev := func(args ...string) []string {
		return append(append([]string{"server", "--libos", "afxdp"}, listen...), args...)
	}
	ip := []string{"--ip", h.prefix4}
	fail := func(name string, status int, args []string, words ...string) {
		t.Helper()
		_, stderr, err := h.run(t, nil, echoBinary(t), args...)
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != status {
			t.Errorf("%s: %v, want exit status %d\n%s", name, err, status, stderr)
		}
		if n := strings.Count(strings.TrimSpace(stderr), "\n") + 1; n != 1 {
			t.Errorf("%s: %d lines, want one:\n%s", name, n, stderr)
		}
		for _, w := range words {
			if !strings.Contains(stderr, w) {
				t.Errorf("%s: %q does not say %q", name, stderr, w)
			}
		}
		t.Logf("%s: %s", name, strings.TrimSpace(stderr))
	}
	fail("unknown flag", 2, []string{"server", "--nope"}, "nope")
	fail("malformed address", 2, []string{"server", "--listen", "10.0.0.300:7"}, "10.0.0.300")
	fail("malformed prefix", 2, dev("--dev", h.dev, "--ip", "10.99.0.12"), "10.99.0.12")
	fail("malformed mode", 2, dev("--dev", h.dev, "--ip", h.prefix4, "--mode", "fast"), "fast")
	fail("no device", 2, dev(ip...), "dev")
	fail("unknown device", 1, dev(append(ip, "--dev", "nope0")...), "nope0")
	fail("kernel's address", 1, []string{"server", "--libos", "afxdp", "--listen", h.v4 + ":7", "--dev", h.dev, "--ip", h.v4 + "/24"}, h.v4)
	fail("queue that does not exist", 1, dev(append(ip, "--dev", h.dev, "--queue", "77")...), "77")
	fail("zero-copy on veth", 1, dev(append(ip, "--dev", h.dev, "--mode", "zerocopy")...), "copy")

	srv := h.startServer(t, append(h.afxdp(), listen...)...)
	fail("queue taken", 1, dev(append(ip, "--dev", h.dev)...), "queue 0")
	srv.stop(t)

	own := h.startServer(t, "--listen", h.v4+":8")
	fail("port in use", 1, []string{"server", "--listen", h.v4 + ":8"}, "in use")
	own.stop(t)

	t.Run("no privilege", func(t *testing.T) {
		cmd := exec.Command(echoBinary(t), dev(append(ip, "--dev", h.dev)...)...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		var out []byte
		err := h.Do(func() (err error) {
			out, err = cmd.CombinedOutput()
			return err
		})
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 || strings.Count(string(out), "\n") != 1 || !strings.Contains(string(out), "CAP_NET") {
			t.Errorf("%v: %s", err, out)
		}
		t.Logf("no privilege: %s", out)
	})
	t.Run("MTU too large", func(t *testing.T) {
		setMTU(t, h, 9000)
		defer setMTU(t, h, 1500)
		fail("MTU too large", 1, dev(append(ip, "--dev", h.dev)...), "MTU", "9000")
	})
	t.Run("foreign program", func(t *testing.T) {
		id := attachForeign(t, h)
		fail("foreign program", 1, dev(append(ip, "--dev", h.dev)...), "stranger", strconv.Itoa(int(id)))
		if h.program(t) != id {
			t.Error("the foreign program is not in place any more")
		}
	})
	if id := h.program(t); id != 0 {
		t.Errorf("XDP program %d was left behind", id)
	}
}

func setMTU(t *testing.T, h *host, mtu int) {
	t.Helper()
	err := h.Do(func() error {
		link, err := netlink.LinkByName(h.dev)
		if err != nil {
			return err
		}
		return netlink.LinkSetMTU(link, mtu)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// attachForeign puts a program of somebody else on the interface until the end of the test.
func attachForeign(t *testing.T, h *host) uint32 {
	t.Helper()
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{Name: "stranger", Type: ebpf.XDP, License: "Apache-2.0",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 2), asm.Return()}}) // XDP_PASS
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	var at xdp.Link
	err = h.Do(func() error {
		link, err := netlink.LinkByName(h.dev)
		if err != nil {
			return err
		}
		at, err = xdp.AttachXDP(xdp.XDPOptions{Program: p, Interface: link.Attrs().Index})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { at.Close() })
	return h.program(t)
}
