package api

import (
	"fmt"
	"sync/atomic"
	"syscall"

	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/pipe"
)

// A PipeEnd is one end of an Ethernet cable in memory. NewPipe makes it.
type PipeEnd struct {
	dev   link.Device
	taken atomic.Bool // by a runtime, or closed
}

// NewPipe returns the two ends of an Ethernet cable in memory, for two runtimes in one process, on one goroutine or two.
// Its MTU is 1500.
func NewPipe() (a, b *PipeEnd, err error) {
	x, y, err := pipe.New(pipe.Config{})
	if err != nil {
		return nil, nil, err
	}
	return &PipeEnd{dev: x}, &PipeEnd{dev: y}, nil
}

// take gives the end to a runtime.
func (e *PipeEnd) take() (link.Device, error) {
	if e.taken.Swap(true) {
		return nil, fmt.Errorf("open pipe: this end is closed or a runtime has taken it; make another with NewPipe: %w", syscall.EBUSY)
	}
	return e.dev, nil
}

// Close closes an end that no runtime has taken. It is idempotent.
func (e *PipeEnd) Close() error {
	e.taken.Store(true)
	return e.dev.Close()
}
