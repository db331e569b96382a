package resp

import "math"

// parseInt reads a whole signed number as Redis does: no plus sign, no leading zeros, no spaces, "-0" is none.
func parseInt(b []byte) (n int64, ok bool) {
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 19 {
		return 0, false
	}
	if b[0] == '0' {
		return 0, len(b) == 1 && !neg
	}
	var u uint64 // 19 digits fit
	for _, c := range b {
		if c -= '0'; c > 9 {
			return 0, false
		} else {
			u = u*10 + uint64(c)
		}
	}
	switch {
	case neg && u <= -math.MinInt64:
		return int64(-u), true
	case !neg && u <= math.MaxInt64:
		return int64(u), true
	}
	return 0, false
}

// headerLen reads the number in the header line that b begins with, and says where the line's end is. It answers next 0
// for all that is not a short plain number with its line's end in b, for a slower function to say what it is.
func headerLen(b []byte) (n, next int) {
	if len(b) < 4 {
		return 0, 0
	}
	c := b[1] - '0'
	if c > 9 {
		return 0, 0
	}
	if b[2] == '\r' {
		return int(c), 4
	}
	if c == 0 {
		return 0, 0
	}
	n = int(c)
	for i := 2; i < len(b)-1 && i <= 10; i++ {
		c := b[i] - '0'
		if c > 9 {
			if b[i] == '\r' {
				return n, i + 2
			}
			break
		}
		n = n*10 + int(c)
	}
	return 0, 0
}
