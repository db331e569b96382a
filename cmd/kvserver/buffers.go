package main

const (
	bufferSize  = 16 << 10  // of a reply buffer that is made
	bufferLarge = 256 << 10 // the largest that is kept
	bufferSmall = 512       // of one for a message to a client that has asked for nothing now, of whom there may be many
	bufferTotal = 16 << 20  // bytes that are kept of each kind
)

// buffers are reply buffers without a client: a client that is silent has none.
type buffers struct{ replies, messages pool }

func (b *buffers) take() []byte { return b.replies.take(bufferSize) }

// small returns a buffer for a message.
func (b *buffers) small() []byte { return b.messages.take(bufferSmall) }

// give takes back a buffer. It is kept if it is of a useful size, and there are not too many.
func (b *buffers) give(buf []byte) {
	switch n := cap(buf); {
	case n < bufferSmall || n > bufferLarge:
	case n < bufferSize:
		b.messages.give(buf)
	default:
		b.replies.give(buf)
	}
}

// A pool is a stack of buffers.
type pool struct {
	free  [][]byte
	bytes int
}

func (p *pool) take(size int) []byte {
	n := len(p.free)
	if n == 0 {
		return make([]byte, 0, size)
	}
	buf := p.free[n-1]
	p.free[n-1] = nil
	p.free = p.free[:n-1]
	p.bytes -= cap(buf)
	return buf
}

func (p *pool) give(buf []byte) {
	if p.bytes+cap(buf) <= bufferTotal {
		p.free = append(p.free, buf[:0])
		p.bytes += cap(buf)
	}
}
