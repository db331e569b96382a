package conf

import (
	"math/bits"
	"strconv"
	"strings"
)

// A message is an error in the words that Redis's clients get.
type message string

func (m message) Error() string { return string(m) }

// ErrSize is the error for a size that is none.
const ErrSize = message("argument must be a memory value")

var units = map[string]uint64{
	"": 1, "b": 1,
	"k": 1000, "kb": 1 << 10,
	"m": 1000 * 1000, "mb": 1 << 20,
	"g": 1000 * 1000 * 1000, "gb": 1 << 30,
}

const maxDigits = 127 // Redis takes no more

// ParseSize returns the bytes that a size says: decimal digits and a unit, b, k, kb, m, mb, g, gb or none, in either case.
// The units with a b are powers of 1024, those without of 1000. No digits are 0, as Redis has it. What is over 2^64-1 is
// refused, where Redis takes it modulo 2^64. The error is ErrSize.
func ParseSize(text string) (uint64, error) {
	n := 0
	for n < len(text) && '0' <= text[n] && text[n] <= '9' {
		n++
	}
	unit, ok := units[lower(text[n:])]
	if !ok || n > maxDigits {
		return 0, ErrSize
	}
	digits := strings.TrimLeft(text[:n], "0")
	if digits == "" {
		return 0, nil
	}
	value, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return 0, ErrSize
	}
	over, size := bits.Mul64(value, unit)
	if over != 0 {
		return 0, ErrSize
	}
	return size, nil
}
