package libostest

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
)

// content returns n bytes that are different at every offset and for every seed: eight at a time they are a hash
// (splitmix64) of both.
func content(seed uint64, n int) []byte {
	b := make([]byte, n+7)
	x := seed * 0x9e3779b97f4a7c15
	for i := 0; i < n; i += 8 {
		x += 0x9e3779b97f4a7c15
		z := (x ^ x>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		binary.LittleEndian.PutUint64(b[i:], z^z>>31)
	}
	return b[:n:n]
}

var seed = maphash.MakeSeed()

// hash is that of a message that is compared as a whole.
func hash(b []byte) uint64 { return maphash.Bytes(seed, b) }

// A reader compares what is popped from a queue with what was pushed.
type reader struct {
	q    *queue
	want []byte
	got  int
}

// pop pops once and compares. It returns the bytes, 0 for the end of the stream.
func (r *reader) pop() int {
	r.q.e.Helper()
	return r.take(r.q.pop())
}

// take awaits a pop and compares.
func (r *reader) take(t *token) int {
	e := r.q.e
	e.Helper()
	res := e.ok(t)
	if res.N > len(r.want)-r.got {
		e.Fatalf("popped %d bytes after %d of %d", res.N, r.got, len(r.want))
	}
	for i := range res.SGA.NumSegs() {
		data := res.SGA.Seg(i).Data
		want := r.want[r.got : r.got+len(data)]
		if !bytes.Equal(data, want) {
			at := 0
			for data[at] == want[at] {
				at++
			}
			e.Fatalf("wrong content at byte %d of %d: %#x, want %#x", r.got+at, len(r.want), data[at], want[at])
		}
		r.got += len(data)
	}
	e.free(t.h, res.SGA)
	return res.N
}

// all pops until everything has come.
func (r *reader) all() {
	r.q.e.Helper()
	for r.got < len(r.want) {
		if r.pop() == 0 {
			r.q.e.Fatalf("end of stream after %d of %d bytes", r.got, len(r.want))
		}
	}
}

// exchange sends n bytes from one queue to another, and compares them.
func (e *env) exchange(from, to *queue, n int) {
	e.Helper()
	r := &reader{q: to, want: content(uint64(n), n)}
	t := from.send(r.want)
	r.all()
	e.ok(t)
}

// end pops and wants the end of the stream.
func (e *env) end(q *queue) {
	e.Helper()
	if res := e.ok(q.pop()); res.N != 0 {
		e.Fatalf("popped %d bytes, want the end of the stream", res.N)
	}
}
