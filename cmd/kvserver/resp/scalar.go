package resp

import (
	"math"
	"strconv"
)

// Double writes a floating-point number: in RESP2 as a bulk string.
func (w *Writer) Double(f float64) {
	var text [32]byte
	b := AppendDouble(text[:0], f)
	if !w.resp3 {
		w.Bulk(b)
		return
	}
	w.buf = append(w.buf, ',')
	w.buf = append(w.buf, b...)
	w.crlf()
}

// Bool writes a truth value: in RESP2 as the integer 1 or 0.
func (w *Writer) Bool(v bool) {
	switch {
	case w.resp3 && v:
		w.buf = append(w.buf, "#t\r\n"...)
	case w.resp3:
		w.buf = append(w.buf, "#f\r\n"...)
	case v:
		w.buf = append(w.buf, ":1\r\n"...)
	default:
		w.buf = append(w.buf, ":0\r\n"...)
	}
}

// BigNumber writes an integer of any size, given in decimal digits: in RESP2 as a bulk string.
func (w *Writer) BigNumber(digits string) {
	if !w.resp3 {
		w.BulkString(digits)
		return
	}
	w.grow(len(digits) + 3)
	w.buf = append(w.buf, '(')
	w.buf = append(w.buf, digits...)
	w.crlf()
}

// Verbatim writes text whose format ext names in three letters, such as "txt": in RESP2 as a bulk string without it.
func (w *Writer) Verbatim(ext, text string) {
	if !w.resp3 {
		w.BulkString(text)
		return
	}
	if len(ext) != 3 {
		panic("resp: the format of a verbatim string is named in 3 letters")
	}
	w.grow(maxHeader + 4 + len(text) + 2)
	w.header('=', len(text)+4)
	w.buf = append(w.buf, ext...)
	w.buf = append(w.buf, ':')
	w.buf = append(w.buf, text...)
	w.crlf()
}

// AppendDouble appends f as replies of Redis 7.0 have it, as C's "%.17g" does: 0.1 is 0.10000000000000001.
func AppendDouble(b []byte, f float64) []byte {
	switch {
	case math.IsInf(f, 1):
		return append(b, "inf"...)
	case math.IsInf(f, -1):
		return append(b, "-inf"...)
	case math.IsNaN(f):
		return append(b, "nan"...)
	}
	// Most scores are integers, which need none of the work for 17 digits.
	if n := int64(f); float64(n) == f && n > -1e15 && n < 1e15 && (n != 0 || !math.Signbit(f)) {
		return strconv.AppendInt(b, n, 10)
	}
	return strconv.AppendFloat(b, f, 'g', 17, 64)
}
