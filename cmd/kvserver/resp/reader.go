package resp

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Errors of a Reader beside those of its source. They are final: where the next reply begins is unknown then.
var (
	ErrReply      = errors.New("malformed reply")
	ErrReplyLimit = errors.New("reply too large")
)

const (
	defaultMaxDepth = 32
	defaultMaxBytes = 1 << 30
	valueCost       = 64       // what a value counts for in MaxBytes beside its text
	readAhead       = 64 << 10 // taken for a text before anything of it has arrived, in bytes
)

// A Reader reads replies in RESP2 and RESP3.
type Reader struct {
	MaxDepth int // of aggregates within aggregates; 0 stands for 32
	MaxBytes int // of one reply, its texts and 64 for each value in it; 0 stands for 1 GiB

	br   *bufio.Reader
	room int // what is left of MaxBytes
	err  error
}

// NewReader reads replies from r.
func NewReader(r io.Reader) *Reader { return &Reader{br: bufio.NewReaderSize(r, 16<<10)} }

// Buffered is the number of bytes that have been read from the source and do not belong to a reply yet.
func (r *Reader) Buffered() int { return r.br.Buffered() }

// Read returns the next reply, in memory of its own. At the end of the source between two replies the error is io.EOF.
func (r *Reader) Read() (Value, error) {
	if r.err != nil {
		return Value{}, r.err
	}
	if _, err := r.br.Peek(1); err != nil {
		return Value{}, err
	}
	depth := r.MaxDepth
	if depth == 0 {
		depth = defaultMaxDepth
	}
	if r.room = r.MaxBytes; r.room == 0 {
		r.room = defaultMaxBytes
	}
	v, err := r.value(depth)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		r.err = err
		return Value{}, err
	}
	return v, nil
}

// value reads a value and the attributes before it.
func (r *Reader) value(depth int) (Value, error) {
	var attrs []Value
	for {
		v, err := r.one(depth)
		if err != nil {
			return v, err
		}
		if v.Kind != kindAttribute {
			v.Attrs = attrs
			return v, nil
		}
		attrs = append(attrs, v.Elems...)
	}
}

func (r *Reader) one(depth int) (Value, error) {
	if err := r.take(valueCost); err != nil {
		return Value{}, err
	}
	line, err := r.line()
	if err != nil {
		return Value{}, err
	}
	if len(line) == 0 {
		return Value{}, malformed("an empty line", nil)
	}
	v := Value{Kind: Kind(line[0]), Str: line[1:]}
	switch v.Kind {
	case KindSimple, KindError, KindInt, KindNull, KindBool, KindDouble, KindBigNumber:
		return v, v.scalar()
	case KindBulk, KindBulkError, KindVerbatim:
		return r.text(v)
	case KindArray, KindMap, KindSet, KindPush, kindAttribute:
		return r.elems(v, depth)
	}
	return v, malformed("unknown type", line)
}

// scalar completes a value that is a line.
func (v *Value) scalar() (err error) {
	ok := true
	switch v.Kind {
	case KindInt:
		v.Int, ok = parseInt(v.Str)
	case KindNull:
		v.Null, ok = true, len(v.Str) == 0
	case KindBool:
		v.Bool = string(v.Str) == "t"
		ok = v.Bool || string(v.Str) == "f"
	case KindDouble:
		v.Float, err = strconv.ParseFloat(string(v.Str), 64)
		ok = err == nil
	case KindBigNumber:
		digits := bytes.TrimPrefix(v.Str, []byte("-"))
		ok = len(digits) > 0 && len(bytes.Trim(digits, "0123456789")) == 0
	}
	if !ok {
		return malformed("value", v.Str)
	}
	return nil
}

// text completes a value whose header announces bytes.
func (r *Reader) text(v Value) (Value, error) {
	n, ok := parseInt(v.Str)
	if v.Kind == KindBulk && n == -1 && ok {
		return Value{Kind: KindBulk, Null: true}, nil
	}
	if !ok || n < 0 {
		return v, malformed("length", v.Str)
	}
	if err := r.take(n); err != nil {
		return v, err
	}
	buf := bytes.NewBuffer(make([]byte, 0, min(n, readAhead)+bytes.MinRead))
	if _, err := io.CopyN(buf, r.br, n); err != nil {
		return v, err
	}
	var end [2]byte
	if _, err := io.ReadFull(r.br, end[:]); err != nil {
		return v, err
	}
	if string(end[:]) != "\r\n" {
		return v, malformed("end of text", end[:])
	}
	v.Str = buf.Bytes()
	if v.Kind == KindVerbatim {
		if n < 4 || v.Str[3] != ':' {
			return v, malformed("verbatim string", v.Str[:min(n, 4)])
		}
		v.Format, v.Str = string(v.Str[:3]), v.Str[4:]
	}
	return v, nil
}

// elems completes a value whose header announces values.
func (r *Reader) elems(v Value, depth int) (Value, error) {
	n, ok := parseInt(v.Str)
	if v.Kind == KindArray && n == -1 && ok {
		return Value{Kind: KindArray, Null: true}, nil
	}
	if !ok || n < 0 {
		return v, malformed("count", v.Str)
	}
	if depth == 0 || n > int64(r.room) {
		return v, ErrReplyLimit
	}
	if v.Str = nil; v.Kind == KindMap || v.Kind == kindAttribute {
		n *= 2
	}
	for ; n > 0; n-- {
		e, err := r.value(depth - 1)
		if err != nil {
			return v, err
		}
		v.Elems = append(v.Elems, e)
	}
	return v, nil
}

// line reads up to CR LF, which it drops.
func (r *Reader) line() ([]byte, error) {
	var line []byte
	for {
		piece, err := r.br.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			return nil, err
		}
		if err := r.take(int64(len(piece))); err != nil {
			return nil, err
		}
		line = append(line, piece...)
		if err == nil {
			break
		}
	}
	body, ok := bytes.CutSuffix(line, []byte("\r\n"))
	if !ok || bytes.IndexByte(body, '\r') >= 0 {
		return nil, malformed("line", line)
	}
	return body, nil
}

// take counts n bytes.
func (r *Reader) take(n int64) error {
	if n > int64(r.room) {
		return ErrReplyLimit
	}
	r.room -= int(n)
	return nil
}

func malformed(what string, b []byte) error {
	return fmt.Errorf("read %s %.40q: %w", what, b, ErrReply)
}
