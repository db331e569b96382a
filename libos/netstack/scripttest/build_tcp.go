package scripttest

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gvisor.dev/gvisor/pkg/tcpip/header"
)

// scriptISN is the sequence number of SYNs that scripts send: the space wraps after some hundred bytes.
const scriptISN = 1<<32 - 300

func (x *names) buildTCP(p *packet) ([]byte, error) {
	src, err := x.ports.number(p.src)
	if err != nil {
		return nil, err
	}
	dst, err := x.ports.number(p.dst)
	if err != nil {
		return nil, err
	}
	there, back := [2]station{p.src, p.dst}, [2]station{p.dst, p.src}
	if _, ok := x.isn[there]; !ok {
		x.isn[there] = scriptISN
	}
	options, err := buildOptions(p.word("opts"))
	if err != nil {
		return nil, err
	}
	if s, ok := p.get("sack"); ok {
		options = x.sackOption(s, back)
	}
	var flags header.TCPFlags
	for i, bit := range tcpFlagBits {
		if strings.IndexByte(p.kind, tcpFlags[i]) >= 0 {
			flags |= bit
		}
	}
	var first, end uint32
	if s, ok := p.get("seq"); ok {
		first, end, _ = parseRange(s) // checked by parsePacket
	}
	b := make([]byte, header.TCPMinimumSize)
	header.TCP(b).Encode(&header.TCPFields{
		SrcPort: src, DstPort: dst, SeqNum: x.isn[there] + first, Flags: flags,
		DataOffset: uint8(len(b) + len(options)), WindowSize: uint16(p.number("win", 65535)),
	})
	if v, ok := p.get("ack"); ok {
		n, _ := strconv.ParseUint(v, 10, 32)
		header.TCP(b).SetAckNumber(x.isn[back] + uint32(n))
	}
	off := int(first) - 1
	if flags&header.TCPFlagSyn != 0 {
		off = 0
	}
	return slices.Concat(b, options, pattern(p.src.host, off, int(end-first))), nil
}

// sackOption selectively acknowledges ranges of what the other side has sent.
func (x *names) sackOption(s string, back [2]station) []byte {
	parts := strings.Split(s, ",")
	o := []byte{header.TCPOptionNOP, header.TCPOptionNOP, header.TCPOptionSACK, byte(2 + 8*len(parts))}
	for _, r := range parts {
		first, end, _ := parseRange(r) // checked by parsePacket
		o = binary.BigEndian.AppendUint32(o, x.isn[back]+first)
		o = binary.BigEndian.AppendUint32(o, x.isn[back]+end)
	}
	return o
}

// buildOptions builds the options of a SYN: some of mss:N, sack, ws:N. Timestamps would have to be in each packet.
func buildOptions(s string) (o []byte, err error) {
	if s == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(s, ",") {
		key, value, _ := strings.Cut(part, ":")
		n := uint64(0)
		if value != "" {
			if n, err = strconv.ParseUint(value, 10, 16); err != nil {
				return nil, fmt.Errorf("option %q: %w", part, err)
			}
		}
		switch key {
		case "mss":
			o = append(o, header.TCPOptionMSS, 4, byte(n>>8), byte(n))
		case "sack":
			o = append(o, header.TCPOptionNOP, header.TCPOptionNOP, header.TCPOptionSACKPermitted, 2)
		case "ws":
			o = append(o, header.TCPOptionNOP, header.TCPOptionWS, 3, byte(n))
		default:
			return nil, fmt.Errorf("unknown option %q", part)
		}
	}
	return o, nil
}
