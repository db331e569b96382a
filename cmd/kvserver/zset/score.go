package zset

import (
	"math"
	"strconv"

	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
)

// exact is where float64 ceases to hold every integer and Redis to write scores as integers.
const exact = 1 << 52

// AppendScore appends a score as Redis 7.0 writes it: C's %.17g.
func AppendScore(b []byte, score float64) []byte {
	switch {
	case math.IsInf(score, 1):
		return append(b, "inf"...)
	case math.IsInf(score, -1):
		return append(b, "-inf"...)
	}
	if i, ok := integer(score); ok {
		return strconv.AppendInt(b, i, 10)
	}
	return strconv.AppendFloat(b, score, 'g', 17, 64)
}

// integer returns a score that is an integer other than minus zero.
func integer(score float64) (int64, bool) {
	if !(score > -exact && score < exact) {
		return 0, false
	}
	i := int64(score)
	return i, float64(i) == score && (i != 0 || !math.Signbit(score))
}

// scoreBytes is enough for any score.
const scoreBytes = 32

// scoreValue returns a score as an element of a listpack, a string in the memory of b. Minus zero becomes zero, as in Redis.
func scoreValue(b *[scoreBytes]byte, score float64) listpack.Value {
	if score == 0 {
		return listpack.IntValue(0)
	}
	if i, ok := integer(score); ok {
		return listpack.IntValue(i)
	}
	return listpack.ValueOf(AppendScore(b[:0], score))
}

// valueScore returns the score that an element of a listpack stands for. It is false for what is no score.
func valueScore(v listpack.Value) (float64, bool) {
	if v.IsInt {
		return float64(v.Int), true
	}
	f, err := strconv.ParseFloat(string(v.Str), 64)
	if err != nil {
		n, is := err.(*strconv.NumError)
		if !is || n.Err != strconv.ErrRange {
			return 0, false
		}
	}
	return f, !math.IsNaN(f)
}
