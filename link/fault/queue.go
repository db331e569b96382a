package fault

import (
	"net"
	"time"

	"github.com/catamaran-os/catamaran/link"
)

// chunk is how many frames are prepared at once.
const chunk = 64

type queue struct {
	dev    *Device
	inner  link.Queue
	now    func() time.Time
	start  time.Time
	rx, tx *lane
	stats  link.Stats // what the caller sees of RX and back-pressure; the rest is the device's

	// Sent by the caller and not passed to the device, and passed to the device later.
	harmedFrames, harmedBytes     uint64
	releasedFrames, releasedBytes uint64

	// short is set while the owner knows of frames that TxBurst did not take; retry, when a frame that was held back
	// was sent since, which makes the device forget that it was short.
	short, retry bool

	fates [chunk]fate
	out   [chunk]link.Frame
	from  [chunk]int // index in the caller's burst of each frame in out
}

// RxBurst returns the frames whose time has come, and then what the device received and was not harmed away.
func (q *queue) RxBurst(f []link.Frame) (n int, err error) {
	if q.dev.closed.Load() {
		return 0, net.ErrClosed
	}
	now := q.now().Sub(q.start)
	q.releaseTX(now)
	n = q.releaseRX(f, now)
	if n < len(f) || len(f) == 0 {
		var got int
		got, err = q.inner.RxBurst(f[n:])
		n += q.harmRX(f[n:n+got], now)
	}
	q.stats.RxFrames += uint64(n)
	for i := range f[:n] {
		q.stats.RxBytes += uint64(len(f[i].Data))
	}
	return n, err
}

// releaseRX gives the caller copies of frames whose time has come, in free frames of the device.
func (q *queue) releaseRX(f []link.Frame, now time.Duration) (n int) {
	s := &q.rx.store
	n = min(s.due(now), len(f))
	if n == 0 {
		return 0
	}
	n = q.inner.Alloc(f[:n])
	for i := range f[:n] {
		h := &s.queue[i]
		f[i].Data = append(f[i].Data, s.bytes(h)...)
		f[i].Csum = h.csum
	}
	s.remove(n)
	return n
}

// harmRX does to received frames what is their fate, and moves the ones that pass to the front.
func (q *queue) harmRX(f []link.Frame, now time.Duration) (n int) {
	l := q.rx
	for i := range f {
		fate := l.draw()
		l.apply(&fate, &f[i], now, q.dev.cutRX.Load() || now < l.until)
		passes := fate.passes()
		if passes {
			l.store.passed(1, now)
		}
		l.commit(&fate, now)
		if !passes {
			q.inner.Free(f[i : i+1])
			continue
		}
		f[n] = f[i]
		n++
	}
	return n
}

// TxBurst passes on what is not harmed away. Frames that the device does not take stay the caller's as they were, and
// their fate is decided anew when they are offered again.
func (q *queue) TxBurst(f []link.Frame) (n int, err error) {
	if q.dev.closed.Load() {
		return 0, net.ErrClosed
	}
	now := q.now().Sub(q.start)
	q.releaseTX(now)
	if len(f) == 0 {
		return q.inner.TxBurst(nil)
	}
	for n < len(f) && err == nil {
		part := f[n:min(n+chunk, len(f))]
		var k int
		k, err = q.harmTX(part, now)
		n += k
		if k < len(part) {
			break
		}
	}
	q.short, q.retry = n < len(f), false
	q.stats.TxBackpressure += uint64(len(f) - n)
	return n, err
}

// harmTX offers the frames of at most a chunk that pass, and settles the fate of those up to the first that is not
// taken.
func (q *queue) harmTX(f []link.Frame, now time.Duration) (n int, err error) {
	l := q.tx
	cut := q.dev.cutTX.Load() || now < l.until
	passing := 0
	for i := range f {
		fate := &q.fates[i]
		*fate = l.draw()
		l.apply(fate, &f[i], now, cut)
		cut = cut || fate.begins
		if fate.passes() {
			q.out[passing], q.from[passing] = f[i], i
			passing++
		}
	}
	taken := 0
	if passing > 0 {
		taken, err = q.inner.TxBurst(q.out[:passing])
	}
	n = len(f)
	if taken < passing {
		n = q.from[taken]
	}
	for i := range f {
		fate := &q.fates[i]
		if i >= n {
			l.revert(fate, &f[i])
			continue
		}
		passes := fate.passes()
		if passes {
			l.store.passed(1, now)
		}
		l.commit(fate, now)
		if !passes {
			q.harmedFrames++
			q.harmedBytes += uint64(len(f[i].Data))
			q.inner.Free(f[i : i+1])
		}
	}
	return n, err
}

// releaseTX sends copies of frames whose time has come, as many as the device has free frames and room for.
func (q *queue) releaseTX(now time.Duration) {
	s := &q.tx.store
	for {
		due := min(s.due(now), chunk)
		if due == 0 {
			return
		}
		n := q.inner.Alloc(q.out[:due])
		for i := range q.out[:n] {
			q.out[i].Data = append(q.out[i].Data, s.bytes(&s.queue[i])...)
		}
		// An error is the device's state. The caller's own burst meets it next.
		sent, _ := q.inner.TxBurst(q.out[:n])
		for i := range sent {
			q.releasedFrames++
			q.releasedBytes += uint64(s.queue[i].length)
		}
		s.remove(sent)
		q.inner.Free(q.out[sent:n])
		if sent < due {
			return
		}
		q.retry = q.short
	}
}

func (q *queue) Alloc(f []link.Frame) (n int) { return q.inner.Alloc(f) }

func (q *queue) Free(f []link.Frame) { q.inner.Free(f) }

// Arm returns false while a frame is held back, because nothing would wake the caller when its time has come.
func (q *queue) Arm() (fd int, ok bool) {
	fd, ok = q.inner.Arm()
	if q.retry {
		q.retry, ok = false, false
	}
	return fd, ok && len(q.rx.store.queue) == 0 && len(q.tx.store.queue) == 0
}

// Stats tells what the caller passed and got in RX, TX and TxBackpressure, and the device's own counters and accounts in
// the rest.
func (q *queue) Stats() link.Stats {
	s := q.inner.Stats()
	s.RxFrames, s.RxBytes = q.stats.RxFrames, q.stats.RxBytes
	s.TxFrames += q.harmedFrames - q.releasedFrames
	s.TxBytes += q.harmedBytes - q.releasedBytes
	s.TxBackpressure = q.stats.TxBackpressure
	return s
}
