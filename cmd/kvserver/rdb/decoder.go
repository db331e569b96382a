package rdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// Errors about payloads.
var (
	ErrVersion  = errors.New("rdb: newer version")
	ErrChecksum = errors.New("rdb: wrong checksum")
	ErrFormat   = errors.New("rdb: bad format")
	ErrTooLong  = errors.New("rdb: string longer than the limit")
)

// Verify checks the footer of a payload.
func Verify(payload []byte) error {
	body := len(payload) - 8
	switch {
	case len(payload) < FooterLen:
		return ErrChecksum
	case binary.LittleEndian.Uint16(payload[body-2:]) > Version:
		return ErrVersion
	case crc(payload[:body]) != binary.LittleEndian.Uint64(payload[body:]):
		return ErrChecksum
	}
	return nil
}

// A Decoder reads the value in a payload. After an error, what it reads has no meaning, but it may be asked.
type Decoder struct {
	b       []byte // what is left
	limit   int
	scratch []byte
}

// Open verifies a payload and returns a Decoder of its value, with no string longer than limit bytes.
func Open(payload []byte, limit int) (Decoder, error) {
	if err := Verify(payload); err != nil {
		return Decoder{}, err
	}
	return NewDecoder(payload[:len(payload)-FooterLen], limit), nil
}

// NewDecoder returns a Decoder of a value without a footer.
func NewDecoder(value []byte, limit int) Decoder { return Decoder{b: value, limit: limit} }

// Left is the number of bytes not yet read.
func (d *Decoder) Left() int { return len(d.b) }

func (d *Decoder) take(n int) ([]byte, error) {
	if n > len(d.b) {
		return nil, fmt.Errorf("read %d of %d bytes: %w", n, len(d.b), ErrFormat)
	}
	b := d.b[:n:n]
	d.b = d.b[n:]
	return b, nil
}

// ReadType reads a type, which may be one that is not known.
func (d *Decoder) ReadType() (Type, error) {
	b, err := d.take(1)
	if err != nil {
		return 0, err
	}
	return Type(b[0]), nil
}

// ReadLen reads a length, which may be any.
func (d *Decoder) ReadLen() (uint64, error) {
	n, enc, err := d.readLen()
	if err == nil && enc != 0 {
		err = fmt.Errorf("read length: encoding %#x: %w", enc, ErrFormat)
	}
	return n, err
}

// ReadCount reads the length of a sequence whose elements take at least size bytes each: it is no longer than what is left
// has room for, so that memory for it may be allocated. Empty sequences are refused, as Redis has no empty values.
func (d *Decoder) ReadCount(size int) (int, error) {
	n, err := d.ReadLen()
	if err != nil {
		return 0, err
	}
	if n == 0 || n > uint64(len(d.b)/size) {
		return 0, fmt.Errorf("read count: %d elements in %d bytes: %w", n, len(d.b), ErrFormat)
	}
	return int(n), nil
}

// readLen reads a length, or the encoding of a string that has none.
func (d *Decoder) readLen() (n uint64, enc byte, err error) {
	b, err := d.take(1)
	if err != nil {
		return 0, 0, err
	}
	first, more := b[0], 0
	switch {
	case first < 0x40:
		return uint64(first), 0, nil
	case first < 0x80:
		more = 1
	case first == 0x80:
		more = 4
	case first == 0x81:
		more = 8
	case first >= encInt8 && first <= encLZF:
		return 0, first, nil
	default:
		return 0, 0, fmt.Errorf("read length: byte %#x: %w", first, ErrFormat)
	}
	if b, err = d.take(more); err != nil {
		return 0, 0, err
	}
	switch more {
	case 1:
		return uint64(first&0x3F)<<8 | uint64(b[0]), 0, nil
	case 4:
		return uint64(binary.BigEndian.Uint32(b)), 0, nil
	}
	return binary.BigEndian.Uint64(b), 0, nil
}

// ReadString reads a string. It is a view of the payload or of memory that the next ReadString overwrites.
func (d *Decoder) ReadString() ([]byte, error) {
	n, enc, err := d.readLen()
	if err != nil {
		return nil, err
	}
	switch enc {
	case encInt8, encInt16, encInt32:
		b, err := d.take(1 << (enc - encInt8))
		if err != nil {
			return nil, err
		}
		d.scratch = strconv.AppendInt(d.scratch[:0], signed(b), 10)
		return d.scratch, nil
	case encLZF:
		return d.decompressed()
	}
	if err := d.fits(n); err != nil {
		return nil, err
	}
	if n > uint64(len(d.b)) {
		return nil, fmt.Errorf("read string: %d of %d bytes: %w", n, len(d.b), ErrFormat)
	}
	return d.take(int(n))
}

func (d *Decoder) fits(n uint64) error {
	if n > uint64(d.limit) {
		return fmt.Errorf("read string of %d bytes: %w", n, ErrTooLong)
	}
	return nil
}

func signed(b []byte) int64 {
	switch len(b) {
	case 1:
		return int64(int8(b[0]))
	case 2:
		return int64(int16(binary.LittleEndian.Uint16(b)))
	}
	return int64(int32(binary.LittleEndian.Uint32(b)))
}

func (d *Decoder) decompressed() ([]byte, error) {
	short, err := d.ReadLen()
	if err != nil {
		return nil, err
	}
	long, err := d.ReadLen()
	if err != nil {
		return nil, err
	}
	if err := d.fits(long); err != nil {
		return nil, err
	}
	if short > uint64(len(d.b)) || long > short*maxExpansion {
		return nil, fmt.Errorf("read string: %d bytes from %d of %d: %w", long, short, len(d.b), ErrFormat)
	}
	data, err := d.take(int(short))
	if err != nil {
		return nil, err
	}
	if uint64(cap(d.scratch)) < long {
		d.scratch = make([]byte, long)
	}
	d.scratch = d.scratch[:long]
	if !decompress(d.scratch, data) {
		return nil, fmt.Errorf("read string: LZF data: %w", ErrFormat)
	}
	return d.scratch, nil
}

// ReadDouble reads the score of a ZSet2. It is not NaN, which is no score.
func (d *Decoder) ReadDouble() (float64, error) {
	b, err := d.take(8)
	if err != nil {
		return 0, err
	}
	return score(math.Float64frombits(binary.LittleEndian.Uint64(b)))
}

// ReadOldDouble reads the score of a ZSet. It is not NaN.
func (d *Decoder) ReadOldDouble() (float64, error) {
	b, err := d.take(1)
	if err != nil {
		return 0, err
	}
	switch b[0] {
	case 253:
		return score(math.NaN())
	case 254:
		return math.Inf(1), nil
	case 255:
		return math.Inf(-1), nil
	}
	if b, err = d.take(int(b[0])); err != nil {
		return 0, err
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, fmt.Errorf("read score %q: %w", b, ErrFormat)
	}
	return score(f)
}

func score(f float64) (float64, error) {
	if math.IsNaN(f) {
		return 0, fmt.Errorf("read score: NaN: %w", ErrFormat)
	}
	return f, nil
}
