package listpack

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func build(elems ...string) []byte {
	lp := New(nil)
	for _, e := range elems {
		lp = Append(lp, []byte(e))
	}
	return lp
}

// contents walks lp forwards and backwards.
func contents(t testing.TB, lp []byte) []string {
	t.Helper()
	all := []string{}
	for off := First(lp); off >= 0; off = Next(lp, off) {
		all = append(all, string(Get(lp, off).AppendTo(nil)))
	}
	var back []string
	for off := Last(lp); off >= 0; off = Prev(lp, off) {
		back = append(back, string(Get(lp, off).AppendTo(nil)))
	}
	slices.Reverse(back)
	if !slices.Equal(all, back) {
		t.Fatalf("%.100q forwards, %.100q backwards", all, back)
	}
	return all
}

// check compares lp with what it should have, by all ways to look at it.
func check(t testing.TB, lp []byte, want []string) {
	t.Helper()
	if got := contents(t, lp); !slices.Equal(got, want) {
		t.Fatalf("have %.200q, want %.200q", got, want)
	}
	if Len(lp) != len(want) || Bytes(lp) != len(lp) || !Valid(lp, false) || Valid(lp, true) != (len(want)%2 == 0) {
		t.Fatalf("length %d of %d, %d bytes of %d, valid %v: %.200q", Len(lp), len(want), Bytes(lp), len(lp), Valid(lp, false), want)
	}
}

// integers are those at which the encoding changes, and their neighbors.
func integers() []int64 {
	all := []int64{0, math.MaxInt64, math.MinInt64}
	for _, edge := range []int64{1 << 7, 1 << 12, 1 << 15, 1 << 23, 1 << 31} {
		for d := int64(-2); d <= 2; d++ {
			all = append(all, edge+d, -edge+d)
		}
	}
	return all
}

// What Redis writes, known from DUMP.
func TestFormat(t *testing.T) {
	for _, tt := range []struct{ elem, want string }{
		{"0", "\x00\x01"},
		{"127", "\x7f\x01"},
		{"128", "\xc0\x80\x02"},
		{"-1", "\xdf\xff\x02"},
		{"-4096", "\xd0\x00\x02"},
		{"4096", "\xf1\x00\x10\x03"},
		{"-8388608", "\xf2\x00\x00\x80\x04"},
		{"8388608", "\xf3\x00\x00\x80\x00\x05"},
		{"4294967296", "\xf4\x00\x00\x00\x00\x01\x00\x00\x00\x09"},
		{"", "\x80\x01"},
		{"a", "\x81a\x02"},
		{"00", "\x8200\x03"},
		{strings.Repeat("x", 64), "\xe0\x40" + strings.Repeat("x", 64) + "\x42"},
		{strings.Repeat("x", 4095), "\xef\xff" + strings.Repeat("x", 4095) + "\x20\x81"},
		{strings.Repeat("x", 4096), "\xf0\x00\x10\x00\x00" + strings.Repeat("x", 4096) + "\x20\x85"},
		{strings.Repeat("x", 16377), "\xf0\xf9\x3f\x00\x00" + strings.Repeat("x", 16377) + "\x7f\xfe"},
		{strings.Repeat("x", 16378), "\xf0\xfa\x3f\x00\x00" + strings.Repeat("x", 16378) + "\x00\xff\xff"},
	} {
		lp := build(tt.elem)
		if got := string(lp[6 : len(lp)-1]); got != tt.want || lp[4] != 1 || lp[5] != 0 || lp[len(lp)-1] != 0xFF {
			t.Errorf("%.20q is %.40x, want %.40x", tt.elem, got, tt.want)
		}
		if got := Size([]byte(tt.elem)); got != len(tt.want) {
			t.Errorf("%.20q has size %d, want %d", tt.elem, got, len(tt.want))
		}
	}
}

