package api

import (
	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/pipe"
)

// A PipeEnd is one end of an Ethernet cable in memory.
type PipeEnd struct{ dev link.Device }

// NewPipe returns the two ends of an Ethernet cable in memory, for two runtimes in one process, on one goroutine or two.
// Its MTU is 1500.
func NewPipe() (a, b *PipeEnd, err error) {
	x, y, err := pipe.New(pipe.Config{})
	if err != nil {
		return nil, nil, err
	}
	return &PipeEnd{x}, &PipeEnd{y}, nil
}

// Close closes an end that no runtime has taken.
func (e *PipeEnd) Close() error { return e.dev.Close() }
