//go:build dpdk && linux && cgo

package dpdk

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/catamaran-os/catamaran/link/dpdk/internal/ethdev"
)

// eal is DPDK's environment, one in a process.
var eal struct {
	sync.Mutex
	args    []string
	started bool
	said    string            // while it started, such as why a device of the arguments cannot be made
	spoilt  error             // why it cannot be started any more
	devices map[int]*Device   // open, by port
	vdevs   map[string]string // arguments of virtual devices that were closed, by name
	dead    []*Queue          // closed, and somebody still has frames
}

// startEAL starts EAL, unless it runs. eal is locked.
func startEAL(args []string) error {
	switch {
	case eal.spoilt != nil:
		return fmt.Errorf("start EAL: it failed before in this process, which has to be started again: %w", eal.spoilt)
	case eal.started && len(args) > 0 && !slices.Equal(args, eal.args):
		return fmt.Errorf("start EAL: it runs already, with arguments %q, and cannot get others: %w", strings.Join(eal.args, " "), syscall.EBUSY)
	case eal.started:
		return makeDir()
	}
	if err := clearSockets(args); err != nil {
		return err
	}
	// What EAL finds is not what it fails at. Arguments that come later count.
	argv := append([]string{"catamaran", "--log-level=notice"}, args...)
	forward := slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "--log-level") })
	done := make(chan error, 1)
	go func() {
		// EAL makes the thread that starts it one of its own. Locked for good, the thread ends with this function.
		runtime.LockOSThread()
		done <- ethdev.Init(argv, forward)
	}()
	if err := <-done; err != nil {
		eal.args = slices.Clone(args)
		return errors.Join(startError(args, err), removeFailed())
	}
	eal.args, eal.started, eal.said = slices.Clone(args), true, ethdev.Said()
	eal.devices, eal.vdevs = map[int]*Device{}, map[string]string{}
	return nil
}

func startError(args []string, err error) error {
	remedy := "see doc.dpdk.org/guides-22.11/linux_gsg/linux_eal_parameters.html"
	var e *ethdev.Error
	if errors.As(err, &e) {
		switch e.Errno {
		case syscall.EALREADY:
			eal.spoilt = err
			return startEAL(args)
		case syscall.EACCES, syscall.ENOMEM:
			remedy = "EAL needs hugepages (hack/hugepages.sh, root), or --no-huge, or a lower -m"
		case syscall.EINVAL:
			remedy = "correct the arguments; " + remedy
		}
	}
	return fmt.Errorf("start EAL with arguments %q: %w; %s", strings.Join(args, " "), err, remedy)
}
