package load

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// RecordSize is the size of a record in bytes: what one write of a bulk load sends.
const RecordSize = 64 << 10

// A record is
//
//	0        8       16                   64 Ki
//	| number | last? | payload, not looked at |
//
// in little endian, numbers from 0, last? 1 in the last record of a stream and otherwise 0. The receiver answers the last
// record with the number of bytes that it received, 8 bytes.
const recordHeader = 16

// ReplySize is the size of the answer to the last record.
const ReplySize = 8

// Record writes the header of a record into b, which is RecordSize long.
func Record(b []byte, number uint64, last bool) {
	binary.LittleEndian.PutUint64(b, number)
	flag := uint64(0)
	if last {
		flag = 1
	}
	binary.LittleEndian.PutUint64(b[8:], flag)
}

// A Sink receives records.
type Sink struct {
	header [recordHeader]byte
	at     int // in the record
	next   uint64
	bytes  uint64
	done   bool
}

var errRecord = errors.New("record is not the next one")

// Write takes the next bytes of the stream.
func (s *Sink) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		if s.done {
			return 0, fmt.Errorf("%d bytes after the last record: %w", len(b), errRecord)
		}
		k := min(len(b), RecordSize-s.at)
		if s.at < recordHeader {
			copy(s.header[s.at:], b[:k])
		}
		s.at += k
		b = b[k:]
		if s.at == RecordSize {
			if err := s.record(); err != nil {
				return 0, err
			}
		}
	}
	s.bytes += uint64(n)
	return n, nil
}

func (s *Sink) record() error {
	number, flag := binary.LittleEndian.Uint64(s.header[:]), binary.LittleEndian.Uint64(s.header[8:])
	if number != s.next || flag > 1 {
		return fmt.Errorf("number %d flag %d after %d records: %w", number, flag, s.next, errRecord)
	}
	s.next++
	s.at = 0
	s.done = flag == 1
	return nil
}

// Reply returns the answer once the last record has arrived whole.
func (s *Sink) Reply() ([]byte, bool) {
	if !s.done {
		return nil, false
	}
	return binary.LittleEndian.AppendUint64(nil, s.bytes), true
}

// Delivered returns the result of a stream of records that was answered with reply after elapsed. An error means that
// not all of it arrived.
func Delivered(records uint64, reply []byte, elapsed time.Duration) (Result, error) {
	if len(reply) != ReplySize {
		return Result{}, fmt.Errorf("the reply has %d bytes: %w", len(reply), errRecord)
	}
	if got := binary.LittleEndian.Uint64(reply); got != records*RecordSize {
		return Result{}, fmt.Errorf("%d bytes of %d arrived", got, records*RecordSize)
	}
	s := elapsed.Seconds()
	return Result{Requests: records, Rate: float64(records) / s, Bits: float64(records) * RecordSize * 8 / s}, nil
}
