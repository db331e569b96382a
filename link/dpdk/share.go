//go:build dpdk && linux && cgo

package dpdk

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"
	"syscall"

	"github.com/catamaran-os/catamaran/link"
)

// shared are the ports that OpenQueue opened, by the port that their users named.
var shared = struct {
	sync.Mutex
	ports map[string]*sharedPort
}{ports: map[string]*sharedPort{}}

type sharedPort struct {
	name   string
	config Config
	dev    *Device
	taken  []bool // by queue
	left   int    // queues that are open
}

// OpenQueue opens one queue of a port, as a device with that queue alone, so that several runtimes of a process can each have
// one. The first opens the port; the others give the same Config, and the last one that is closed closes it. A queue that was
// closed cannot be opened again before that: what the port still sends to it is lost. Errors: those of Open; EINVAL, EBUSY.
func OpenQueue(c Config, queue int) (link.Device, error) {
	shared.Lock()
	defer shared.Unlock()
	queues := max(1, c.Queues)
	if queue < 0 || queue >= queues {
		return nil, fmt.Errorf("%s: there is no queue %d of %d; queues count from 0: %w", opening(c.Port), queue, queues, syscall.EINVAL)
	}
	p := shared.ports[c.Port]
	if p == nil {
		dev, err := Open(c)
		if err != nil {
			return nil, err
		}
		p = &sharedPort{name: c.Port, config: c, dev: dev.(*Device), taken: make([]bool, queues)}
		shared.ports[c.Port] = p
	}
	if !equal(p.config, c) {
		return nil, fmt.Errorf("%s: it is open with another configuration; give each of its runtimes the same: %w", opening(c.Port), syscall.EBUSY)
	}
	if p.taken[queue] {
		return nil, fmt.Errorf("%s: queue %d has an owner; take another, and give the port as many as it needs: %w", opening(c.Port), queue, syscall.EBUSY)
	}
	p.taken[queue] = true
	p.left++
	return &share{port: p, queue: queue}, nil
}

func equal(a, b Config) bool {
	if len(b.EAL) > 0 && !slices.Equal(a.EAL, b.EAL) {
		return false
	}
	a.EAL, b.EAL = nil, nil
	return a.Port == b.Port && a.Queues == b.Queues && a.MTU == b.MTU && a.Descriptors == b.Descriptors && a.Frames == b.Frames &&
		a.Promiscuous == b.Promiscuous && a.Offload == b.Offload && bytes.Equal(a.MAC, b.MAC)
}

// share is one queue of a port that several may use.
type share struct {
	port   *sharedPort
	queue  int
	closed bool
}

func (s *share) Info() link.Info {
	info := s.port.dev.Info()
	info.Queues = 1
	return info
}

func (s *share) Queue(i int) link.Queue {
	if i != 0 {
		return nil
	}
	return s.port.dev.Queue(s.queue)
}

// Close closes the queue, and the port when it is the last.
func (s *share) Close() error {
	shared.Lock()
	defer shared.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.port.dev.queues[s.queue].closed = true
	if s.port.left--; s.port.left > 0 {
		return nil
	}
	delete(shared.ports, s.port.name)
	return errors.Join(s.port.dev.Close())
}
