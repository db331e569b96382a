//go:build dpdk && linux && cgo

package dpdk_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/internal/require"
	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/dpdk"
)

// DPDK's environment starts once in a process, so each of these is a process of its own: the test binary again.
var children = map[string]func(c *child) error{
	"bad argument": badArgument, "no hugepages": noHugepages, "little memory": littleMemory, "again": again,
	"affinity": affinity, "hugepages": hugepages, "version": version,
	"neighbor": neighbor,
}

const childEnv = "CATAMARAN_DPDK_CHILD"

// A child is a process with nothing of DPDK's yet.
type child struct{ dir, prefix string }

// eal returns arguments without hugepages.
func (c *child) eal(more ...string) []string {
	return append([]string{"--no-huge", "--no-pci", "-m", "64", "--file-prefix=" + c.prefix}, more...)
}

func (c *child) runtimeDir() string { return filepath.Join("/var/run/dpdk", c.prefix) }

// runChild returns the exit status of a child.
func runChild(name, dir string) int {
	defer os.RemoveAll(dir)
	c := &child{dir: dir, prefix: fmt.Sprintf("cat%d", os.Getpid())}
	err := children[name](c)
	if exists(c.runtimeDir()) {
		err = errors.Join(err, fmt.Errorf("%s was left behind", c.runtimeDir()), os.RemoveAll(c.runtimeDir()))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func TestStart(t *testing.T) {
	if os.Geteuid() != 0 {
		require.Skip(t, "needs root: looks into /var/run/dpdk")
	}
	for _, name := range slices.Sorted(maps.Keys(children)) {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), childEnv+"="+name)
			cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
			if name == "hugepages" {
				addHugepages(t)
				cmd.SysProcAttr.Unshareflags = unix.CLONE_NEWNS // and its mounts are nobody else's
			}
			kill := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
			defer kill.Stop()
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// is returns an error unless err is of errno, on one line, and says the words.
func is(err error, errno syscall.Errno, words ...string) error {
	if !errors.Is(err, errno) || strings.Contains(err.Error(), "\n") {
		return fmt.Errorf("%v: want one line of %v", err, errno)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			return fmt.Errorf("%q does not say %q", err, w)
		}
	}
	return nil
}

// works opens a port, moves a frame and closes it.
func works(c dpdk.Config) error {
	d, err := dpdk.Open(c)
	if err != nil {
		return err
	}
	var f [8]link.Frame
	if n, err := d.Queue(0).RxBurst(f[:]); n != len(f) || err != nil {
		return fmt.Errorf("received %d frames, %v", n, err)
	}
	d.Queue(0).Free(f[:])
	return d.Close()
}

func badArgument(c *child) error {
	_, err := dpdk.Open(dpdk.Config{EAL: c.eal("--nope")})
	if err := is(err, syscall.EINVAL, "--nope", "linux_eal_parameters"); err != nil {
		return err
	}
	// EAL had not begun: with other arguments it starts.
	return works(dpdk.Config{EAL: c.eal("--vdev=net_null0"), Frames: 1024})
}

// version has EAL say something critical while it starts, which goes to stderr at once.
func version(c *child) error {
	return works(dpdk.Config{EAL: c.eal("-v", "--vdev=net_null0"), Frames: 1024})
}

// neighbor has another process's socket in EAL's directory, as one with --in-memory has, which stays when all else goes.
func neighbor(c *child) error {
	telemetry := filepath.Join(c.runtimeDir(), "telemetry")
	if err := os.MkdirAll(c.runtimeDir(), 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(c.runtimeDir())
	other := exec.Command("socat", "UNIX-LISTEN:"+telemetry+",type=5", "STDIO")
	if err := other.Start(); err != nil {
		return err
	}
	defer other.Wait()
	defer other.Process.Kill()
	for end := time.Now().Add(10 * time.Second); !exists(telemetry); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			return errors.New("socat does not listen")
		}
	}
	if err := works(dpdk.Config{EAL: c.eal("--vdev=net_null0"), Frames: 1024}); err != nil {
		return err
	}
	if files, err := os.ReadDir(c.runtimeDir()); err != nil || len(files) != 1 || files[0].Name() != filepath.Base(telemetry) {
		return fmt.Errorf("%v is left, %v; want the other's socket alone", files, err)
	}
	return nil
}

func noHugepages(c *child) error {
	args := []string{"--no-pci", "-m", "64", "--huge-dir=" + filepath.Join(c.dir, "none"), "--file-prefix=" + c.prefix}
	_, err := dpdk.Open(dpdk.Config{EAL: args})
	if err := is(err, syscall.EACCES, "hugepages", "--no-huge"); err != nil {
		return err
	}
	if exists(c.runtimeDir()) {
		return errors.New("EAL's directory was left behind")
	}
	return nil
}

