//go:build !race

package mem

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// mapMemory takes memory from the system (mmap(2)): hugepages if some are reserved, else ordinary pages.
func (a *Arena) mapMemory(size int) ([]byte, error) {
	const prot, flags = unix.PROT_READ | unix.PROT_WRITE, unix.MAP_PRIVATE | unix.MAP_ANONYMOUS
	if !a.opt.NoHugepages {
		// ENOMEM: none is free. EINVAL: hugepages of another size. Either way ordinary pages will do.
		if m, err := unix.Mmap(-1, 0, size, prot, flags|unix.MAP_HUGETLB|21<<unix.MAP_HUGE_SHIFT); err == nil {
			return m, nil
		}
		a.opt.NoHugepages = true
	}
	m, err := unix.Mmap(-1, 0, size, prot, flags)
	if err != nil {
		return nil, fmt.Errorf("mmap %d bytes: %w", size, err)
	}
	return m, nil
}

func unmapMemory(m []byte) error {
	if err := unix.Munmap(m); err != nil {
		return fmt.Errorf("munmap %d bytes: %w", len(m), err)
	}
	return nil
}
