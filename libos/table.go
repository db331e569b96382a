package libos

// A table maps names to values that do not move. A name is a slot and a generation; the generation of a slot rises each
// time that the slot is given back, so that an old name never finds a new value. A slot whose generation has used up its
// 40 bits is retired.
//
//	63                       24 23        0
//	+--------------------------+-----------+
//	| generation, from 1       | slot      |
//	+--------------------------+-----------+
type table[T any] struct {
	chunks []*[chunkLen]slot[T]
	free   []uint32
	used   int // slots ever used
	live   int
	max    int
}

type slot[T any] struct {
	gen  uint64
	live bool
	val  T
}

const (
	slotBits = 24
	slotMask = 1<<slotBits - 1
	maxGen   = 1<<(64-slotBits) - 1
	chunkLen = 256
)

func unpack(name uint64) (slot uint32, gen uint64) {
	return uint32(name & slotMask), name >> slotBits
}

// take gives out a slot with a zero value; nil when max slots are live.
func (t *table[T]) take() (name uint64, val *T) {
	var i uint32
	if n := len(t.free); n > 0 {
		i = t.free[n-1]
		t.free = t.free[:n-1]
	} else {
		if t.used >= t.max {
			return 0, nil
		}
		i = uint32(t.used)
		if t.used%chunkLen == 0 {
			t.chunks = append(t.chunks, new([chunkLen]slot[T]))
		}
		t.used++
		t.at(i).gen = 1
	}
	s := t.at(i)
	s.live = true
	t.live++
	return s.gen<<slotBits | uint64(i), &s.val
}

// get returns the value of a name, nil if the name is stale or was never given out.
func (t *table[T]) get(name uint64) *T {
	i, gen := unpack(name)
	if int(i) >= t.used {
		return nil
	}
	s := t.at(i)
	if !s.live || s.gen != gen {
		return nil
	}
	return &s.val
}

// drop makes a live name stale and clears its value, so that nothing is kept alive.
func (t *table[T]) drop(name uint64) {
	i, _ := unpack(name)
	s := t.at(i)
	var zero T
	s.val = zero
	s.live = false
	s.gen++
	t.live--
	if s.gen < maxGen {
		t.free = append(t.free, i)
	}
}

// each calls f for every live name. f may drop the name that it is given.
func (t *table[T]) each(f func(name uint64, val *T)) {
	for i := uint32(0); int(i) < t.used; i++ {
		if s := t.at(i); s.live {
			f(s.gen<<slotBits|uint64(i), &s.val)
		}
	}
}

func (t *table[T]) at(i uint32) *slot[T] { return &t.chunks[i/chunkLen][i%chunkLen] }
