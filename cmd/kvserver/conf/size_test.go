package conf

import (
	"math/big"
	"regexp"
	"strings"
	"testing"
)

// What is taken was taken from redis-server 7.0.15, but for numbers that do not fit.
func TestParseSize(t *testing.T) {
	for text, want := range map[string]uint64{
		"0": 0, "1": 1, "1b": 1, "1B": 1, "1k": 1000, "1K": 1000, "1kb": 1024, "1Kb": 1024, "1kB": 1024,
		"2m": 2e6, "2mb": 2 << 20, "3g": 3e9, "3GB": 3 << 30, "010": 10, "": 0, "b": 0, "k": 0, "mb": 0,
		"9223372036854775808": 1 << 63, "18446744073709551615": 1<<64 - 1, "17179869183gb": 17179869183 << 30, "18446744073709551k": 18446744073709551000,
		strings.Repeat("0", maxDigits-1) + "7mb": 7 << 20,
	} {
		if got, err := ParseSize(text); err != nil || got != want {
			t.Errorf("%q: %d %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{
		"-1", "-0", "+1", " 1", "1 ", "1t", "1kk", "1bk", "1 kb", "0x10", "1.5g", "1_0", "50%", "x", "1\x00", "\u0661", "1\u212ab",
		"18446744073709551616", "17179869184gb", "18446744073709551615k", "18446744073709552k", strings.Repeat("0", maxDigits) + "1",
	} {
		if got, err := ParseSize(text); err != ErrSize || got != 0 {
			t.Errorf("%q: %d %v, want %v", text, got, err, ErrSize)
		}
	}
	if want := "argument must be a memory value"; ErrSize.Error() != want {
		t.Errorf("%q, want %q", ErrSize, want)
	}
}

var sizeSyntax = regexp.MustCompile(`^([0-9]{0,127})(?:[bB]|([kKmMgG])([bB]?))?$`)

// FuzzParseSize compares with numbers of any length.
func FuzzParseSize(f *testing.F) {
	for _, text := range []string{"", "1", "64mb", "17179869184gb", "1kk", "18446744073709551616", "-1k"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want := new(big.Int)
		m := sizeSyntax.FindStringSubmatch(text)
		if strings.HasSuffix(text, "\n") {
			m = nil
		}
		if m != nil {
			want.SetString("0"+m[1], 10)
			base := int64(1000)
			if m[3] != "" {
				base = 1024
			}
			for range strings.Index("kmg", lower(m[2])) + min(len(m[2]), 1) {
				want.Mul(want, big.NewInt(base))
			}
		}
		got, err := ParseSize(text)
		if valid := m != nil && want.IsUint64(); valid != (err == nil) || valid && got != want.Uint64() {
			t.Errorf("%q: %d %v, want %v (valid: %v)", text, got, err, want, valid)
		}
	})
}