func littleMemory(c *child) error {
	args := c.eal("--vdev=net_null0")
	_, err := dpdk.Open(dpdk.Config{EAL: args, Frames: 1 << 20})
	if err := is(err, syscall.ENOMEM, "1048576 mbufs", "-m"); err != nil {
		return err
	}
	return works(dpdk.Config{EAL: args, Port: "net_null0", Frames: 1024})
}

// again opens and closes the only port many times, and its memory and files go each time.
func again(c *child) error {
	socket := filepath.Join(c.dir, "again")
	args := c.eal("--vdev=net_memif0,role=server,socket-abstract=no,socket=" + socket)
	for range 10 {
		d, err := dpdk.Open(dpdk.Config{EAL: args})
		if err != nil {
			return err
		}
		if !exists(socket) || !exists(c.runtimeDir()) {
			return errors.New("an open port has no files: this test shows nothing")
		}
		if err := errors.Join(d.Close(), d.Close()); err != nil {
			return err
		}
		if exists(socket) || exists(c.runtimeDir()) {
			return fmt.Errorf("left behind: socket %v, directory %v", exists(socket), exists(c.runtimeDir()))
		}
	}
	return nil
}

// affinity returns an error if a thread that was there before runs on other CPUs after, or a new one of Go's does.
func affinity(c *child) error {
	var before unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	if before.Count() < 2 {
		return nil // EAL pins to one
	}
	was, err := threads()
	if err != nil {
		return err
	}
	if err := works(dpdk.Config{EAL: c.eal("--vdev=net_null0"), Frames: 1024}); err != nil {
		return err
	}
	now, err := threads()
	if err != nil {
		return err
	}
	for tid, cpus := range was {
		if is, ok := now[tid]; ok && is != cpus {
			return fmt.Errorf("thread %s may run on CPUs %s, before on %s", tid, is, cpus)
		}
	}
	// Each locks a thread, so that new ones have to be made.
	results := make(chan error, 32)
	hold := make(chan struct{})
	for range cap(results) {
		go func() {
			runtime.LockOSThread()
			var set unix.CPUSet
			err := unix.SchedGetaffinity(0, &set)
			if err == nil && set != before {
				err = fmt.Errorf("a thread of Go's may run on %d CPUs, before on %d", set.Count(), before.Count())
			}
			results <- err
			<-hold
		}()
	}
	for range cap(results) {
		err = errors.Join(err, <-results)
	}
	close(hold)
	return err
}

// threads returns the CPUs of each thread (proc_pid_status(5)).
func threads() (map[string]string, error) {
	dirs, err := filepath.Glob("/proc/self/task/*/status")
	all := map[string]string{}
	for _, path := range dirs {
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue
		} else if err != nil {
			return nil, err
		}
		_, cpus, _ := strings.Cut(string(b), "Cpus_allowed_list:\t")
		cpus, _, _ = strings.Cut(cpus, "\n")
		all[path] = cpus
	}
	return all, err
}

const pool = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"

// addHugepages has the kernel make hugepages for this test, beside those that others have.
func addHugepages(t *testing.T) {
	count := func() (n int) {
		b, err := os.ReadFile(pool)
		if err == nil {
			n, err = strconv.Atoi(strings.TrimSpace(string(b)))
		}
		if err != nil {
			require.Skip(t, "no hugepages of 2 MiB: "+err.Error())
		}
		return n
	}
	set := func(n int) {
		if err := os.WriteFile(pool, []byte(strconv.Itoa(n)), 0); err != nil {
			require.Skip(t, "hugepages cannot be had: "+err.Error())
		}
	}
	before := count()
	set(before + 20)
	added := count() - before
	t.Cleanup(func() { set(max(0, count()-added)) })
	if added < 20 {
		require.Skip(t, "not enough memory in one piece for hugepages")
	}
}

// hugepages has files in a file system of its own, in a mount namespace of its own, and none after Close.
func hugepages(c *child) (err error) {
	if err := unix.Mount("nodev", c.dir, "hugetlbfs", 0, "pagesize=2M"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unix.Unmount(c.dir, unix.MNT_DETACH)) }()
	args := []string{"--no-pci", "-m", "32", "--huge-dir=" + c.dir, "--file-prefix=" + c.prefix, "--vdev=net_null0"}
	d, err := dpdk.Open(dpdk.Config{EAL: args, Frames: 1024})
	if err != nil {
		return err
	}
	if files, err := filepath.Glob(c.dir + "/*"); err != nil || len(files) == 0 {
		return fmt.Errorf("an open port has no hugepage files, %v: this test shows nothing", err)
	}
	if err := d.Close(); err != nil {
		return err
	}
	if files, err := filepath.Glob(c.dir + "/*"); err != nil || len(files) > 0 {
		return fmt.Errorf("left behind: %v, %v", files, err)
	}
	return works(dpdk.Config{Frames: 1024}) // its memory is there without files
}
