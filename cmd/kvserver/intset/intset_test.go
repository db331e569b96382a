package intset

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// edges are values at which the width changes.
var edges = []int64{0, 1, -1, math.MaxInt16, math.MaxInt16 + 1, math.MinInt16, math.MinInt16 - 1, math.MaxInt32, math.MaxInt32 + 1,
	math.MinInt32, math.MinInt32 - 1, math.MaxInt64, math.MinInt64}

func values(is []byte) []int64 {
	var all []int64
	for i := range Len(is) {
		all = append(all, At(is, i))
	}
	return all
}

func build(vs ...int64) []byte {
	is := New(nil)
	for _, v := range vs {
		is, _ = Add(is, v)
	}
	return is
}

// What Redis writes, known from DUMP of the same sets.
func TestFormat(t *testing.T) {
	for _, tt := range []struct {
		values []int64
		want   []byte
	}{
		{nil, []byte("\x02\x00\x00\x00\x00\x00\x00\x00")},
		{[]int64{3, -1}, []byte("\x02\x00\x00\x00\x02\x00\x00\x00\xff\xff\x03\x00")},
		{[]int64{3, 65536}, []byte("\x04\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00\x00\x00\x01\x00")},
		{[]int64{1 << 40}, []byte("\x08\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00")},
	} {
		if got := build(tt.values...); !bytes.Equal(got, tt.want) {
			t.Errorf("%v: %x, want %x", tt.values, got, tt.want)
		}
	}
}

// run drives an intset and a sorted slice with the same operations, each of a byte and a value.
func run(t *testing.T, ops []byte, next func() int64) {
	var model []int64
	is := New(nil)
	for _, op := range ops {
		v := next()
		at, in := slices.BinarySearch(model, v)
		if i, ok := Find(is, v); i != at || ok != in {
			t.Fatalf("Find(%v, %d) = %d, %v; want %d, %v", model, v, i, ok, at, in)
		}
		var changed bool
		if op%3 == 0 {
			is, changed = Remove(is, v)
			if changed != in {
				t.Fatalf("Remove(%v, %d) = %v", model, v, changed)
			}
			if in {
				model = slices.Delete(model, at, at+1)
			}
		} else {
			size := SizeWith(is, v)
			is, changed = Add(is, v)
			if changed == in || changed && len(is) != size {
				t.Fatalf("Add(%v, %d) = %v with %d bytes, want %d", model, v, changed, len(is), size)
			}
			if !in {
				model = slices.Insert(model, at, v)
			}
		}
		if got := values(is); !slices.Equal(got, model) || Bytes(is) != len(is) || !Valid(is) {
			t.Fatalf("%d of %d: have %v in %x, want %v", op%3, v, got, is, model)
		}
	}
}

func TestModel(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		ops := make([]byte, 60)
		for i := range ops {
			ops[i] = byte(rnd.Uint32())
		}
		bits := 4 + rnd.UintN(61)
		run(t, ops, func() int64 {
			if rnd.IntN(20) == 0 {
				return edges[rnd.IntN(len(edges))]
			}
			return int64(rnd.Uint64()) >> (64 - bits)
		})
	}
}

func FuzzIntset(f *testing.F) {
	f.Add([]byte("123456789abcdefghijkl"))
	f.Add(bytes.Repeat([]byte{1, 0xFF, 0x7F, 2, 9, 8, 0, 0, 0x80}, 9))
	f.Fuzz(func(t *testing.T, b []byte) {
		var ops []byte
		var vs []int64
		for ; len(b) >= 9 && len(ops) < 100; b = b[9:] {
			ops = append(ops, b[0])
			vs = append(vs, int64(binary.LittleEndian.Uint64(b[1:]))>>(b[0]>>2))
		}
		run(t, ops, func() int64 {
			v := vs[0]
			vs = vs[1:]
			return v
		})
	})
}

func FuzzValid(f *testing.F) {
	f.Add(build(edges...))
	f.Add(build(1, 2, 3))
	f.Add(New(nil))
	f.Add([]byte("\x02\x00\x00\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if !Valid(b) {
			return
		}
		all := values(b)
		if !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != len(all) {
			t.Fatalf("%x is valid and has %v", b, all)
		}
		is := slices.Clone(b)
		for _, v := range append(all, edges...) {
			is, _ = Add(is, v)
			if !Contains(is, v) {
				t.Fatalf("%x: %d is lost", b, v)
			}
		}
		for _, v := range values(is) {
			is, _ = Remove(is, v)
		}
		if Len(is) != 0 || !Valid(is) {
			t.Fatalf("%x: left is %x", b, is)
		}
	})
}

func TestValidRejects(t *testing.T) {
	for name, b := range map[string]string{
		"nothing":      "",
		"short header": "\x02\x00\x00\x00\x00\x00\x00",
		"width 3":      "\x03\x00\x00\x00\x00\x00\x00\x00",
		"width 0":      "\x00\x00\x00\x00\x00\x00\x00\x00",
		"too short":    "\x02\x00\x00\x00\x02\x00\x00\x00\x01\x00\x02",
		"too long":     "\x02\x00\x00\x00\x01\x00\x00\x00\x01\x00\x02\x00",
		"huge count":   "\x08\x00\x00\x00\xff\xff\xff\xff\x01\x00\x00\x00\x00\x00\x00\x00",
		"twice":        "\x02\x00\x00\x00\x02\x00\x00\x00\x01\x00\x01\x00",
		"descending":   "\x02\x00\x00\x00\x02\x00\x00\x00\x01\x00\xff\xff",
	} {
		if Valid([]byte(b)) {
			t.Errorf("%s is valid", name)
		}
	}
}

// With enough capacity everything happens in place, and memory behind the capacity stays untouched.
func TestInPlace(t *testing.T) {
	mem := bytes.Repeat([]byte{0xAA}, 256)
	is := New(mem[:0:200])
	allocs := testing.AllocsPerRun(100, func() {
		is = New(is)
		for _, v := range edges {
			is, _ = Add(is, v)
		}
		for i := range int64(10) {
			is, _ = Add(is, i<<33)
		}
		is, _ = Remove(is, 0)
		if !Contains(is, 1<<33) {
			t.Error("1<<33 is lost")
		}
	})
	if allocs != 0 || &is[0] != &mem[0] {
		t.Errorf("%v allocations", allocs)
	}
	if !bytes.Equal(mem[200:], bytes.Repeat([]byte{0xAA}, 56)) {
		t.Error("written behind the capacity")
	}
}

func BenchmarkFind(b *testing.B) {
	is := New(nil)
	for i := range int64(512) {
		is, _ = Add(is, i*7)
	}
	for b.Loop() {
		if _, ok := Find(is, 1771); !ok {
			b.Fatal("lost")
		}
	}
}
