package listpack

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// source is the choices of a run: random ones, or those of a fuzzer, which end.
type source interface {
	intn(n int) int
	more() bool
}

type random struct {
	*rand.Rand
	left int
}

func (r *random) intn(n int) int { return r.IntN(n) }
func (r *random) more() bool     { r.left--; return r.left >= 0 }

type fuzzed []byte

func (f *fuzzed) more() bool { return len(*f) > 0 }
func (f *fuzzed) intn(n int) int {
	if len(*f) == 0 {
		return 0
	}
	b := int((*f)[0])
	*f = (*f)[1:]
	if n > 256 && len(*f) > 0 {
		b |= int((*f)[0]) << 8
		*f = (*f)[1:]
	}
	return b % n
}

func pick(s source) string {
	switch s.intn(4) {
	case 0:
		return strconv.Itoa(s.intn(300) - 100)
	case 1:
		all := integers()
		return strconv.FormatInt(all[s.intn(len(all))], 10)
	case 2:
		return strings.Repeat("abc", s.intn(30))
	}
	lengths := []int{0, 1, 61, 62, 63, 64, 121, 122, 123, 124, 125, 126, 127, 4090, 4095, 4096, 16376, 16377, 16378, 17000}
	return strings.Repeat("z", lengths[s.intn(len(lengths))])
}

// run does the same to a listpack and to a slice.
func run(t *testing.T, s source) {
	var model []string
	lp := New(nil)
	for s.more() {
		elem := pick(s)
		e := []byte(elem)
		want, length := len(lp)+Size(e), len(lp)
		op := s.intn(10)
		if len(model) == 0 && op >= 4 {
			op = 0
		}
		i := 0
		if len(model) > 0 {
			i = s.intn(len(model))
		}
		off := Seek(lp, i)
		switch op {
		case 0, 1:
			lp, model = Append(lp, e), append(model, elem)
		case 2:
			lp, model = Prepend(lp, e), slices.Insert(model, 0, elem)
		case 3:
			lp, model = InsertValue(lp, End(lp), ValueOf(e)), append(model, elem)
		case 4:
			lp, model = InsertBefore(lp, off, e), slices.Insert(model, i, elem)
		case 5:
			lp, model = InsertAfter(lp, off, e), slices.Insert(model, i+1, elem)
		case 6:
			want -= BytesOf(lp, off, 1)
			lp = Replace(lp, off, e)
			model[i] = elem
		case 7:
			n := s.intn(4)
			want = length - BytesOf(lp, off, n)
			lp = Delete(lp, off, n)
			model = slices.Delete(model, i, min(i+n, len(model)))
		case 8:
			n := s.intn(4)
			from := slices.Clone(lp)
			want = length + BytesOf(from, off, n)
			lp = AppendFrom(lp, from, off, n)
			model = append(model, model[i:min(i+n, len(model))]...)
		case 9:
			want = length
			skip := s.intn(3)
			if s.intn(2) == 0 {
				elem = model[s.intn(len(model))]
			}
			found := -1
			for j := i; j < len(model); j += skip + 1 {
				if model[j] == elem {
					found = Seek(lp, j)
					break
				}
			}
			if got := Find(lp, off, []byte(elem), skip); got != found {
				t.Fatalf("Find %.20q of %.200q from %d, skip %d: %d, want %d", elem, model, i, skip, got, found)
			}
			if fields := slices.Clone(model); Distinct(lp, 1) != (len(slices.Compact(sorted(fields))) == len(model)) {
				t.Fatalf("Distinct is %v of %.200q", Distinct(lp, 1), model)
			}
		}
		if len(lp) != want {
			t.Fatalf("operation %d on %.200q: %d bytes, want %d", op, model, len(lp), want)
		}
		check(t, lp, model)
		if len(model) > 40 {
			lp, model = Delete(lp, First(lp), 30), model[30:]
		}
	}
}

func sorted(s []string) []string {
	slices.Sort(s)
	return s
}

func TestModel(t *testing.T) {
	for seed := range uint64(100) {
		run(t, &random{rand.New(rand.NewPCG(seed, 1)), 100})
	}
}

func FuzzListpackOps(f *testing.F) {
	f.Add([]byte("some operations that were not thought about"))
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
	f.Fuzz(func(t *testing.T, b []byte) {
		s := fuzzed(b[:min(len(b), 300)])
		run(t, &s)
	})
}

// mend makes a listpack of elements whose encodings are in b, if they are any, and changes one byte of it then. Without
// that, next to nothing that a fuzzer finds is valid.
func mend(b []byte, at uint16, to byte) []byte {
	lp := New(nil)
	n := 0
	for ; len(b) > 0; n++ {
		if b[0] > tagI64 || b[0] >= tag12 && len(b) < 5 { // 5 for the longest of lengths
			break
		}
		size := encoded(b, 0)
		if size > len(b) {
			break
		}
		var backlen [5]byte
		putBacklen(backlen[:], size)
		lp = append(append(lp[:len(lp)-1], b[:size]...), backlen[:backlenSize(size)]...)
		lp = append(lp, end)
		b = b[size:]
	}
	if at%2 == 0 {
		n = unknown
	}
	lp[4], lp[5] = byte(n), byte(n>>8)
	lp = count(lp, 0)
	if int(at) < len(lp) {
		lp[at] = to
	}
	return lp
}

// What Valid lets through may be walked and changed.
func FuzzListpackValid(f *testing.F) {
	f.Add(build("1", "a", strings.Repeat("x", 100)), []byte("a"), uint16(0), byte(0), false)
	f.Add(build("-70000", "7000000", "123456789012", strings.Repeat("x", 5000)), []byte("1"), uint16(0), byte(0), false)
	f.Add([]byte("\x0b\x00\x00\x00\xff\xff\xf1\x07\x00\x03\xff"), []byte("7"), uint16(0), byte(0), false) // wider than needed
	f.Add([]byte("\x82ab\x817\x07\xf1\x07\x00\xc1\x00\xe0\x017\xf0\x02\x00\x00\x00ab"), []byte("7"), uint16(6), byte(1), true)
	f.Add([]byte("\xf2abc\xf3abcd\xf4abcdefgh"), []byte(""), uint16(10001), byte(1), true)
	f.Fuzz(func(t *testing.T, b, elem []byte, at uint16, to byte, mended bool) {
		if b = b[:min(len(b), 8000)]; mended {
			b = mend(b, at, to)
		}
		if !Valid(b, false) {
			return
		}
		before := contents(t, b)
		for i, e := range before[:min(len(before), 50)] {
			off := Seek(b, i)
			if j := slices.Index(before, e); Find(b, First(b), []byte(e), 0) != Seek(b, j) || !Get(b, off).Equal([]byte(e)) {
				t.Fatalf("%x: %q is not found", b, e)
			}
			for _, lp := range [][]byte{
				InsertBefore(slices.Clone(b), off, elem), InsertAfter(slices.Clone(b), off, elem), Replace(slices.Clone(b), off, elem),
				Delete(slices.Clone(b), off, 2), AppendFrom(slices.Clone(b), b, off, 3),
			} {
				check(t, lp, contents(t, lp))
			}
		}
		Find(b, First(b), elem, 1)
		Distinct(b, 2)
		check(t, Append(slices.Clone(b), elem), append(slices.Clone(before), string(elem)))
		check(t, Prepend(slices.Clone(b), elem), append([]string{string(elem)}, before...))
	})
}
