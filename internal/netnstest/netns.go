// Package netnstest makes network namespaces for tests.
//
// A namespace has no name: it is gone with its descriptor, the processes and the sockets in it, so that a test that is killed
// leaves nothing. What runs in one runs on a thread that ends with it, because a thread's namespace cannot be given back
// safely.
//
// In short: a network of the test's own.
package netnstest

import (
	"fmt"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/internal/require"
)

// NeedRoot skips a test that makes namespaces where that is not allowed.
func NeedRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		require.Skip(t, "needs root: makes network namespaces and XDP programs")
	}
}

// A NS is a network namespace.
type NS struct{ fd int }

// New makes a namespace, in which not even the loopback interface is up.
func New() (*NS, error) {
	ns := &NS{fd: -1}
	err := onThread(func() (err error) {
		if err = unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("unshare: %w", err)
		}
		ns.fd, err = unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		return err
	})
	return ns, err
}

// Inherited is the namespace of a descriptor that this process was started with.
func Inherited(fd int) *NS { return &NS{fd} }

// Do runs fn in the namespace, on a thread of its own; processes that fn starts are born there.
func (ns *NS) Do(fn func() error) error {
	return onThread(func() error {
		if err := unix.Setns(ns.fd, unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("setns: %w", err)
		}
		return fn()
	})
}

// FD is the namespace's descriptor, which stays the namespace's.
func (ns *NS) FD() int { return ns.fd }

// Close gives the descriptor back. It is idempotent, and nil may be closed.
func (ns *NS) Close() {
	if ns != nil && ns.fd >= 0 {
		unix.Close(ns.fd)
		ns.fd = -1
	}
}

// onThread runs fn on a thread that ends with it.
func onThread(fn func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread must not be used again
		done <- fn()
	}()
	return <-done
}
