package linktest

import (
	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/link"
)

type brokenDevice struct {
	link.Device
	queue link.Queue
	close func(d link.Device) error
}

func (d *brokenDevice) Queue(i int) link.Queue {
	if i != 0 {
		return d.Device.Queue(i)
	}
	return d.queue
}

func (d *brokenDevice) Close() error {
	if d.close != nil {
		return d.close(d.Device)
	}
	return d.Device.Close()
}

// hooks replaces single calls of a queue.
type hooks struct {
	link.Queue
	rx    func(q link.Queue, f []link.Frame) (int, error)
	tx    func(q link.Queue, f []link.Frame) (int, error)
	alloc func(q link.Queue, f []link.Frame) int
	free  func(q link.Queue, f []link.Frame)
	arm   func(q link.Queue) (int, bool)
	stats func(q link.Queue) link.Stats
}

func (h *hooks) RxBurst(f []link.Frame) (int, error) {
	if h.rx != nil {
		return h.rx(h.Queue, f)
	}
	return h.Queue.RxBurst(f)
}

func (h *hooks) TxBurst(f []link.Frame) (int, error) {
	if h.tx != nil {
		return h.tx(h.Queue, f)
	}
	return h.Queue.TxBurst(f)
}

func (h *hooks) Alloc(f []link.Frame) int {
	if h.alloc != nil {
		return h.alloc(h.Queue, f)
	}
	return h.Queue.Alloc(f)
}

func (h *hooks) Free(f []link.Frame) {
	if h.free != nil {
		h.free(h.Queue, f)
		return
	}
	h.Queue.Free(f)
}

func (h *hooks) Arm() (int, bool) {
	if h.arm != nil {
		return h.arm(h.Queue)
	}
	return h.Queue.Arm()
}

func (h *hooks) Stats() link.Stats {
	if h.stats != nil {
		return h.stats(h.Queue)
	}
	return h.Queue.Stats()
}

// rxEach wraps a queue so that each burst received goes through edit.
func rxEach(edit func(q link.Queue, f []link.Frame, n int) int) func(q link.Queue) link.Queue {
	return func(q link.Queue) link.Queue {
		return &hooks{Queue: q, rx: func(q link.Queue, f []link.Frame) (int, error) {
			n, err := q.RxBurst(f)
			return edit(q, f, n), err
		}}
	}
}

// statsEach wraps a queue so that its counters go through edit.
func statsEach(edit func(s *link.Stats)) func(q link.Queue) link.Queue {
	return func(q link.Queue) link.Queue {
		return &hooks{Queue: q, stats: func(q link.Queue) link.Stats {
			s := q.Stats()
			edit(&s)
			return s
		}}
	}
}

// afterClose turns errors of closed queues into nothing.
func afterClose(q link.Queue) link.Queue {
	return &hooks{Queue: q, rx: func(q link.Queue, f []link.Frame) (int, error) {
		n, _ := q.RxBurst(f)
		return n, nil
	}}
}

var sink []byte

// endLeaked ends what broken devices leak.
var endLeaked []func()

// leak opens a descriptor that nothing makes readable.
func leak() (fd int) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		failf("eventfd: %v", err)
	}
	endLeaked = append(endLeaked, func() { unix.Close(fd) })
	return fd
}

func closeLeaked() {
	for _, end := range endLeaked {
		end()
	}
	endLeaked = nil
}