func TestValues(t *testing.T) {
	var want []string
	for _, i := range integers() {
		want = append(want, strconv.FormatInt(i, 10))
	}
	ints := len(want)
	for _, n := range []int{0, 1, 63, 64, 4095, 4096, 16376, 16377, 16378, 1<<21 - 8, 1<<21 - 7, 1<<21 - 6, 1<<21 - 5} {
		want = append(want, strings.Repeat("s", n))
	}
	want = append(want, "-", "+1", "-0", "00", "01", " 1", "1 ", "9223372036854775808", "-9223372036854775809", "18446744073709551616",
		"99999999999999999999", "1.0", "\xff")
	lp := build(want...)
	check(t, lp, want)
	for i, w := range want {
		off := Seek(lp, i)
		if back := Seek(lp, i-len(want)); back != off {
			t.Errorf("Seek(%d) is %d, Seek(%d) is %d", i, off, i-len(want), back)
		}
		v := Get(lp, off)
		if v.IsInt != (i < ints) || v.Len() != len(w) || !v.Equal([]byte(w)) || v.Equal([]byte(w+"0")) || !v.Same(Value{Str: []byte(w)}) {
			t.Errorf("%.30q: %v, length %d", w, v.IsInt, v.Len())
		}
		if got := Find(lp, First(lp), []byte(w), 0); got != off {
			t.Errorf("Find(%.30q) = %d, want %d", w, got, off)
		}
	}
	if Seek(lp, len(want)) != -1 || Seek(lp, -len(want)-1) != -1 || Seek(New(nil), 0) != -1 || Seek(New(nil), -1) != -1 {
		t.Error("Seek finds what is not there")
	}
	if First(New(nil)) != -1 || Last(New(nil)) != -1 || Find(New(nil), -1, nil, 0) != -1 || Find(New(nil), End(New(nil)), nil, 0) != -1 {
		t.Error("an empty listpack has elements")
	}
}

func TestSame(t *testing.T) {
	a, b := IntValue(12), Value{Str: []byte("12")}
	if !a.Same(b) || !b.Same(a) || !a.Same(a) || !b.Same(b) || a.Same(IntValue(13)) || b.Same(IntValue(13)) || a.Same(Value{Str: []byte("012")}) {
		t.Error("12 is not the same as 12 alone")
	}
}

func TestFindSkips(t *testing.T) {
	lp := build("1", "a", "a", "1", "b", "2", "long", "b")
	for _, tt := range []struct {
		s          string
		skip, want int
	}{
		{"1", 1, 0}, {"a", 1, 2}, {"a", 0, 1}, {"b", 1, 4}, {"b", 2, -1}, {"2", 1, -1}, {"1", 2, 0}, {"long", 1, 6}, {"long", 100, -1},
	} {
		want := -1
		if tt.want >= 0 {
			want = Seek(lp, tt.want)
		}
		if got := Find(lp, First(lp), []byte(tt.s), tt.skip); got != want {
			t.Errorf("Find(%q, skip %d) = %d, want %d", tt.s, tt.skip, got, want)
		}
	}
}

func TestDistinct(t *testing.T) {
	if lp := build("1", "a", "2", "a"); !Distinct(lp, 2) || Distinct(lp, 1) {
		t.Error("fields 1, 2 with the same value")
	}
	// The same field as a string and as an integer.
	lp := AppendValue(AppendValue(New(nil), IntValue(12)), Value{Str: []byte("12")})
	if Distinct(lp, 1) {
		t.Error("12 is there twice")
	}
}

// The header cannot count more than 65534 elements.
func TestUnknownCount(t *testing.T) {
	lp := New(nil)
	const n = 65540
	for i := range n {
		lp = AppendValue(lp, IntValue(int64(i)))
		if i >= 65532 && Len(lp) != i+1 {
			t.Fatalf("%d elements, Len is %d", i+1, Len(lp))
		}
	}
	if !Valid(lp, true) || !Get(lp, Seek(lp, -3)).Equal([]byte("65537")) || !Get(lp, Seek(lp, 65538)).Equal([]byte("65538")) {
		t.Error("wrong elements")
	}
	if Seek(lp, n) != -1 || Seek(lp, -n-1) != -1 || Seek(lp, -n) != First(lp) {
		t.Error("Seek finds what is not there")
	}
	if all := AppendFrom(New(nil), lp, First(lp), n); Len(all) != n {
		t.Errorf("AppendFrom: %d elements", Len(all))
	}
	lp = Delete(lp, First(lp), n-2)
	check(t, lp, []string{"65538", "65539"})
}

