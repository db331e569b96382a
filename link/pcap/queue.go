package pcap

import (
	"net"
	"time"

	"github.com/catamaran-os/catamaran/link"
)

type queue struct {
	dev     *Device
	inner   link.Queue
	now     func() time.Time
	snapLen int
	buf     []byte // records that are not written yet
	records uint64 // in buf
	unsaid  uint64 // back-pressure on frames that were not offered to the device, because a burst was cut
}

// RxBurst captures what the device received.
func (q *queue) RxBurst(f []link.Frame) (n int, err error) {
	n, err = q.inner.RxBurst(f)
	if n == 0 {
		return n, err
	}
	if q.dev.failed.Load() {
		q.dev.lost.Add(uint64(n))
		return n, err
	}
	at := q.now()
	for rest := f[:n]; len(rest) > 0; {
		rest = rest[q.collect(at, rest):]
	}
	return n, err
}

// TxBurst captures what the device takes, even if only to refuse it. That is known when the frames are the device's and
// must not be looked at any more, so they are collected before, and the rest is dropped again. A burst of more than a
// buffer is cut into several.
func (q *queue) TxBurst(f []link.Frame) (n int, err error) {
	if q.dev.closed.Load() {
		return 0, net.ErrClosed
	}
	if len(f) == 0 {
		return q.inner.TxBurst(f)
	}
	if q.dev.failed.Load() {
		n, err = q.inner.TxBurst(f)
		q.dev.lost.Add(uint64(n))
		return n, err
	}
	at := q.now()
	for n < len(f) {
		start, records := len(q.buf), q.records
		if q.size(f[n:]) > cap(q.buf)-start && start > 0 {
			q.flush()
			start, records = 0, 0
		}
		part := f[n:]
		part = part[:q.collect(at, part)]
		var sent int
		sent, err = q.inner.TxBurst(part)
		n += sent
		if sent < len(part) || err != nil {
			q.buf = q.buf[:start+q.size(part[:sent])]
			q.records = records + uint64(sent)
			q.unsaid += uint64(len(f) - n - (len(part) - sent))
			break
		}
	}
	return n, err
}

// size returns the bytes of the records of f.
func (q *queue) size(f []link.Frame) (n int) {
	for i := range f {
		n += recordHeaderLen + min(len(f[i].Data), q.snapLen)
	}
	return n
}

// collect appends as many of f to the buffer as have room, at least one: the buffer is written first if it must be.
func (q *queue) collect(at time.Time, f []link.Frame) (n int) {
	for n < len(f) {
		if q.size(f[n:n+1]) > cap(q.buf)-len(q.buf) {
			if n > 0 {
				return n
			}
			q.flush()
		}
		q.buf = appendRecord(q.buf, at, f[n].Data, q.snapLen)
		q.records++
		n++
	}
	return n
}

// flush writes the buffer. An error is kept for Close.
func (q *queue) flush() {
	if len(q.buf) == 0 {
		return
	}
	if q.dev.write(q.buf) == nil {
		q.dev.frames.Add(q.records)
	} else {
		q.dev.lost.Add(q.records)
	}
	q.buf, q.records = q.buf[:0], 0
}

func (q *queue) Alloc(f []link.Frame) (n int) { return q.inner.Alloc(f) }

func (q *queue) Free(f []link.Frame) { q.inner.Free(f) }

// Arm writes the buffer if the caller may sleep, so that a capture can be read while traffic rests.
func (q *queue) Arm() (fd int, ok bool) {
	fd, ok = q.inner.Arm()
	if ok {
		q.flush()
	}
	return fd, ok
}

func (q *queue) Stats() link.Stats {
	s := q.inner.Stats()
	s.TxBackpressure += q.unsaid
	return s
}
