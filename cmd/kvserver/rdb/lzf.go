package rdb

import "encoding/binary"

// LZF data is a sequence of
//
//	000lllll  byte ...                    l+1 bytes as they are
//	llloooooo oooooooo                    l+2 bytes (l is 1 to 6) from o+1 bytes back
//	111ooooo  llllllll oooooooo           l+9 bytes from o+1 bytes back
//
// where a copy may overlap with what it writes.
const (
	maxLiteral   = 32
	maxCopy      = 264
	maxDistance  = 1 << 13
	maxExpansion = maxCopy / 3 // no three bytes become more than one copy
	hashBits     = 13
)

// A compressor remembers where hashes of three bytes were seen last.
type compressor struct {
	seen *[1 << hashBits]uint32 // position + base
	base uint32                 // what is not above it is from earlier calls
}

// compress appends src compressed to dst, in at most limit bytes. If that does not work, what it returns begins with dst.
func (c *compressor) compress(dst, src []byte, limit int) ([]byte, bool) {
	if c.seen == nil {
		c.seen = new([1 << hashBits]uint32)
	}
	if uint64(c.base)+uint64(len(src)) >= 1<<32 {
		clear(c.seen[:])
		c.base = 0
	}
	limit += len(dst)
	literals, pos := 0, 0 // src[literals:pos] is not written yet
	for pos+4 <= len(src) {
		word := three(src[pos:])
		slot := &c.seen[hash(word)]
		at := int(*slot) - int(c.base) - 1
		*slot = c.base + uint32(pos) + 1
		if at < 0 || pos-at > maxDistance || three(src[at:]) != word {
			pos++
			if len(dst)+pos-literals > limit {
				break // no copy makes up for that
			}
			continue
		}
		n := 3
		for n < maxCopy && pos+n < len(src) && src[at+n] == src[pos+n] {
			n++
		}
		dst = appendCopy(appendLiterals(dst, src[literals:pos]), n, pos-at)
		if len(dst) > limit {
			break
		}
		for i := pos + 1; i < pos+n && i+4 <= len(src); i++ {
			c.seen[hash(three(src[i:]))] = c.base + uint32(i) + 1
		}
		pos += n
		literals = pos
	}
	c.base += uint32(len(src))
	if len(dst)+len(src)-literals > limit {
		return dst, false
	}
	dst = appendLiterals(dst, src[literals:])
	return dst, len(dst) <= limit
}

// three is the first three bytes of b, which has a fourth.
func three(b []byte) uint32 { return binary.LittleEndian.Uint32(b) & 0xFFFFFF }

func hash(three uint32) uint32 { return three * 0x9E3779B1 >> (32 - hashBits) }

func appendLiterals(dst, s []byte) []byte {
	for len(s) > 0 {
		n := min(len(s), maxLiteral)
		dst = append(append(dst, byte(n-1)), s[:n]...)
		s = s[n:]
	}
	return dst
}

// appendCopy appends a copy of n bytes from distance bytes back.
func appendCopy(dst []byte, n, distance int) []byte {
	n -= 2
	distance--
	if n < 7 {
		return append(dst, byte(n<<5|distance>>8), byte(distance))
	}
	return append(dst, byte(7<<5|distance>>8), byte(n-7), byte(distance))
}

// decompress fills dst with what src stands for, and reports whether that is exactly as long as dst.
func decompress(dst, src []byte) bool {
	out := 0
	for len(src) > 0 {
		n := int(src[0])
		if n < maxLiteral {
			n++
			if n >= len(src) || n > len(dst)-out {
				return false
			}
			copy(dst[out:], src[1:1+n])
			out += n
			src = src[1+n:]
			continue
		}
		head := 2
		if n>>5 == 7 {
			head = 3
		}
		if len(src) < head {
			return false
		}
		distance := n&0x1F<<8 | int(src[head-1]) + 1
		if n = n>>5 + 2; head == 3 {
			n += int(src[1])
		}
		if distance > out || n > len(dst)-out {
			return false
		}
		for from := out - distance; n > 0; { // what has been copied repeats with the same period
			m := copy(dst[out:out+n], dst[from:out])
			out += m
			n -= m
		}
		src = src[head:]
	}
	return out == len(dst)
}
