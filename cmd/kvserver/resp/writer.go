package resp

import (
	"slices"
	"strconv"
	"strings"
)

// A Writer appends replies to a buffer. Its zero value writes RESP2.
type Writer struct {
	buf   []byte
	resp3 bool
}

// SetProto chooses the protocol of the replies to come: 2 or 3.
func (w *Writer) SetProto(proto int) { w.resp3 = proto >= 3 }

// Proto is the protocol of the replies to come: 2 or 3.
func (w *Writer) Proto() int {
	if w.resp3 {
		return 3
	}
	return 2
}

// Bytes is what has been written since Reset. It is the writer's memory, valid until the next call that writes.
func (w *Writer) Bytes() []byte { return w.buf }

// Len is the length of Bytes.
func (w *Writer) Len() int { return len(w.buf) }

// Cap is the size of the buffer in bytes, for a caller that bounds what idle connections hold.
func (w *Writer) Cap() int { return cap(w.buf) }

// Reset forgets what was written and keeps the buffer.
func (w *Writer) Reset() { w.buf = w.buf[:0] }

// Truncate forgets all but the first n bytes, which must end with a whole reply.
func (w *Writer) Truncate(n int) { w.buf = w.buf[:n] }

// Swap hands over the filled buffer and goes on with an empty buf, which becomes the writer's. buf may be nil.
func (w *Writer) Swap(buf []byte) []byte {
	filled := w.buf
	w.buf = buf[:0]
	return filled
}

// Raw appends b, whole replies that were built elsewhere.
func (w *Writer) Raw(b []byte) {
	w.grow(len(b))
	w.buf = append(w.buf, b...)
}

// OK writes the simple string OK.
func (w *Writer) OK() { w.buf = append(w.buf, "+OK\r\n"...) }

// Simple writes a simple string, which must hold no line break.
func (w *Writer) Simple(s string) {
	w.grow(len(s) + 3)
	w.buf = append(w.buf, '+')
	w.buf = append(w.buf, s...)
	w.crlf()
}

// Error writes an error with its prefix, as in "ERR syntax error". Line breaks at its end are dropped, others become
// spaces, as in Redis.
func (w *Writer) Error(text string) {
	text = strings.TrimRight(text, "\r\n")
	w.grow(len(text) + 3)
	w.buf = append(w.buf, '-')
	at := len(w.buf)
	w.buf = append(w.buf, text...)
	for i, c := range w.buf[at:] {
		if c == '\r' || c == '\n' {
			w.buf[at+i] = ' '
		}
	}
	w.crlf()
}

// Int writes an integer.
func (w *Writer) Int(n int64) {
	if n >= 0 && n < 10 {
		w.buf = append(w.buf, ':', '0'+byte(n), '\r', '\n')
		return
	}
	w.buf = append(w.buf, ':')
	w.buf = strconv.AppendInt(w.buf, n, 10)
	w.crlf()
}

// Bulk writes a bulk string.
func (w *Writer) Bulk(b []byte) {
	w.grow(len(b) + maxHeader + 2)
	w.header('$', len(b))
	w.buf = append(w.buf, b...)
	w.crlf()
}

// BulkString writes a bulk string.
func (w *Writer) BulkString(s string) {
	w.grow(len(s) + maxHeader + 2)
	w.header('$', len(s))
	w.buf = append(w.buf, s...)
	w.crlf()
}

// BulkInt writes n as a bulk string.
func (w *Writer) BulkInt(n int64) {
	var digits [20]byte
	w.Bulk(strconv.AppendInt(digits[:0], n, 10))
}

// Null writes the null of a missing value: in RESP2 a bulk string of length -1.
func (w *Writer) Null() {
	if w.resp3 {
		w.buf = append(w.buf, "_\r\n"...)
	} else {
		w.buf = append(w.buf, "$-1\r\n"...)
	}
}

// NullArray writes the null of a missing array: in RESP2 an array of length -1.
func (w *Writer) NullArray() {
	if w.resp3 {
		w.buf = append(w.buf, "_\r\n"...)
	} else {
		w.buf = append(w.buf, "*-1\r\n"...)
	}
}

// Array begins an array; its n elements are to follow.
func (w *Writer) Array(n int) { w.header('*', n) }

// Map begins a map; its n keys, each with its value, are to follow. In RESP2 it is an array of 2n elements.
func (w *Writer) Map(n int) { w.header(w.mapHeader(n)) }

// Set begins a set; its n elements are to follow. In RESP2 it is an array.
func (w *Writer) Set(n int) { w.header(w.kind('~'), n) }

// Push begins a message that answers no command; its n elements are to follow. In RESP2 it is an array.
func (w *Writer) Push(n int) { w.header(w.kind('>'), n) }

// Attribute begins attributes of the reply behind them; n keys, each with its value, are to follow. RESP2 has none:
// then it writes nothing and answers false, and nothing is to follow.
func (w *Writer) Attribute(n int) bool {
	if w.resp3 {
		w.header('|', n)
	}
	return w.resp3
}

// A Mark is a place in a Writer where the header of an aggregate is still missing. Swap, Reset and a Truncate before it
// make it worthless.
type Mark int

// Begin marks the place for the header of an aggregate whose elements follow. Aggregates begun within it have to end first.
func (w *Writer) Begin() Mark { return Mark(len(w.buf)) }

// EndArray turns what was written since Begin into an array of n elements.
func (w *Writer) EndArray(m Mark, n int) { w.insert(m, '*', n) }

// EndMap turns what was written since Begin into a map of n keys and their values.
func (w *Writer) EndMap(m Mark, n int) {
	kind, n := w.mapHeader(n)
	w.insert(m, kind, n)
}

// EndSet turns what was written since Begin into a set of n elements.
func (w *Writer) EndSet(m Mark, n int) { w.insert(m, w.kind('~'), n) }

func (w *Writer) insert(m Mark, kind byte, n int) {
	var head [maxHeader]byte
	w.buf = slices.Insert(w.buf, int(m), appendHeader(head[:0], kind, n)...)
}

// kind is the type of an aggregate that RESP2 knows as an array.
func (w *Writer) kind(resp3 byte) byte {
	if w.resp3 {
		return resp3
	}
	return '*'
}

func (w *Writer) mapHeader(n int) (byte, int) {
	if w.resp3 {
		return '%', n
	}
	return '*', 2 * n
}

// maxHeader is the most that a header takes: its type, 19 digits, CR LF.
const maxHeader = 1 + 19 + 2

func (w *Writer) header(kind byte, n int) { w.buf = appendHeader(w.buf, kind, n) }

func appendHeader(b []byte, kind byte, n int) []byte {
	switch {
	case n < 0:
		panic("resp: negative length")
	case n < 10:
		return append(b, kind, '0'+byte(n), '\r', '\n')
	case n < 100:
		return append(b, kind, '0'+byte(n/10), '0'+byte(n%10), '\r', '\n')
	}
	b = append(b, kind)
	b = strconv.AppendInt(b, int64(n), 10)
	return append(b, '\r', '\n')
}

func (w *Writer) crlf() { w.buf = append(w.buf, '\r', '\n') }

// grow makes room for n bytes: by doubling, or, if what comes is the larger part, by exactly that.
func (w *Writer) grow(n int) {
	if cap(w.buf)-len(w.buf) >= n {
		return
	}
	size := len(w.buf) + n
	if n < len(w.buf) {
		size = max(size, 2*cap(w.buf))
	}
	w.buf = append(make([]byte, 0, size), w.buf...)
}
