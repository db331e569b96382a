package pipe

import (
	"net"
	"syscall"

	"github.com/catamaran-os/catamaran/link"
)

// Where a frame is. A frame that is sent is copied at once, so none is ever lent for TX.
const (
	stateFree uint8 = iota
	stateRX         // lent: in the fill ring, the RX ring, or being filled by the peer
	stateHeld
)

// A frame's ID is its generation and its index. The generation grows with each time the frame is given out.
const indexBits = 32

type queue struct {
	dev  *Device
	peer *queue

	// The owner's.
	room    int
	limit   int
	offload bool
	state   []uint8
	gen     []uint32
	free    []uint32 // indices of free frames, used as a stack
	lent    int
	held    int
	// txShort is set while the owner may wait for room: TxBurst was short, and Arm did not report room since.
	txShort bool
	stats   link.Stats

	// memory holds all frames. The peer writes the ones that it took from the fill ring.
	memory []byte
	fill   ring // produced by the owner, consumed by the peer
	rx     ring // produced by the peer, consumed by the owner
	wakeup wakeup
}

func newQueue(d *Device, cfg *Config) *queue {
	q := &queue{
		dev:     d,
		room:    cfg.room(),
		limit:   cfg.limit(),
		offload: cfg.Offload,
		state:   make([]uint8, cfg.Frames),
		gen:     make([]uint32, cfg.Frames),
		free:    make([]uint32, cfg.Frames),
		memory:  make([]byte, cfg.Frames*cfg.room()),
	}
	for i := range q.free {
		q.free[i] = uint32(cfg.Frames - 1 - i)
	}
	q.fill.init(cfg.Ring)
	q.rx.init(cfg.Ring)
	for range cfg.Ring {
		q.lend()
	}
	q.fill.publish()
	return q
}

// frame returns the memory of frame i, with n bytes in use.
func (q *queue) frame(i uint32, n int) []byte {
	from := int(i) * q.room
	return q.memory[from : from+n : from+q.room]
}

// give hands frame i with n bytes to the caller.
func (q *queue) give(i uint32, n int) link.Frame {
	q.state[i] = stateHeld
	q.gen[i]++
	q.held++
	return link.Frame{Data: q.frame(i, n), ID: uint64(q.gen[i])<<indexBits | uint64(i)}
}

// holds tells whether the caller holds f, and which frame it is.
func (q *queue) holds(f *link.Frame) (i uint32, ok bool) {
	i = uint32(f.ID)
	ok = uint64(i) < uint64(len(q.state)) && q.state[i] == stateHeld && q.gen[i] == uint32(f.ID>>indexBits)
	return i, ok
}

// takeBack makes a held frame free.
func (q *queue) takeBack(i uint32) {
	q.state[i] = stateFree
	q.held--
	q.free = append(q.free, i)
}

// lend moves a free frame to the fill ring.
func (q *queue) lend() {
	i := q.free[len(q.free)-1]
	q.free = q.free[:len(q.free)-1]
	q.state[i] = stateRX
	q.lent++
	q.fill.put(entry{index: i})
}

// refill lends as many frames as the fill ring takes, and tells a peer that waits for them.
func (q *queue) refill() {
	n := min(len(q.fill.slots)-q.lent, len(q.free))
	if n == 0 {
		return
	}
	for range n {
		q.lend()
	}
	q.fill.publish()
	q.kick(wakeTX)
}

// kick wakes the peer if it sleeps for one of the reasons.
func (q *queue) kick(reasons uint32) {
	woken, err := q.peer.wakeup.signal(reasons)
	if woken {
		q.stats.Kicks++
	}
	if err != nil {
		q.stats.KickErrors++
	}
}

func (q *queue) RxBurst(f []link.Frame) (n int, err error) {
	if q.dev.closed.Load() {
		return 0, net.ErrClosed
	}
	if q.dev.down.Load() {
		err = syscall.ENETDOWN
	}
	for n < len(f) && q.rx.pending() > 0 {
		e := q.rx.peek()
		if e.more && n+1+q.following(e) > len(f) {
			break
		}
		for more := true; more; n++ {
			e = q.rx.take()
			q.lent--
			f[n] = q.give(e.index, int(e.length))
			f[n].More, f[n].Csum = e.more, e.csum
			q.stats.RxBytes += uint64(e.length)
			more = e.more
		}
	}
	q.stats.RxFrames += uint64(n)
	q.refill()
	return n, err
}

