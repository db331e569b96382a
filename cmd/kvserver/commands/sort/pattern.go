package sort

import (
	"bytes"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/hash"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

// A pattern names a key, or a field of a hash, by an element.
type pattern struct {
	self           bool // #: the element itself
	constant       bool // there is no *: it names nothing
	prefix, suffix []byte
	field          []byte // nil: the key holds a string
}

var arrow = []byte("->")

func parsePattern(b []byte) pattern {
	before, after, ok := bytes.Cut(b, []byte("*"))
	if !ok {
		return pattern{self: string(b) == "#", constant: true}
	}
	p := pattern{prefix: before, suffix: after}
	// The last characters of a name may be an arrow, which is none then.
	if suffix, field, ok := bytes.Cut(after, arrow); ok && len(field) > 0 {
		p.suffix, p.field = suffix, field
	}
	return p
}

// lookup returns what the pattern names for an element, or nil if there is nothing, or nothing of the right type.
func (p *pattern) lookup(c *engine.Call, s *scratch, element []byte) []byte {
	switch {
	case p.self:
		return element
	case p.constant:
		return nil
	}
	s.key = append(append(append(s.key[:0], p.prefix...), element...), p.suffix...)
	e, _ := c.Read(s.key, keyspace.Any)
	if !e.Exists() {
		return nil
	}
	if p.field == nil {
		if e.Type() != keyspace.String {
			return nil
		}
		if e.Encoding() == keyspace.Int {
			var digits [20]byte
			return s.keep(e.String(digits[:0]))
		}
		return present(e.String(nil))
	}
	if e.Type() != keyspace.Hash {
		return nil
	}
	v, ok := hash.Open(e).Get(p.field)
	switch {
	case !ok:
		return nil
	case v.IsInt:
		var digits [20]byte
		return s.keep(v.AppendTo(digits[:0]))
	}
	return present(v.Str)
}

// present returns b, which is not nil even if it is empty.
func present(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// scratch is the memory of a call.
type scratch struct {
	key   []byte
	chunk []byte
}

// chunkSize is the memory that is taken at once for digits and small members.
const chunkSize = 8 << 10

// keep returns a copy of b that lasts for the call.
func (s *scratch) keep(b []byte) []byte {
	if len(b) > cap(s.chunk)-len(s.chunk) {
		if len(b) > chunkSize/8 {
			return append(make([]byte, 0, len(b)), b...)
		}
		s.chunk = make([]byte, 0, chunkSize)
	}
	from := len(s.chunk)
	s.chunk = append(s.chunk, b...)
	return s.chunk[from:len(s.chunk):len(s.chunk)]
}
