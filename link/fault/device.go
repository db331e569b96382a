package fault

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/catamaran-os/catamaran/link"
)

// A Device harms the traffic of another device. It has that device's Info.
type Device struct {
	inner  link.Device
	queues []*queue

	closed       atomic.Bool
	cutRX, cutTX atomic.Bool
}

var _ link.Device = (*Device)(nil)

// New wraps inner, which it owns from now on: Close closes it. If New returns an error, inner stays the caller's.
func New(inner link.Device, cfg Config) (*Device, error) {
	if inner == nil {
		return nil, errors.New("fault: no device to wrap")
	}
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	info := inner.Info()
	if info.Pieces > 1 {
		return nil, fmt.Errorf("fault: packets of %s have several frames; open it without offloads", info.Name)
	}
	d := &Device{inner: inner}
	start := cfg.Now()
	for i := range info.Queues {
		room := info.MTU + link.EthernetHeaderLen
		d.queues = append(d.queues, &queue{
			dev:   d,
			inner: inner.Queue(i),
			now:   cfg.Now,
			start: start,
			rx:    newLane(&cfg, cfg.RX, uint64(2*i), room),
			tx:    newLane(&cfg, cfg.TX, uint64(2*i+1), room),
		})
	}
	return d, nil
}

// Info describes the wrapped device.
func (d *Device) Info() link.Info { return d.inner.Info() }

// Queue returns the i-th queue, and nil if there is no such queue.
func (d *Device) Queue(i int) link.Queue {
	if i < 0 || i >= len(d.queues) {
		return nil
	}
	return d.queues[i]
}

// SetPartition begins or ends a partition of received and of sent frames, besides those of Faults.Partition: every
// frame that comes from now on vanishes. Frames that were held back before still go on. Any goroutine may call it.
func (d *Device) SetPartition(rx, tx bool) {
	d.cutRX.Store(rx)
	d.cutTX.Store(tx)
}

// Counters tell what was done to the frames of queue i, which exists. Only the queue's owner may call it.
func (d *Device) Counters(i int) (rx, tx Counters) {
	return d.queues[i].rx.counters(), d.queues[i].tx.counters()
}

// Next returns the time of Config.Now at which a burst on queue i, which exists, will release a frame that is held
// back. ok is false if there is none. Only the queue's owner may call it.
func (d *Device) Next(i int) (at time.Time, ok bool) {
	q := d.queues[i]
	for _, l := range []*lane{q.rx, q.tx} {
		if len(l.store.queue) == 0 {
			continue
		}
		if t := q.start.Add(l.store.queue[0].due); !ok || t.Before(at) {
			at, ok = t, true
		}
	}
	return at, ok
}

// Close closes the wrapped device. Frames that are held back vanish. It must not be called while another goroutine is
// inside a call on a queue.
func (d *Device) Close() error {
	d.closed.Store(true)
	return d.inner.Close()
}