func (q *queue) TxBurst(f []link.Frame) (n int, err error) {
	switch {
	case q.dev.closed.Load():
		return 0, net.ErrClosed
	case q.dev.down.Load():
		err = syscall.ENETDOWN
	case q.peer.dev.gone():
		n = q.discard(f)
	default:
		n = q.transmit(f)
	}
	if len(f) > 0 {
		q.txShort = n < len(f)
	}
	q.stats.TxBackpressure += uint64(len(f) - n)
	return n, err
}

// transmit copies packets into frames of the peer while it lends some.
func (q *queue) transmit(f []link.Frame) (n int) {
	peer := q.peer
	space := peer.fill.pending()
	copied := 0
	for n < len(f) {
		k := frames(f[n:])
		if !q.packet(f[n : n+k]) {
			q.refuse(f[n : n+k])
			n += k
			continue
		}
		if k > space-copied {
			break
		}
		csum := link.CsumUnknown
		if f[n].CsumStart != 0 {
			csum = link.CsumGood
		}
		for _, g := range f[n : n+k] {
			to := peer.fill.take()
			length := copy(peer.frame(to.index, peer.room), g.Data)
			peer.rx.put(entry{index: to.index, length: uint32(length), more: g.More, csum: csum})
			q.sent(uint32(g.ID), length)
		}
		copied += k
		n += k
	}
	if copied > 0 {
		peer.rx.publish()
		q.kick(wakeRX)
	}
	return n
}

// discard accepts frames that nobody will receive.
func (q *queue) discard(f []link.Frame) (n int) {
	for n < len(f) {
		k := frames(f[n:])
		if !q.packet(f[n : n+k]) {
			q.refuse(f[n : n+k])
		} else {
			for _, g := range f[n : n+k] {
				q.sent(uint32(g.ID), len(g.Data))
				q.stats.TxDropped++
			}
		}
		n += k
	}
	return n
}

func (q *queue) sent(i uint32, length int) {
	q.stats.TxFrames++
	q.stats.TxBytes += uint64(length)
	q.takeBack(i)
}

func (q *queue) Alloc(f []link.Frame) (n int) {
	if q.dev.closed.Load() {
		return 0
	}
	n = min(len(q.free), len(f))
	for k := range n {
		i := q.free[len(q.free)-1]
		q.free = q.free[:len(q.free)-1]
		f[k] = q.give(i, 0)
	}
	return n
}

func (q *queue) Free(f []link.Frame) {
	if q.dev.closed.Load() {
		return
	}
	for k := range f {
		i, ok := q.holds(&f[k])
		if !ok {
			q.stats.NotHeld++
			continue
		}
		q.takeBack(i)
	}
}

// Arm lends what was freed since the last burst: a peer that was pushed back would otherwise wait for a sleeper.
func (q *queue) Arm() (fd int, ok bool) {
	if q.dev.closed.Load() {
		return -1, false
	}
	q.refill()
	reasons := wakeRX
	if q.txShort {
		reasons |= wakeTX
	}
	fd, err := q.wakeup.arm(reasons)
	if err != nil {
		return -1, false
	}
	// Looked at after arming: whatever comes later finds the queue armed and wakes it.
	if q.progress() {
		q.wakeup.disarm()
		return fd, false
	}
	return fd, true
}

// progress tells whether RxBurst, or TxBurst after it was short, would do something now. While the side is down, only
// a state change makes progress.
func (q *queue) progress() bool {
	switch {
	case q.dev.closed.Load() || q.rx.pending() > 0:
		return true
	case !q.txShort || q.dev.down.Load():
		return false
	case q.peer.dev.gone() || q.peer.fill.pending() > 0:
		q.txShort = false // reported once: a caller that gave up sending must be able to sleep
		return true
	default:
		return false
	}
}

func (q *queue) Stats() link.Stats {
	s := q.stats
	s.Accounts = link.Accounts{
		Free:  len(q.free),
		RX:    q.lent,
		Held:  q.held,
		Total: len(q.state),
	}
	return s
}
