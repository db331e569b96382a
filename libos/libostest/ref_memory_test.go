package libostest

import (
	"errors"
	"syscall"

	"github.com/catamaran-os/catamaran/libos"
)

// refMemory is a memory on the Go heap, with a limit.
type refMemory struct {
	limit, used int64
	last        libos.Handle
	live        map[libos.Handle]*refSegment

	leaky bool // a fault: nothing is freed
	blind bool // a fault: a double free goes through
}

type refSegment struct {
	refs int
	size int64
}

func newRefMemory(limit int) *refMemory {
	if limit == 0 {
		limit = 1 << 30
	}
	return &refMemory{limit: int64(limit), live: map[libos.Handle]*refSegment{}}
}

func (m *refMemory) Alloc(size int) (libos.Segment, error) {
	if size < 1 {
		return libos.Segment{}, syscall.EINVAL
	}
	if m.used+int64(size) > m.limit {
		return libos.Segment{}, syscall.ENOMEM
	}
	m.used += int64(size)
	m.last++
	m.live[m.last] = &refSegment{refs: 1, size: int64(size)}
	return libos.Segment{Data: make([]byte, size), Handle: m.last}, nil
}

func (m *refMemory) Retain(h libos.Handle) error {
	s := m.live[h]
	if s == nil {
		return syscall.EINVAL
	}
	s.refs++
	return nil
}

func (m *refMemory) Release(h libos.Handle) error {
	s := m.live[h]
	switch {
	case s == nil && m.blind:
		return nil
	case s == nil:
		return syscall.EINVAL
	}
	if s.refs--; s.refs == 0 && !m.leaky {
		m.used -= s.size
		delete(m.live, h)
	}
	return nil
}

func (m *refMemory) Describe(libos.Handle) string { return "" }

func (m *refMemory) Close() error {
	if len(m.live) > 0 && !m.leaky {
		return errors.New("memory is still held")
	}
	return nil
}
