// Package hack tests the scripts of this folder.
//
// In short: tests only.
package hack

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/internal/require"
)

// A veth runs veth.sh on namespaces of the test's own, with a command ip that can interfere.
type veth struct {
	t    *testing.T
	a, b string
	dir  string
}

// The ip in front of the real one. Its call number AT ends with a SIGTERM to the script, and STEAL is a namespace that
// somebody else makes just before the script does.
const interferingIP = `#!/bin/sh
[ "$*" != "netns add $STEAL" ] || "$IP" "$@"
"$IP" "$@"
status=$?
echo >>"$DIR/calls"
[ "$(wc -l <"$DIR/calls")" -ne "$AT" ] || kill -TERM "$(cat "$DIR/pid")"
exit $status
`

func newVeth(t *testing.T) *veth {
	t.Helper()
	if os.Geteuid() != 0 {
		require.Skip(t, "needs root to make network namespaces")
	}
	v := &veth{t: t, a: fmt.Sprintf("cata-test-%d-a", os.Getpid()), b: fmt.Sprintf("cata-test-%d-b", os.Getpid()), dir: t.TempDir()}
	if err := os.WriteFile(filepath.Join(v.dir, "ip"), []byte(interferingIP), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if out, status := v.run("down"); status != 0 || len(v.left()) > 0 {
			t.Errorf("down: status %d, %v is left: %s", status, v.left(), out)
		}
	})
	return v
}

// run runs the script with arguments and variables NAME=VALUE.
func (v *veth) run(args string, vars ...string) (string, int) {
	v.t.Helper()
	ip, err := exec.LookPath("ip")
	if err != nil {
		v.t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(v.dir, "calls")); err != nil {
		v.t.Fatal(err)
	}
	cmd := exec.Command("bash", "-c", `echo $$ >"$DIR/pid" && exec ./veth.sh `+args)
	cmd.Env = append(os.Environ(), "CATAMARAN_NS_A="+v.a, "CATAMARAN_NS_B="+v.b, "PATH="+v.dir+":"+os.Getenv("PATH"),
		"IP="+ip, "DIR="+v.dir, "AT=0", "STEAL=")
	cmd.Env = append(cmd.Env, vars...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		v.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// left returns which namespaces there are.
func (v *veth) left() (names []string) {
	v.t.Helper()
	for _, name := range []string{v.a, v.b} {
		if _, err := os.Stat("/run/netns/" + name); err == nil {
			names = append(names, name)
		} else if !errors.Is(err, os.ErrNotExist) {
			v.t.Fatal(err)
		}
	}
	return names
}

func TestVeth(t *testing.T) {
	v := newVeth(t)
	for _, c := range []struct {
		args   string
		status int
		says   string
	}{
		{"", 2, "no command"},
		{"sideways", 2, "unknown command 'sideways'"},
		{"up now", 2, "up takes no argument"},
		{"exec a", 2, "exec needs a host and a command"},
		{"exec c true", 2, "unknown host 'c'"},
		{"exec a true", 1, "run 'hack/veth.sh up' first"},
		{"up", 0, "up: "},
		{"up", 1, "exists already"},
		{"exec a ping -c 1 -W 5 10.99.0.2", 0, " 0% packet loss"},
		{"exec b ping -c 1 -W 5 fd99::1", 0, " 0% packet loss"},
		{"exec a sh -c 'exit 7'", 7, ""},
		{"status", 0, v.b + ": present"},
		{"down", 0, "down: removed " + v.a + " " + v.b},
		{"down", 0, "nothing to remove"},
	} {
		if out, status := v.run(c.args); status != c.status || !strings.Contains(out, c.says) {
			t.Errorf("veth.sh %s: status %d, want %d and %q:\n%s", c.args, status, c.status, c.says, out)
		}
	}
}

// A signal at any moment of up leaves nothing, until everything is there.
func TestVethInterrupted(t *testing.T) {
	v := newVeth(t)
	for at := 1; ; at++ {
		out, status := v.run("up", fmt.Sprint("AT=", at))
		if status == 0 {
			if at < 10 {
				t.Errorf("only %d calls of ip were interrupted", at-1)
			}
			return
		}
		if status != 143 || len(v.left()) > 0 || at > 500 {
			t.Fatalf("SIGTERM during call %d of ip: status %d, %v is left: %s", at, status, v.left(), out)
		}
	}
}

// A namespace that appears between the check and the creation is somebody else's, and stays.
func TestVethKeepsOthers(t *testing.T) {
	v := newVeth(t)
	out, status := v.run("up", "STEAL="+v.b)
	if left := v.left(); status != 1 || len(left) != 1 || left[0] != v.b {
		t.Errorf("status %d, %v is left, want %s alone: %s", status, left, v.b, out)
	}
}
