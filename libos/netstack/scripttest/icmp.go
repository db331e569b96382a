package scripttest

import (
	"encoding/binary"
	"fmt"
)

func (x *names) decodeICMP(p *packet, b []byte) {
	typ, code := b[0], b[1]
	for _, m := range messages {
		if m.typ[x.family] != typ {
			continue
		}
		p.kind = m.kind
		if m.codes == nil {
			p.set("id", "%d", binary.BigEndian.Uint16(b[4:]))
			p.set("seq", "%d", binary.BigEndian.Uint16(b[6:]))
			p.set("len", "%d", len(b)-8)
			return
		}
		name := fmt.Sprint(code)
		for text, c := range m.codes {
			if c[x.family] == int(code) {
				name = text
			}
		}
		p.set("code", "%s", name)
		return
	}
	p.kind = "protocol"
	p.set("proto", "icmp:%d:%d", typ, code)
}

// messages are the ICMP messages that have a name: their types and codes in both families, -1 where there is none.
var messages = []struct {
	kind  string
	typ   map[Family]byte
	codes map[string]map[Family]int
}{
	{"echo-request", map[Family]byte{V4: 8, V6: 128}, nil},
	{"echo-reply", map[Family]byte{V4: 0, V6: 129}, nil},
	{"unreachable", map[Family]byte{V4: 3, V6: 1}, map[string]map[Family]int{ // RFC 792; RFC 4443 section 3.1
		"net": {V4: 0, V6: 0}, "host": {V4: 1, V6: 3}, "protocol": {V4: 2, V6: -1}, "port": {V4: 3, V6: 4}, "prohibited": {V4: 13, V6: 1},
	}},
	{"time-exceeded", map[Family]byte{V4: 11, V6: 3}, map[string]map[Family]int{"hops": {V4: 0, V6: 0}, "reassembly": {V4: 1, V6: 1}}},
	{"bad-parameter", map[Family]byte{V4: 12, V6: 4}, map[string]map[Family]int{"header": {V4: -1, V6: 1}, "field": {V4: 0, V6: 0}}},
}

func (x *names) buildICMP(p *packet, quoted []byte) ([]byte, error) {
	for _, m := range messages {
		if m.kind != p.kind {
			continue
		}
		b := make([]byte, 8)
		b[0] = m.typ[x.family]
		if m.codes == nil {
			binary.BigEndian.PutUint16(b[4:], uint16(p.number("id", 1)))
			binary.BigEndian.PutUint16(b[6:], uint16(p.number("seq", 1)))
			return append(b, pattern(p.src.host, 0, p.number("len", 0))...), nil
		}
		code, ok := m.codes[p.word("code")]
		if !ok || code[x.family] < 0 {
			return nil, fmt.Errorf("%s has no code %q in %v", p.kind, p.word("code"), x.family)
		}
		if quoted == nil {
			return nil, fmt.Errorf("%s: %s has sent nothing that it could be about", p.kind, p.dst.host)
		}
		b[1] = byte(code[x.family])
		return append(b, quoted...), nil
	}
	return nil, fmt.Errorf("cannot make a packet of kind %q", p.kind)
}
