//go:build dpdk && linux && cgo

package dpdk

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/link/dpdk/internal/ethdev"
)

// makeDir makes EAL's directory again, which it looks into for other processes when a device comes or goes.
func makeDir() error {
	if private() {
		return nil
	}
	return os.MkdirAll(ethdev.RuntimeDir(), 0o700)
}

// private says that EAL has no files by which other processes find it.
func private() bool {
	return slices.Contains(eal.args, "--in-memory") || slices.Contains(eal.args, "--no-shconf")
}

// removeFiles removes what EAL has in the file system: the files of hugepages, which stay as memory until the process ends, and
// those by which other processes find it.
func removeFiles() error {
	dir := ethdev.RuntimeDir()
	errs := errors.Join(removeHugeFiles(filepath.Base(dir)+"map_"), removeSockets(dir))
	if !private() {
		errs = errors.Join(errs, empty(dir))
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTEMPTY) {
		errs = errors.Join(errs, err)
	}
	return errs
}

// empty removes what is in dir, but for the sockets of others: a process that runs with --in-memory has its telemetry there.
func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if e.Type() == fs.ModeSocket {
			if stale, other := unused(path, unix.SOCK_STREAM); other != nil || !stale {
				err = errors.Join(err, other)
				continue
			}
		}
		err = errors.Join(err, os.RemoveAll(path))
	}
	return err
}

// removeFailed removes what EAL has made when it did not start, unless a process runs that has locked it.
func removeFailed() error {
	dir := ethdev.RuntimeDir()
	if dir == "" {
		return nil
	}
	config, err := os.Open(filepath.Join(dir, "config"))
	if err == nil {
		lock := unix.Flock_t{Type: unix.F_WRLCK} // of the whole file
		err = unix.FcntlFlock(config.Fd(), unix.F_GETLK, &lock)
		if err = errors.Join(err, config.Close()); err != nil || lock.Type != unix.F_UNLCK {
			return err
		}
	}
	return removeFiles()
}

// removeSockets removes the sockets in dir that this process has bound.
func removeSockets(dir string) error {
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	var errs error
	for _, e := range fds {
		fd, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		local, err := unix.Getsockname(fd)
		if err != nil {
			continue // no socket
		}
		if u, ok := local.(*unix.SockaddrUnix); ok && filepath.Dir(u.Name) == dir {
			if err := os.Remove(u.Name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				errs = errors.Join(errs, err)
			}
		}
	}
	return errs
}

// removeHugeFiles removes the files with that prefix that the process maps (proc_pid_maps(5)).
func removeHugeFiles(prefix string) error {
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return err
	}
	defer f.Close()
	var errs error
	for lines := bufio.NewScanner(f); lines.Scan(); {
		path := lines.Text()
		slash := strings.IndexByte(path, '/')
		if slash < 0 {
			continue
		}
		path = path[slash:]
		if !strings.HasPrefix(filepath.Base(path), prefix) || strings.HasSuffix(path, " (deleted)") {
			continue
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = errors.Join(errs, err)
		}
	}
	return errs
}

// clearSockets makes way for the servers of memif and vhost-user among the arguments that EAL is to be started with.
func clearSockets(args []string) error {
	for i, a := range args {
		devargs, ok := strings.CutPrefix(a, "--vdev=")
		if a == "--vdev" && i+1 < len(args) {
			devargs, ok = args[i+1], true
		}
		if ok {
			if err := clearSocket(devargs, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// clearSocket removes the socket that a device of these arguments would listen on, if it is there and nobody does: a process that
// was killed left it, and the drivers do not listen where a file is. One that is in use is EADDRINUSE: vhost's driver would
// remove it. Ports of memif in one process can share one.
func clearSocket(devargs string, running bool) error {
	fields := strings.Split(devargs, ",")
	has := func(arg string) bool { return slices.Contains(fields, arg) }
	option, other, shared := "socket=", unix.SOCK_STREAM, running
	switch {
	case strings.HasPrefix(fields[0], "net_memif") && has("socket-abstract=no") && (has("role=server") || has("role=master")):
	case strings.HasPrefix(fields[0], "net_vhost") && !has("client=1"):
		option, other, shared = "iface=", unix.SOCK_SEQPACKET, false
	default:
		return nil
	}
	for _, f := range fields {
		path, ok := strings.CutPrefix(f, option)
		if !ok {
			continue
		}
		if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeSocket == 0 {
			continue
		}
		stale, err := unused(path, other)
		if err == nil && stale {
			err = os.Remove(path)
		} else if err == nil && !shared {
			err = fmt.Errorf("make device %s: a process listens on %s; stop it or name another socket: %w", fields[0], path, syscall.EADDRINUSE)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unused tells whether no process has the socket. It does not connect: memif's driver panics when a client goes away before it
// was greeted. A socket of another type cannot (unix(7): EPROTOTYPE), and is refused where nobody listens.
func unused(path string, other int) (bool, error) {
	fd, err := unix.Socket(unix.AF_UNIX, other|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return false, fmt.Errorf("socket: %w", err)
	}
	refused := unix.Connect(fd, &unix.SockaddrUnix{Name: path}) == unix.ECONNREFUSED
	return refused, unix.Close(fd)
}
