package pipe

import (
	"net"
	"sync/atomic"

	"github.com/catamaran-os/catamaran/link"
)

// A Device is one side of a pipe.
//
// Close and SetUp may be called while another goroutine is inside a call on one of the queues. A descriptor that Arm
// returned becomes readable before Close closes it.
type Device struct {
	info   link.Info
	queues []*queue
	peer   *Device

	closed atomic.Bool
	down   atomic.Bool
}

var _ link.Device = (*Device)(nil)

// New returns two joined devices. Each is closed on its own.
func New(cfg Config) (a, b *Device, err error) {
	cfg, err = cfg.withDefaults()
	if err != nil {
		return nil, nil, err
	}
	a, b = newDevice(&cfg, 0), newDevice(&cfg, 1)
	a.peer, b.peer = b, a
	for i := range cfg.Queues {
		a.queues[i].peer, b.queues[i].peer = b.queues[i], a.queues[i]
	}
	return a, b, nil
}

func newDevice(cfg *Config, side int) *Device {
	d := &Device{
		info: link.Info{
			Driver:  "pipe",
			Name:    cfg.Name[side],
			MAC:     cfg.MAC[side],
			MTU:     cfg.MTU,
			Queues:  cfg.Queues,
			Mode:    "memory",
			Virtual: true,
		},
		queues: make([]*queue, cfg.Queues),
	}
	if cfg.Offload {
		d.info.Offloads, d.info.Pieces = offloads, min(pieces, cfg.Ring)
	}
	for i := range d.queues {
		d.queues[i] = newQueue(d, cfg)
	}
	return d
}

// Info describes the device. Its MAC is a copy.
func (d *Device) Info() link.Info {
	info := d.info
	info.MAC = append(net.HardwareAddr(nil), info.MAC...)
	return info
}

// Queue returns the i-th queue, and nil if there is no such queue.
func (d *Device) Queue(i int) link.Queue {
	if i < 0 || i >= len(d.queues) {
		return nil
	}
	return d.queues[i]
}

// SetUp takes the side down or up, as an administrator does with an interface. A new pipe is up.
//
// While a side is down, its TxBurst takes nothing and returns ENETDOWN; its RxBurst returns what arrived before,
// together with ENETDOWN; and what the peer sends is counted in the peer's TxDropped.
func (d *Device) SetUp(up bool) {
	d.down.Store(!up)
	d.stateChanged()
}

// gone tells whether frames for this side go nowhere.
func (d *Device) gone() bool { return d.closed.Load() || d.down.Load() }

// stateChanged wakes whoever sleeps on either side and can learn something from the new state.
func (d *Device) stateChanged() {
	for _, q := range d.queues {
		q.wakeup.signal(wakeRX | wakeTX)
		q.peer.wakeup.signal(wakeTX)
	}
}

// Close closes the side. The peer can still read what it had received. Close is idempotent and returns nil.
func (d *Device) Close() error {
	if d.closed.Swap(true) {
		return nil
	}
	d.stateChanged()
	for _, q := range d.queues {
		q.wakeup.close()
	}
	return nil
}
