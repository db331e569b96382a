package lab

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Hugepages are pages that a run has reserved. A process of its own, the keeper, reserved them and gives them back when the
// pipe to it is closed, which the kernel does if the benchmark dies:
//
//	benchmark --- pipe ---> keeper: nr_hugepages += n ... end of the pipe ... nr_hugepages -= n
//
// It gives back what it added and not what was there before, so that others may change the number meanwhile. Pages that a
// process still maps then are surplus, and are gone with the process (Documentation/admin-guide/mm/hugetlbpage.rst).
type Hugepages struct {
	keeper *exec.Cmd
	pipe   io.Closer
	added  int
}

// nrHugepages is how many pages of the default size there are.
const nrHugepages = "/proc/sys/vm/nr_hugepages"

// spareMemory is what a reservation leaves to everything else, in bytes.
const spareMemory = 1 << 30

// ErrHugepages is that there is not enough memory, or no support, for the hugepages that were asked for.
var ErrHugepages = errors.New("no hugepages")

// Reserve sees to it that so many bytes of hugepages are free. The keeper is a command line that calls KeepHugepages with the
// number of bytes, which is appended.
func Reserve(keeper []string, bytes int) (*Hugepages, error) {
	h := &Hugepages{keeper: exec.Command(keeper[0], slices.Concat(keeper[1:], []string{strconv.Itoa(bytes)})...)}
	var errs strings.Builder
	h.keeper.Stderr = &errs
	// A process group of its own, because Ctrl-C is the benchmark's to handle.
	h.keeper.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	pipe, err := h.keeper.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := h.keeper.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := h.keeper.Start(); err != nil {
		return nil, fmt.Errorf("start the keeper of hugepages: %w", err)
	}
	h.pipe = pipe
	line, err := bufio.NewReader(out).ReadString('\n')
	if err == nil {
		_, err = fmt.Sscanf(line, "added %d\n", &h.added)
	}
	if err == nil {
		return h, nil
	}
	if e := h.Close(); e != nil {
		err = errors.New(oneLine([]byte(errs.String())))
	}
	return nil, fmt.Errorf("%w: %w", ErrHugepages, err)
}

// Close gives the pages back. It does what the keeper should have done if somebody killed that.
func (h *Hugepages) Close() error {
	if h.keeper == nil {
		return nil
	}
	err := errors.Join(h.pipe.Close(), h.keeper.Wait())
	h.keeper = nil
	if err != nil && h.added > 0 {
		return errors.Join(err, addHugepages(-h.added))
	}
	return err
}

// KeepHugepages is the keeper: it reserves pages for so many bytes, prints how many it added, and gives these back at the end
// of in.
func KeepHugepages(in io.Reader, out io.Writer, bytes int) error {
	added, err := reserve(bytes)
	if err == nil {
		_, err = fmt.Fprintf(out, "added %d\n", added)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, in)
	}
	return errors.Join(err, addHugepages(-added))
}

// reserve adds pages until so many bytes are free. added has to be given back also after an error.
func reserve(bytes int) (added int, err error) {
	// Once, unless others take some meanwhile, or had surplus ones, which count as those that are added.
	for range 3 {
		text, err := os.ReadFile("/proc/meminfo")
		if err != nil {
			return added, err
		}
		n, err := lacking(string(text), bytes)
		if err != nil || n == 0 {
			return added, err
		}
		before, err := readHugepages()
		if err != nil {
			return added, err
		}
		if err := addHugepages(n); err != nil {
			return added, err
		}
		after, err := readHugepages()
		if err != nil {
			return added + n, err
		}
		got := max(0, after-before)
		added += got
		if got < n {
			return added, fmt.Errorf("the kernel found %d of %d hugepages: memory is too fragmented", got, n)
		}
	}
	return added, nil
}

func readHugepages() (int, error) {
	text, err := os.ReadFile(nrHugepages)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", nrHugepages, err)
	}
	return n, nil
}

func addHugepages(n int) error {
	if n == 0 {
		return nil
	}
	now, err := readHugepages()
	if err != nil {
		return err
	}
	return os.WriteFile(nrHugepages, []byte(strconv.Itoa(max(0, now+n))), 0)
}

// lacking is how many hugepages have to be added so that so many bytes are free, from the text of /proc/meminfo
// (proc_meminfo(5)).
func lacking(meminfo string, bytes int) (int, error) {
	field := map[string]int{}
	for line := range strings.Lines(meminfo) {
		var n int
		name, rest, _ := strings.Cut(line, ":")
		if _, err := fmt.Sscan(rest, &n); err == nil {
			field[name] = n
		}
	}
	size := field["Hugepagesize"] << 10
	if size == 0 {
		return 0, errors.New("this kernel has none (CONFIG_HUGETLBFS)")
	}
	n := max(0, (bytes+size-1)/size-(field["HugePages_Free"]-field["HugePages_Rsvd"]))
	if have := field["MemAvailable"] << 10; n > 0 && have < n*size+spareMemory {
		return 0, fmt.Errorf("%d MiB of memory are available, and %d are needed with %d to spare", have>>20, n*size>>20, spareMemory>>20)
	}
	return n, nil
}
