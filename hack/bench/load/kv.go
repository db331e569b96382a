package load

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
)

// keyDigits is the length of a key's number, as redis-benchmark -r writes it.
const keyDigits = 12

// maxKeys keeps the time that they may take, and their memory, within reason.
const maxKeys = 1 << 30

// keyOf is the name of key number n.
func keyOf(n int) string { return fmt.Sprintf("key:%0*d", keyDigits, n) }

var stored = []byte("+OK\r\n")

// A KVRequest is the requests of one connection to a server of keys and values, in RESP2: GET and SET of random keys. The
// value of a key is always the same, so that every byte of every reply is known before. Two of the same connection make
// the same requests: one can be ahead, to send, and the other follow the replies.
type KVRequest struct {
	rng      *rand.Rand
	keys     int
	sets     float64
	get, set []byte // the last request of its kind
	value    []byte // the reply to get
	keyAt    int    // in get and set
	valueAt  int    // in set
	replyAt  int    // in value
	last     []byte // the reply to the last request
}

// NewKVRequest returns the requests of connection conn.
func NewKVRequest(conn int, p *Params) *KVRequest {
	r := &KVRequest{rng: rand.New(rand.NewPCG(uint64(conn), 1)), keys: p.Keys, sets: p.Sets}
	key := keyOf(0)
	value := append([]byte(key[len(key)-keyDigits:]), bytes.Repeat([]byte("x"), p.Size-keyDigits)...)
	r.get = fmt.Appendf(nil, "*2\r\n$3\r\nGET\r\n$%d\r\n%s\r\n", len(key), key)
	r.set = fmt.Appendf(nil, "*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", len(key), key, len(value), value)
	r.value = fmt.Appendf(nil, "$%d\r\n%s\r\n", len(value), value)
	r.keyAt = bytes.Index(r.get, []byte(key)) + len(key) - keyDigits
	r.valueAt = bytes.LastIndex(r.set, value)
	r.replyAt = bytes.Index(r.value, value)
	return r
}

// Next returns the next request. It is valid until the next call.
func (r *KVRequest) Next() []byte {
	set := r.sets > 0 && r.rng.Float64() < r.sets
	n := r.rng.IntN(r.keys)
	if set {
		return r.Set(n)
	}
	return r.Get(n)
}

// Get returns the request for key n. It is valid until the next request is made.
func (r *KVRequest) Get(n int) []byte {
	digits(r.get[r.keyAt:], n)
	digits(r.value[r.replyAt:], n)
	r.last = r.value
	return r.get
}

// Set returns the request that stores key n. It is valid until the next request is made.
func (r *KVRequest) Set(n int) []byte {
	digits(r.set[r.keyAt:], n)
	digits(r.set[r.valueAt:], n)
	r.last = stored
	return r.set
}

// Take compares the bytes of b that belong to the reply to the last request, of which got bytes have come before, and
// returns how many they are and whether the reply is whole. A reply that is not the expected one is an error at its first
// wrong byte: an error of the server's may be shorter than what was expected, and waiting for the rest would never end.
func (r *KVRequest) Take(b []byte, got int) (n int, whole bool, err error) {
	want := r.last[got:]
	n = min(len(b), len(want))
	if !bytes.Equal(b[:n], want[:n]) {
		return 0, false, fmt.Errorf("the server replied %s after %d bytes of a reply, where %s was due", quote(b), got, quote(want))
	}
	return n, n == len(want), nil
}

// quote is the beginning of what came.
func quote(b []byte) string { return strconv.Quote(string(b[:min(len(b), 100)])) }

// digits writes n into the first keyDigits bytes of b.
func digits(b []byte, n int) {
	for i := keyDigits - 1; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
}
