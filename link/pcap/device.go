package pcap

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/catamaran-os/catamaran/link"
)

const (
	defaultBuffer = 256 << 10
	maxBuffer     = 1 << 30
)

// Config describes a capture.
type Config struct {
	SnapLen int              // bytes of each frame to keep. Default and most 262144: whole frames
	Buffer  int              // bytes of each queue's buffer. Default 262144; at least one frame, at most 1 GiB
	Now     func() time.Time // the clock, read once per burst that moves a frame. Default time.Now
}

// Counters tell how a capture goes, over all queues.
type Counters struct {
	Frames uint64 // written. Frames in a buffer are not counted yet
	Lost   uint64 // passed and not captured, because writing ended in an error
}

// A Device captures the traffic of another device. It has that device's Info.
type Device struct {
	inner  link.Device
	queues []*queue

	frames, lost atomic.Uint64
	closed       atomic.Bool

	// failed is set with err, so that queues need no lock to stop capturing.
	failed atomic.Bool
	mu     sync.Mutex
	w      io.Writer
	err    error
}

var _ link.Device = (*Device)(nil)

// New wraps inner, which it owns from now on: Close closes it. w stays the caller's, who closes it after the device; it
// gets the file header at once. If New returns an error, inner stays the caller's.
func New(inner link.Device, w io.Writer, cfg Config) (*Device, error) {
	if inner == nil || w == nil {
		return nil, errors.New("pcap: need a device to wrap and a writer")
	}
	if cfg.SnapLen == 0 {
		cfg.SnapLen = maxSnapLen
	}
	if cfg.Buffer == 0 {
		cfg.Buffer = defaultBuffer
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	info := inner.Info()
	// A frame that is longer than the MTU allows may be offered, and is captured in front of the device that refuses
	// it, cut to what a buffer holds.
	least := recordHeaderLen + min(cfg.SnapLen, info.MTU+link.EthernetHeaderLen)
	switch {
	case info.Pieces > 1:
		return nil, fmt.Errorf("pcap: packets of %s have several frames; open it without offloads", info.Name)
	case cfg.SnapLen < 1 || cfg.SnapLen > maxSnapLen:
		return nil, fmt.Errorf("pcap: SnapLen is %d, must be from 1 to %d", cfg.SnapLen, maxSnapLen)
	case cfg.Buffer < least || cfg.Buffer > maxBuffer:
		return nil, fmt.Errorf("pcap: Buffer is %d, must be from %d to %d", cfg.Buffer, least, maxBuffer)
	}
	d := &Device{inner: inner, w: w}
	for i := range info.Queues {
		d.queues = append(d.queues, &queue{
			dev:     d,
			inner:   inner.Queue(i),
			now:     cfg.Now,
			snapLen: min(cfg.SnapLen, cfg.Buffer-recordHeaderLen),
			buf:     make([]byte, 0, cfg.Buffer),
		})
	}
	if err := d.write(appendFileHeader(nil, cfg.SnapLen)); err != nil {
		return nil, err
	}
	return d, nil
}

// write writes one buffer. After the first error it writes nothing.
func (d *Device) write(b []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return d.err
	}
	n, err := d.w.Write(b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	if err != nil {
		d.err = fmt.Errorf("pcap: write: %w", err)
		d.failed.Store(true)
	}
	return d.err
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

// Counters tell how the capture goes. Any goroutine may call it.
func (d *Device) Counters() Counters {
	return Counters{Frames: d.frames.Load(), Lost: d.lost.Load()}
}

// Close closes the wrapped device, writes what is collected, and returns the first error of either or of any write
// before. A second Close does nothing and returns nil. It must not be called while another goroutine is inside a call
// on a queue.
func (d *Device) Close() error {
	if d.closed.Swap(true) {
		return nil
	}
	err := d.inner.Close()
	for _, q := range d.queues {
		q.flush()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return errors.Join(err, d.err)
}
