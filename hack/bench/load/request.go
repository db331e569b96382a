package load

import (
	"bytes"
	"encoding/binary"
)

const minRequest = 8

// A Request is the request of one connection. Its bytes are different each time: a reply that belongs to another request
// or another connection is not intact.
type Request struct {
	data   []byte
	number uint64
}

// NewRequest returns the request of connection conn.
func NewRequest(conn, size int) *Request {
	r := &Request{data: make([]byte, size), number: uint64(conn) << 40}
	for i := range r.data {
		r.data[i] = byte(i*7 + conn)
	}
	return r
}

// Next returns the next request. It is valid until the next call.
func (r *Request) Next() []byte {
	r.number++
	binary.LittleEndian.PutUint64(r.data, r.number)
	return r.data
}

// Intact reports whether reply is the answer to the request that Next returned last.
func (r *Request) Intact(reply []byte) bool { return bytes.Equal(reply, r.data) }
