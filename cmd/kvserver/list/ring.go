package list

// A ring is a sequence of nodes that grows and shrinks at both ends in constant time.
type ring struct {
	buf  []node // its length is a power of two, or 0
	head int
	n    int
}

func (r *ring) len() int   { return r.n }
func (r *ring) bytes() int { return 12 * len(r.buf) }

func (r *ring) at(i int) *node { return &r.buf[(r.head+i)&(len(r.buf)-1)] }

// end returns the first or last node of a ring that has one.
func (r *ring) end(head bool) *node {
	if head {
		return r.at(0)
	}
	return r.at(r.n - 1)
}

// insert puts a node before node i, and moves those of the shorter side.
func (r *ring) insert(i int, x node) {
	if r.n == len(r.buf) {
		r.resize(max(4, 2*r.n))
	}
	if i < r.n/2 {
		r.head = (r.head - 1) & (len(r.buf) - 1)
		r.n++
		for j := range i {
			*r.at(j) = *r.at(j + 1)
		}
	} else {
		r.n++
		for j := r.n - 1; j > i; j-- {
			*r.at(j) = *r.at(j - 1)
		}
	}
	*r.at(i) = x
}

// remove takes node i out.
func (r *ring) remove(i int) {
	if i < r.n/2 {
		for j := i; j > 0; j-- {
			*r.at(j) = *r.at(j - 1)
		}
		r.head = (r.head + 1) & (len(r.buf) - 1)
	} else {
		for j := i; j < r.n-1; j++ {
			*r.at(j) = *r.at(j + 1)
		}
	}
	r.n--
	if r.n <= len(r.buf)/4 && len(r.buf) > 16 {
		r.resize(len(r.buf) / 2)
	}
}

func (r *ring) resize(size int) {
	buf := make([]node, size)
	for i := range r.n {
		buf[i] = *r.at(i)
	}
	r.buf, r.head = buf, 0
}