func TestTooLong(t *testing.T) {
	lp := New(nil)
	if !Fits(lp, MaxBytes-MinBytes) || Fits(lp, MaxBytes-MinBytes+1) {
		t.Error("Fits is wrong")
	}
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	grown(lp, MaxBytes)
}

func TestValidRejects(t *testing.T) {
	head := func(total, n byte, rest string) string { return string([]byte{total, 0, 0, 0, n, 0}) + rest }
	if !Valid([]byte(head(9, 1, "\x01\x01\xff")), false) || !Valid([]byte(head(13, 1, "\xf0\x00\x00\x00\x00\x05\xff")), false) {
		t.Error("what is valid is not")
	}
	for name, b := range map[string]string{
		"nothing":                 "",
		"header":                  head(6, 0, ""),
		"total":                   head(8, 0, "\xff"),
		"no end":                  head(7, 0, "\x00"),
		"end within":              head(10, 1, "\x01\x01\xff\xff"),
		"count too low":           head(11, 1, "\x01\x01\x01\x01\xff"),
		"count too high":          head(9, 2, "\x01\x01\xff"),
		"wrong backlen":           head(9, 1, "\x01\x02\xff"),
		"long backlen":            head(10, 1, "\x01\x00\x81\xff"),
		"no backlen":              head(8, 1, "\x01\xff"),
		"string too long":         head(9, 1, "\x83\x01\xff"),
		"12-bit string":           head(9, 1, "\xe0\x03\xff"),
		"12-bit string in header": head(8, 1, "\xe0\xff"),
		"32-bit string":           head(13, 1, "\xf0\xff\xff\xff\xff\x05\xff"),
		"32-bit string in header": head(10, 1, "\xf0\x00\x00\xff"),
		"integer":                 head(9, 1, "\xf4\x02\xff"),
		"unknown encoding":        head(9, 1, "\xf5\x01\xff"),
		"empty within":            head(9, 1, "\xff\x01\xff"),
	} {
		if Valid([]byte(b), false) {
			t.Errorf("%s: valid", name)
		}
	}
	if Valid(build("a", "b", "c"), true) || !Valid(build("a", "b", "c"), false) {
		t.Error("three elements are pairs")
	}
}

// With enough capacity everything happens in place, and memory behind the capacity stays untouched.
func TestInPlace(t *testing.T) {
	mem := bytes.Repeat([]byte{0xAA}, 300)
	lp := New(mem[:0:200])
	key, num, other := []byte("key"), []byte("-123456"), build("x", "1")
	allocs := testing.AllocsPerRun(100, func() {
		lp = New(lp)
		lp = Append(Append(Prepend(lp, key), num), key)
		lp = InsertAfter(lp, First(lp), num)
		lp = InsertBefore(lp, Last(lp), key)
		lp = Replace(lp, Find(lp, First(lp), num, 0), key)
		lp = ReplaceValue(lp, Seek(lp, 2), IntValue(7))
		lp = AppendFrom(lp, other, First(other), 2)
		lp = Delete(lp, Seek(lp, 3), 2)
		if Find(lp, First(lp), num, 0) != -1 || Find(lp, First(lp), other[:0], 0) != -1 || Len(lp) != 5 {
			t.Error("wrong elements")
		}
	})
	if allocs != 0 || &lp[0] != &mem[0] {
		t.Errorf("%v allocations", allocs)
	}
	check(t, lp, []string{"key", "key", "7", "x", "1"})
	if !bytes.Equal(mem[200:], bytes.Repeat([]byte{0xAA}, 100)) {
		t.Error("written behind the capacity")
	}
}

func BenchmarkFind(b *testing.B) {
	lp := New(nil)
	for i := range 128 {
		lp = Append(lp, []byte("field:"+strconv.Itoa(i)))
		lp = Append(lp, []byte("value:"+strconv.Itoa(i)))
	}
	want := []byte("field:127")
	for b.Loop() {
		if Find(lp, First(lp), want, 1) < 0 {
			b.Fatal("lost")
		}
	}
}

func BenchmarkAppendDelete(b *testing.B) {
	lp := make([]byte, 0, 1024)
	lp = New(lp)
	elem := []byte("element")
	for range 32 {
		lp = Append(lp, elem)
	}
	for b.Loop() {
		lp = Delete(Append(lp, elem), First(lp), 1)
	}
}
