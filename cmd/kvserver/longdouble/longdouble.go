// Package longdouble adds numbers as C does in a long double of x86: 64 bits of mantissa, 15 of exponent.
//
// Redis computes INCRBYFLOAT and HINCRBYFLOAT in this type and shows the sum with 17 digits after the point, without the
// zeros at the end, so that 0.1 and 0.2 are 0.3. In 53 bits of mantissa the digits would be others.
//
// Parse takes what strtold(3) takes without spaces; Append writes what printf(3) writes for %.17Lf.
//
// In short: Parse, Add, Append.
package longdouble

import (
	"bytes"
	"math/big"
)

const (
	mantissa = 64
	working  = 256     // bits while a decimal number is read: rounded twice it is as if rounded once
	maxLen   = 5 << 10 // as in Redis: the digits of the largest number fit
	// A number is below 2 to maxExp, and above half of 2 to minExp: the smallest denormal.
	maxExp = 16384
	minExp = -16445
)

// A Float is a number. The zero value is 0.
type Float struct {
	f   big.Float
	inf bool
}

// Parse reads a number: decimal or hexadecimal, or infinity. It returns false for anything else, for what is too large, and
// for what is too small to be told from zero.
func Parse(b []byte) (Float, bool) {
	if len(b) == 0 || len(b) >= maxLen {
		return Float{}, false
	}
	digits := b
	if b[0] == '-' || b[0] == '+' {
		digits = b[1:]
	}
	if bytes.EqualFold(digits, []byte("inf")) || bytes.EqualFold(digits, []byte("infinity")) {
		return Float{inf: true}, true
	}
	base := 10
	if len(digits) > 2 && digits[0] == '0' && digits[1]|' ' == 'x' {
		base = 16
		digits = digits[2:]
	}
	if !number(digits, base) {
		return Float{}, false
	}
	if base == 16 {
		base = 0 // takes the prefix
	}
	f, _, err := big.ParseFloat(string(b), base, working, big.ToNearestEven)
	if err != nil {
		return Float{}, false
	}
	return round(f)
}

// number reports whether digits are a number without a sign: digits with at most one point and an exponent.
func number(digits []byte, base int) bool {
	n, point := 0, false
	for i, ch := range digits {
		lower := ch | ' '
		switch {
		case '0' <= ch && ch <= '9', base == 16 && 'a' <= lower && lower <= 'f':
			n++
		case ch == '.' && !point:
			point = true
		case n > 0 && (base == 10 && lower == 'e' || base == 16 && lower == 'p'):
			return exponent(digits[i+1:])
		default:
			return false
		}
	}
	return n > 0
}

func exponent(b []byte) bool {
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		b = b[1:]
	}
	for _, ch := range b {
		if ch < '0' || ch > '9' {
			return false
		}
	}
	return len(b) > 0
}

// round returns f in a long double, or false if there is none.
func round(f *big.Float) (Float, bool) {
	if f.Sign() == 0 {
		return Float{}, true
	}
	var r Float
	prec := mantissa
	if exp := f.MantExp(nil); exp < minExp+mantissa { // denormal: fewer bits
		prec = exp - minExp + 1
	}
	if prec < 1 {
		return Float{}, false
	}
	r.f.SetMode(big.ToNearestEven).SetPrec(uint(prec)).Set(f)
	return r, !r.f.IsInf() && r.f.MantExp(nil) <= maxExp
}

// Add returns the sum, or false if it is infinite or no number.
func (f Float) Add(g Float) (Float, bool) {
	if f.inf || g.inf {
		return Float{}, false
	}
	sum := new(big.Float).SetMode(big.ToNearestEven).SetPrec(mantissa)
	sum.Add(&f.f, &g.f)
	return round(sum)
}

// Append appends the decimal digits of f, which is not infinite.
func (f Float) Append(dst []byte) []byte {
	at := len(dst)
	dst = f.f.Append(dst, 'f', 17)
	dst = bytes.TrimRight(dst, "0")
	if dst[len(dst)-1] == '.' {
		dst = dst[:len(dst)-1]
	}
	if string(dst[at:]) == "-0" {
		return append(dst[:at], '0')
	}
	return dst
}
