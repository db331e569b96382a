package keyspace

// An Object is a value that is too large for its entry. Its memory may be in the slab, outside of it, or both.
type Object interface {
	// Bytes returns the memory that is not in the slab, in constant time.
	Bytes() int
	// Memory returns all of it, or an estimate.
	Memory() int
	// Clone returns a copy.
	Clone() Object
	// Free gives back up to n elements and reports how many of n are left, and whether nothing is left to free. After it
	// nothing else is called.
	Free(n int) (left int, done bool)
}

// An objectTable numbers Objects.
type objectTable struct {
	list  []object
	free  []uint32
	bytes int // of all of them, outside the slab
}

type object struct {
	o     Object
	bytes int // as counted
}

func (t *objectTable) add(o Object) uint32 {
	if n := len(t.free); n > 0 {
		i := t.free[n-1]
		t.free = t.free[:n-1]
		t.list[i] = object{o: o}
		return i
	}
	t.list = append(t.list, object{o: o})
	return uint32(len(t.list) - 1)
}

func (t *objectTable) get(i uint32) Object { return t.list[i].o }

func (t *objectTable) remove(i uint32) Object {
	o := t.list[i]
	t.bytes -= o.bytes
	t.list[i] = object{}
	t.free = append(t.free, i)
	return o.o
}

// count takes note of how large an object has become.
func (t *objectTable) count(i uint32) {
	o := &t.list[i]
	if o.o == nil {
		return
	}
	n := o.o.Bytes()
	t.bytes += n - o.bytes
	o.bytes = n
}

// A Blob is a large string. B may be changed and replaced.
type Blob struct{ B []byte }

// Bytes returns the capacity of the string.
func (b *Blob) Bytes() int { return cap(b.B) }

// Memory returns the capacity of the string.
func (b *Blob) Memory() int { return cap(b.B) }

// Clone copies the string.
func (b *Blob) Clone() Object { return &Blob{B: append([]byte(nil), b.B...)} }

// Free lets go of the string.
func (b *Blob) Free(n int) (int, bool) {
	b.B = nil
	return n, true
}
