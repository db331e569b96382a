package main

import (
	"bytes"
	"slices"
	"testing"
)

// TestPayloadCheck gives the checkers the payload in pieces, and then each flipped byte, which they must reject.
func TestPayloadCheck(t *testing.T) {
	for _, size := range []int{1, 7, 8, 9, 100, 1500} {
		p := newPayloads(size)
		good := slices.Clone(p.of(3, 41))
		datagram := make([]byte, size)
		p.datagram(datagram, 3, 41)
		if p.datagramKey(datagram) != p.key(41) || !p.checkDatagram(3, 41, datagram) {
			t.Fatalf("size %d: an intact datagram was rejected", size)
		}
		for at := range good {
			if !p.check(3, 41, 0, good[:at]) || !p.check(3, 41, at, good[at:]) {
				t.Fatalf("size %d: intact pieces split at %d were rejected", size, at)
			}
			good[at] ^= 0x10
			if p.check(3, 41, 0, good) || p.check(3, 41, at, good[at:at+1]) {
				t.Errorf("size %d: flipped byte %d was accepted", size, at)
			}
			good[at] ^= 0x10
			datagram[at] ^= 0x10
			if p.datagramKey(datagram) == p.key(41) && p.checkDatagram(3, 41, datagram) {
				t.Errorf("size %d: flipped byte %d of a datagram was accepted", size, at)
			}
			datagram[at] ^= 0x10
		}
		if p.check(3, 41, 1, good) {
			t.Errorf("size %d: more bytes than the payload has were accepted", size)
		}
		if p.checkDatagram(3, 41, append(datagram, 0)) || p.checkDatagram(3, 41, datagram[:size-1]) {
			t.Errorf("size %d: a datagram of another length was accepted", size)
		}
		if size >= 100 && (bytes.Equal(p.of(3, 41), p.of(3, 42)) || bytes.Equal(p.of(3, 41), p.of(4, 41))) {
			t.Errorf("size %d: neighbouring requests have the same payload", size)
		}
	}
}
