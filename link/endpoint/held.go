package endpoint

// A jobQueue is a bounded FIFO of packets, with one reference each.
type jobQueue struct {
	ring       []job // length is a power of two
	head, tail uint  // never wrapped
	frames     int   // that the packets need
	limit      int   // of frames
}

func (p *jobQueue) len() int { return int(p.tail - p.head) }

// room returns how many more frames the queue takes.
func (p *jobQueue) room() int { return max(0, p.limit-p.frames) }

// push reports false when the queue is full. An empty queue takes a packet of any length.
func (p *jobQueue) push(j job) bool {
	n := p.len()
	if n > 0 && j.frames > p.room() {
		return false
	}
	if n == len(p.ring) {
		ring := make([]job, max(64, 2*n))
		for i := range n {
			ring[i] = p.ring[(p.head+uint(i))%uint(len(p.ring))]
		}
		p.ring, p.head, p.tail = ring, 0, uint(n)
	}
	j.pkt.IncRef()
	p.ring[p.tail%uint(len(p.ring))] = j
	p.tail++
	p.frames += j.frames
	return true
}

// oldest returns the packet that comes first; there must be one. What is taken from its frames is for the caller to take
// from those of the queue.
func (p *jobQueue) oldest() *job { return &p.ring[p.head%uint(len(p.ring))] }

// drop releases the oldest packet.
func (p *jobQueue) drop() {
	j := p.oldest()
	p.frames -= j.frames
	j.pkt.DecRef()
	*j = job{}
	p.head++
}
