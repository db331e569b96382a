package rdb

import (
	"encoding/binary"
	"fmt"

	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
)

// A ziplist is what Redis had before the listpack (up to version 6.2):
//
//	bytes u32 LE | offset of the last entry u32 LE | entries u16 LE | entry ... | 0xFF
//	entry: length of the entry before, u8 or 0xFE u32 LE | encoding | data
//
//	00llllll                   string of l bytes         0xC0  i16 LE     0xF0  i24 LE
//	01llllll llllllll          string of l bytes         0xD0  i32 LE     0xFE  i8
//	0x80 l (u32 BE)            string of l bytes         0xE0  i64 LE     0xF1 to 0xFD  0 to 12
const (
	zipHeaderLen = 10
	zipEnd       = 0xFF
)

// FromZiplist makes the listpack of the elements of zl, which may be anything, in the memory of dst, which is overwritten.
func FromZiplist(dst, zl []byte) ([]byte, error) {
	if len(zl) > listpack.MaxBytes/4 { // more than twice as long no listpack of the same gets
		return nil, fmt.Errorf("read ziplist: %w", ErrTooLong)
	}
	if len(zl) <= zipHeaderLen || int64(binary.LittleEndian.Uint32(zl)) != int64(len(zl)) || zl[len(zl)-1] != zipEnd {
		return nil, fmt.Errorf("read ziplist: header: %w", ErrFormat)
	}
	lp := listpack.New(dst)
	off, last, n := zipHeaderLen, zipHeaderLen, 0
	before := 0 // length of the entry before
	for body := zl[:len(zl)-1]; off < len(body); n++ {
		v, size := zipEntry(body[off:], before)
		if size == 0 {
			return nil, fmt.Errorf("read ziplist: entry %d: %w", n, ErrFormat)
		}
		if v.IsInt {
			lp = listpack.AppendValue(lp, v)
		} else {
			lp = listpack.Append(lp, v.Str)
		}
		last, before = off, size
		off += size
	}
	tail, count := binary.LittleEndian.Uint32(zl[4:]), int(binary.LittleEndian.Uint16(zl[8:]))
	if int64(tail) != int64(last) || count != n && count != 65535 {
		return nil, fmt.Errorf("read ziplist: %d entries: %w", n, ErrFormat)
	}
	return lp, nil
}

// zipEntry is the entry at the start of b, behind one of a length, and its own length, 0 if there is none.
func zipEntry(b []byte, before int) (v listpack.Value, size int) {
	head := 1
	if b[0] == 0xFE {
		head = 5
	}
	if len(b) <= head || b[0] == zipEnd {
		return v, 0
	}
	said := int64(b[0])
	if head == 5 {
		said = int64(binary.LittleEndian.Uint32(b[1:]))
	}
	if said != int64(before) {
		return v, 0
	}
	v, n := zipData(b[head:])
	if n == 0 {
		return v, 0
	}
	return v, head + n
}

// zipData is the element whose encoding is at the start of b, and the length of encoding and data.
func zipData(b []byte) (v listpack.Value, size int) {
	enc := b[0]
	if enc < 0xC0 {
		return zipString(b)
	}
	if enc >= 0xF1 && enc <= 0xFD {
		return listpack.IntValue(int64(enc&0xF) - 1), 1
	}
	widths := [...]struct {
		enc   byte
		width int
	}{{0xC0, 2}, {0xD0, 4}, {0xE0, 8}, {0xF0, 3}, {0xFE, 1}}
	for _, w := range widths {
		if enc != w.enc || len(b) < 1+w.width {
			continue
		}
		var u uint64
		for i := w.width; i > 0; i-- {
			u = u<<8 | uint64(b[i])
		}
		shift := 64 - 8*w.width
		return listpack.IntValue(int64(u<<shift) >> shift), 1 + w.width
	}
	return v, 0
}

func zipString(b []byte) (v listpack.Value, size int) {
	head, n := 1, uint64(b[0]&0x3F)
	switch {
	case b[0] >= 0x40 && b[0] < 0x80 && len(b) >= 2:
		head, n = 2, n<<8|uint64(b[1])
	case b[0] == 0x80 && len(b) >= 5:
		head, n = 5, uint64(binary.BigEndian.Uint32(b[1:]))
	case b[0] >= 0x40:
		return v, 0
	}
	if n > uint64(len(b)-head) {
		return v, 0
	}
	size = head + int(n)
	return listpack.Value{Str: b[head:size]}, size
}
