package pcap

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// ErrFormat says that what is read is not a capture of Ethernet frames.
var ErrFormat = errors.New("malformed capture")

// A Reader reads a capture of Ethernet frames, of either byte order, with micro- or nanoseconds.
type Reader struct {
	r       io.Reader
	order   binary.ByteOrder
	nanos   uint32 // nanoseconds of one fraction
	snapLen uint32
	header  [recordHeaderLen]byte
	data    []byte
}

// A Record is a captured frame.
type Record struct {
	Time   time.Time
	Length int    // bytes of the frame when it passed
	Data   []byte // what was kept of it. Valid until the next call of Next
}

// NewReader reads the file header. It does not buffer. Memory is bounded by the largest snap length, 262144 bytes.
func NewReader(r io.Reader) (*Reader, error) {
	var h [fileHeaderLen]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return nil, fmt.Errorf("pcap: read file header: %w", err)
	}
	p := &Reader{r: r}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch order.Uint32(h[:]) {
		case magicNano:
			p.order, p.nanos = order, 1
		case magicMicro:
			p.order, p.nanos = order, 1000
		}
	}
	if p.order == nil {
		return nil, fmt.Errorf("pcap: magic number %x: %w", h[:4], ErrFormat)
	}
	if major, minor := p.order.Uint16(h[4:]), p.order.Uint16(h[6:]); major != versionMajor || minor != versionMinor {
		return nil, fmt.Errorf("pcap: version %d.%d: %w", major, minor, ErrFormat)
	}
	// Snap length 0 says "none"; the upper bits of the link type tell of a frame check sequence, which frames here
	// do not have.
	if p.snapLen = p.order.Uint32(h[16:]); p.snapLen == 0 || p.snapLen > maxSnapLen {
		p.snapLen = maxSnapLen
	}
	if linkType := p.order.Uint32(h[20:]); linkType != linkTypeEthernet {
		return nil, fmt.Errorf("pcap: link type %#x, must be Ethernet: %w", linkType, ErrFormat)
	}
	return p, nil
}

// Next returns the next record, and io.EOF after the last. A capture that ends inside a record is io.ErrUnexpectedEOF.
func (p *Reader) Next() (Record, error) {
	if _, err := io.ReadFull(p.r, p.header[:]); err != nil {
		if err == io.EOF {
			return Record{}, io.EOF
		}
		return Record{}, fmt.Errorf("pcap: read record header: %w", err)
	}
	seconds, fraction := p.order.Uint32(p.header[0:]), p.order.Uint32(p.header[4:])
	captured, length := p.order.Uint32(p.header[8:]), p.order.Uint32(p.header[12:])
	switch {
	case captured > p.snapLen:
		return Record{}, fmt.Errorf("pcap: record of %d bytes, snap length is %d: %w", captured, p.snapLen, ErrFormat)
	case captured > length || length > 1<<31-1:
		return Record{}, fmt.Errorf("pcap: record of %d bytes from a frame of %d: %w", captured, length, ErrFormat)
	case uint64(fraction)*uint64(p.nanos) >= uint64(time.Second):
		return Record{}, fmt.Errorf("pcap: fraction of a second is %d: %w", fraction, ErrFormat)
	}
	if cap(p.data) < int(captured) {
		p.data = make([]byte, captured)
	}
	p.data = p.data[:captured]
	if _, err := io.ReadFull(p.r, p.data); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return Record{}, fmt.Errorf("pcap: read record: %w", err)
	}
	return Record{
		Time:   time.Unix(int64(seconds), int64(fraction)*int64(p.nanos)),
		Length: int(length),
		Data:   p.data,
	}, nil
}
