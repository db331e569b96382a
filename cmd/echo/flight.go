package main

import (
	"fmt"
	"io"
	"syscall"
	"time"

	"github.com/catamaran-os/catamaran/api"
)

// A flight is a request that has been sent and not been answered.
type flight struct {
	request  uint64
	intended time.Time // when it was due: latency counts from here
	sent     time.Time
	answered bool // datagrams are answered in any order
}

// A client is one connection of the load.
type client struct {
	id      int
	qd      api.QD
	request uint64   // number of the next request
	flights []flight // oldest first; a stream answers in this order
	base    int      // how many flights have left the front, so that base+index stays
	byKey   map[uint64]int
	got     int  // stream: bytes of the oldest flight's reply that have come
	spoilt  bool // stream: of these, some were wrong
	heard   time.Time
	closed  bool
}

func (l *load) startPops(c *client) {
	pops := 1
	if l.o.proto == "udp" {
		pops = datagramRead
	}
	for range pops {
		l.pop(c)
	}
}

func (l *load) pop(c *client) {
	if c.closed {
		return
	}
	if _, err := l.rt.Pop(c.qd); err != nil {
		l.drop(c, err)
	}
}

func (l *load) send(c *client, intended, now time.Time) {
	f := flight{request: c.request, intended: intended, sent: now}
	c.request++
	l.sent++
	if len(c.flights) == 0 {
		c.heard = now
	}
	c.flights = append(c.flights, f)
	l.flights++
	if l.o.proto == "tcp" {
		// Several pushes may lend the table at once: nobody writes to it.
		if _, err := l.rt.Push(c.qd, api.Bytes(l.payloads.of(c.id, f.request))); err != nil {
			l.drop(c, err)
		}
		return
	}
	c.byKey[l.payloads.key(f.request)] = c.base + len(c.flights) - 1
	if err := l.sendDatagram(c, f.request); err != nil {
		l.drop(c, err)
	}
}

func (l *load) sendDatagram(c *client, request uint64) error {
	sga, err := l.rt.Alloc(l.payloads.size)
	if err != nil {
		return err
	}
	l.payloads.datagram(sga.Seg(0).Data, c.id, request)
	_, err = l.rt.Push(c.qd, sga)
	if e := l.rt.Free(sga); err == nil { // the push keeps the memory for as long as it needs
		err = e
	}
	return err
}

func (l *load) handle(r *api.QResult) {
	c := l.byQD[r.QD]
	switch {
	case r.Opcode == api.OpClose:
		l.closed++
	case r.Err != nil && l.o.proto == "udp" && !c.closed:
		// A datagram that could not be sent or received is missed when its time is over, and counted then.
		if l.first == nil {
			l.first = r.Err
		}
		if r.Opcode == api.OpPop {
			l.pop(c)
		}
	case r.Err != nil:
		l.drop(c, r.Err)
	case r.Opcode == api.OpPop:
		l.received(c, r)
		if r.N > 0 {
			if err := l.rt.Free(r.SGA); err != nil {
				l.fail(1, err)
			}
		}
		l.pop(c)
	}
}

func (l *load) received(c *client, r *api.QResult) {
	switch {
	case c.closed:
	case l.o.proto == "udp":
		l.datagram(c, r.SGA.Flat())
	case r.N == 0:
		l.drop(c, fmt.Errorf("the server closed the connection: %w", io.ErrUnexpectedEOF))
	default:
		c.heard = time.Now()
		for i := 0; i < r.SGA.NumSegs() && !c.closed; i++ {
			l.stream(c, r.SGA.Seg(i).Data)
		}
	}
}

// stream checks bytes of a stream against the requests in flight, piece by piece.
func (l *load) stream(c *client, b []byte) {
	for len(b) > 0 && !c.closed {
		if len(c.flights) == 0 {
			l.mismatches++
			l.drop(c, fmt.Errorf("%d bytes arrived that no request asked for: %w", len(b), syscall.EPROTO))
			return
		}
		f := c.flights[0]
		n := min(len(b), l.payloads.size-c.got)
		if !l.payloads.check(c.id, f.request, c.got, b[:n]) {
			c.spoilt = true
		}
		c.got += n
		b = b[n:]
		if c.got < l.payloads.size {
			return
		}
		l.finish(f, !c.spoilt)
		c.flights = pull(c.flights)
		c.got, c.spoilt = 0, false
		if l.o.rate == 0 {
			l.sendNext(c)
		}
	}
}

// datagram finds the request that a datagram answers. Late and doubled replies answer none: the request was counted when
// it was given up or answered. What cannot be such a reply is a mismatch.
func (l *load) datagram(c *client, b []byte) {
	key := l.payloads.datagramKey(b)
	at, ok := c.byKey[key]
	if !ok {
		// A short datagram does not carry the whole number, so that its other bytes cannot be told either.
		known := l.payloads.size < sequenceBytes && len(b) == l.payloads.size
		if !known && (key >= c.request || !l.payloads.checkDatagram(c.id, key, b)) {
			l.mismatches++
		}
		return
	}
	delete(c.byKey, key)
	f := &c.flights[at-c.base]
	f.answered = true
	l.finish(*f, l.payloads.checkDatagram(c.id, f.request, b))
	l.trim(c)
	if l.o.rate == 0 {
		l.sendNext(c)
	}
}

// trim takes answered datagrams off the front.
func (l *load) trim(c *client) {
	for len(c.flights) > 0 && c.flights[0].answered {
		c.flights = pull(c.flights)
		c.base++
	}
}

// expire gives up what has waited for too long: a datagram, or a stream on which nothing has come.
func (l *load) expire(now time.Time) {
	for i := range l.conns {
		c := &l.conns[i]
		if c.closed || len(c.flights) == 0 {
			continue
		}
		if l.o.proto == "tcp" {
			if now.Sub(c.heard) > l.o.reply {
				l.drop(c, fmt.Errorf("the server has been silent for %v: %w", l.o.reply, syscall.ETIMEDOUT))
			}
			continue
		}
		lost := 0
		for len(c.flights) > 0 && (c.flights[0].answered || now.Sub(c.flights[0].sent) > l.o.reply) {
			if f := &c.flights[0]; !f.answered {
				delete(c.byKey, l.payloads.key(f.request))
				lost++
			}
			c.flights = pull(c.flights)
			c.base++
		}
		if lost > 0 {
			l.flights -= lost
			l.fail(lost, fmt.Errorf("no reply within %v: %w", l.o.reply, syscall.ETIMEDOUT))
			if l.o.rate == 0 {
				l.sendNext(c)
			}
		}
	}
}

// drop ends a connection that has failed. Its requests in flight are errors, and it is one itself if there are none.
func (l *load) drop(c *client, err error) {
	if c.closed {
		return
	}
	c.closed = true
	l.live--
	lost := 0
	for _, f := range c.flights {
		if !f.answered {
			lost++
		}
	}
	l.flights -= lost
	c.flights = nil
	l.fail(max(1, lost), err)
	if _, err := l.rt.CloseQueue(c.qd); err != nil {
		l.closed++
		l.fail(1, err)
	}
}

// pull removes the first flight, keeping the memory.
func pull(f []flight) []flight { return f[:copy(f, f[1:])] }
