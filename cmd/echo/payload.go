package main

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
)

// The payload of a request is a window of one table of random bytes; connection and request number choose where it
// begins. So nothing is generated per request, pushes lend the table itself, and a reply is checked with one comparison
// per piece, whatever the pieces are.
const payloadPeriod = 65521 // prime: neighbouring requests never share a window

// sequenceBytes is the length of the request number at the beginning of a datagram, or all of a shorter datagram.
const sequenceBytes = 8

type payloads struct {
	table []byte
	size  int
}

func newPayloads(size int) *payloads {
	p := &payloads{table: make([]byte, payloadPeriod+size), size: size}
	r := rand.New(rand.NewPCG(0x6361746d, 0x6172616e))
	for i := range p.table {
		p.table[i] = byte(r.Uint32())
	}
	return p
}

// of returns the payload of a request. It must not be written to.
func (p *payloads) of(conn int, request uint64) []byte {
	start := int((uint64(conn)*40503 + request*7919) % payloadPeriod)
	return p.table[start : start+p.size]
}

// check reports whether got is what stands at offset in the payload of a request.
func (p *payloads) check(conn int, request uint64, offset int, got []byte) bool {
	want := p.of(conn, request)
	return offset+len(got) <= len(want) && bytes.Equal(got, want[offset:offset+len(got)])
}

// key returns as much of a request number as a datagram of the size carries.
func (p *payloads) key(request uint64) uint64 {
	if p.size >= sequenceBytes {
		return request
	}
	return request & (1<<(8*p.size) - 1)
}

// datagram fills b with the payload of a request that begins with its number.
func (p *payloads) datagram(b []byte, conn int, request uint64) {
	copy(b, p.of(conn, request))
	var number [sequenceBytes]byte
	binary.LittleEndian.PutUint64(number[:], request)
	copy(b, number[:])
}

// datagramKey returns the key that a datagram carries.
func (p *payloads) datagramKey(b []byte) uint64 {
	var number [sequenceBytes]byte
	copy(number[:], b)
	return p.key(binary.LittleEndian.Uint64(number[:]))
}

// checkDatagram reports whether b answers the request. Its number has been compared already.
func (p *payloads) checkDatagram(conn int, request uint64, b []byte) bool {
	if len(b) != p.size {
		return false
	}
	n := min(sequenceBytes, len(b))
	return p.check(conn, request, n, b[n:])
}
