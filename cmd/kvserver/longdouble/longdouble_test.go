package longdouble

import (
	"strings"
	"testing"
)

func TestAdd(t *testing.T) {
	for _, c := range []struct{ a, b, sum string }{
		{"0.1", "0.2", "0.3"},
		{"1", "-1.1", "-0.1"},
		{"3.0", "0", "3"},
		{"10.50", "0.1", "10.6"},
		{"5.0e3", "2.0e2", "5200"},
		{"17179869184", "1.5", "17179869185.5"},
		{"0x1p3", "0x1.8", "9.5"},
		{"0.02439024390243902439", "-0.02439024390243902439", "0"},
		{"-1e-30", "0", "0"},
		{"-0", "0", "0"},
		{".5", "5.", "5.5"},
		{"+1e18", "0.5", "1000000000000000000.5"}, // a float64 has no half here
		{"1e-4950", "0", "0"},
	} {
		a, okA := Parse([]byte(c.a))
		b, okB := Parse([]byte(c.b))
		sum, okSum := a.Add(b)
		if !okA || !okB || !okSum {
			t.Errorf("%s + %s: %v %v %v", c.a, c.b, okA, okB, okSum)
		} else if got := string(sum.Append([]byte("x0"))); got != "x0"+c.sum {
			t.Errorf("%s + %s is %s, want x0%s", c.a, c.b, got, c.sum)
		}
	}
}

func TestNoNumber(t *testing.T) {
	for _, text := range []string{"", " 1", "1 ", "1\x00", "nan", "1_0", "0b1", "0o7", "1e", "1e+", "0x", "0x1p", "--1", "+", ".", "e5",
		"1p3", "1e5000", "-1e5000", "1e-5000", "1e999999999999999999999", "infinit", strings.Repeat("1", maxLen)} {
		if f, ok := Parse([]byte(text)); ok {
			t.Errorf("%.40q is a number: %v", text, f)
		}
	}
}

func TestNoSum(t *testing.T) {
	for _, c := range [][2]string{{"inf", "1"}, {"1", "-inf"}, {"inf", "-inf"}, {"1e4932", "1e4932"}} {
		a, okA := Parse([]byte(c[0]))
		b, okB := Parse([]byte(c[1]))
		if !okA || !okB {
			t.Errorf("%q: %v %v", c, okA, okB)
			continue
		}
		if sum, ok := a.Add(b); ok {
			t.Errorf("%s + %s is %s", c[0], c[1], sum.Append(nil))
		}
	}
}

// Whatever is a number has a sum that is a number again, unless it is too small.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"1", "-1.5e10", "0x1p-3", "inf", "1e4931", "1e-4949"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		x, ok := Parse(b)
		if !ok {
			return
		}
		one, _ := Parse([]byte("1"))
		sum, ok := x.Add(one)
		if !ok {
			return
		}
		text := sum.Append(nil)
		if _, ok := Parse(text); !ok {
			t.Fatalf("%q + 1 is %q, which is no number", b, text)
		}
	})
}
