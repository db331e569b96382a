package resp

import "bytes"

// A line collects a header line that may arrive in pieces. It ends with a '\r' and whatever byte comes behind it.
//
// Redis looks for the line's end with a C string function, so a NUL hides it: such a line only ends by being too long.
// No number has more than 20 bytes, and so the text of a longer line does not matter.
type line struct {
	text [24]byte // of the line's first bytes, with the type
	n    int      // bytes of the line so far
	nul  bool     // one of them is a NUL
	cr   bool     // '\r' has been seen
}

type lineEnd uint8

const (
	lineOpen lineEnd = iota
	lineDone
	lineLong
)

// take reads on in b and says how many bytes of it belong to the line.
func (l *line) take(b []byte) (used int, end lineEnd) {
	if !l.cr {
		b := b[:min(len(b), maxLine+1-l.n)]
		i := -1
		if !l.nul {
			i = bytes.IndexByte(b, '\r')
			seg := b
			if i >= 0 {
				seg = b[:i]
			}
			if bytes.IndexByte(seg, 0) >= 0 {
				l.nul, i = true, -1
			}
		}
		if i < 0 {
			l.add(b)
			if l.n > maxLine {
				return len(b), lineLong
			}
			return len(b), lineOpen
		}
		l.add(b[:i])
		l.cr = true
		used = i + 1
	}
	if used == len(b) {
		return used, lineOpen
	}
	return used + 1, lineDone
}

func (l *line) add(b []byte) {
	if l.n < len(l.text) {
		copy(l.text[l.n:], b)
	}
	l.n += len(b)
}

// number reads the number behind the type.
func (l *line) number() (int64, bool) {
	if l.n == 0 || l.n > len(l.text) {
		return 0, false
	}
	return parseInt(l.text[1:l.n])
}

// kind is the byte that the line begins with: '\r' for an empty one.
func (l *line) kind() byte {
	if l.n == 0 {
		return '\r'
	}
	return l.text[0]
}

func (l *line) begun() bool { return l.n > 0 || l.cr }
