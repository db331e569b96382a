package netstack

import (
	"io"

	"gvisor.dev/gvisor/pkg/tcpip"

	"github.com/catamaran-os/catamaran/libos"
)

// A payload reads an array from an offset on. The engine has one, for the write that it is doing.
type payload struct {
	sga  *libos.SGArray
	seg  int // next segment
	rest []byte
	left int
}

var _ tcpip.Payloader = (*payload)(nil)

func (p *payload) set(sga *libos.SGArray, off int) {
	p.sga, p.seg, p.rest = sga, 0, nil
	p.left = sga.Len() - off
	for off > 0 {
		p.rest = sga.Seg(p.seg).Data
		p.seg++
		n := min(off, len(p.rest))
		p.rest = p.rest[n:]
		off -= n
	}
}

// clear lets go of the array.
func (p *payload) clear() { *p = payload{} }

// Len implements tcpip.Payloader.
func (p *payload) Len() int { return p.left }

// Read implements io.Reader.
func (p *payload) Read(b []byte) (n int, err error) {
	if p.left == 0 {
		return 0, io.EOF
	}
	for n < len(b) && p.left > 0 {
		if len(p.rest) == 0 {
			p.rest = p.sga.Seg(p.seg).Data
			p.seg++
			continue
		}
		k := copy(b[n:], p.rest)
		p.rest = p.rest[k:]
		p.left -= k
		n += k
	}
	return n, nil
}

// A writer takes received data into a buffer, and no more than fits. The engine has one, for the read that it is doing.
type writer struct{ room []byte }

// Write implements io.Writer.
func (w *writer) Write(b []byte) (int, error) {
	n := copy(w.room, b)
	w.room = w.room[n:]
	if n < len(b) {
		return n, io.ErrShortWrite
	}
	return n, nil
}
