package difftest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

func pick[T any](r interface{ IntN(int) int }, of ...T) T { return of[r.IntN(len(of))] }

// The keys: each family has some of its own, so that its commands mostly find what they are for. Those in lexKeys hold sorted
// sets with one score only, as ranges by member are undefined otherwise, and no other command gets at them.
var (
	stringKeys = []string{"s0", "s1", "s2", "n0"}
	bitKeys    = []string{"b0", "b1", "s0"}
	listKeys   = []string{"l0", "l1", "l2"}
	hashKeys   = []string{"h0", "h1"}
	setKeys    = []string{"t0", "t1", "t2"}
	zsetKeys   = []string{"z0", "z1", "z2"}
	lexKeys    = []string{"y0", "y1"}
	weightKeys = []string{"w_1", "w_2", "w_a", "w_f1"} // for SORT BY w_*
	anyKeys    = join(stringKeys, bitKeys, listKeys, hashKeys, setKeys, zsetKeys, weightKeys, []string{"none", ""})
	allKeys    = join(anyKeys, lexKeys)
)

func join(lists ...[]string) []string {
	var all []string
	seen := map[string]bool{}
	for _, l := range lists {
		for _, s := range l {
			if !seen[s] {
				seen[s] = true
				all = append(all, s)
			}
		}
	}
	return all
}

// mostly takes a key of a family, and sometimes one of another.
func mostly(of []string) func(*maker) string {
	return func(m *maker) string {
		if m.IntN(10) == 0 {
			return pick(m, anyKeys...)
		}
		return pick(m, of...)
	}
}

func one(of ...string) func(*maker) string { return func(m *maker) string { return pick(m, of...) } }

// base is a time far in the future, in seconds.
const base = 4102444800

// kinds are the kinds of arguments in forms.
var kinds = map[string]func(*maker) string{
	"key":  mostly(anyKeys),
	"skey": mostly(stringKeys), "bkey": mostly(bitKeys), "lkey": mostly(listKeys), "hkey": mostly(hashKeys),
	"tkey": mostly(setKeys), "zkey": mostly(zsetKeys), "tzkey": mostly(join(setKeys, zsetKeys)), "wkey": one(weightKeys...),
	"sortkey": mostly(join(listKeys, setKeys, zsetKeys)),
	"lexkey":  one(lexKeys...), "nokey": one("none"),

	"val": value, "small": number(-20, 40), "word": one("a", "b", "ab", "abc", "", "1", "2", "x y"),
	"int": func(m *maker) string {
		if m.IntN(4) == 0 {
			return pick(m, limits...)
		}
		return fmt.Sprint(m.IntN(200) - 100)
	},
	"float": float,
	"idx":   number(-8, 8),
	"count": number(-3, 6),
	// No offset is within the limits and yet makes a string so large that the time counts.
	"offset": func(m *maker) string {
		if m.IntN(20) == 0 {
			return pick(m, "4294967296", "9223372036854775807", "-9223372036854775808", "x", "", "1.5", "01")
		}
		return fmt.Sprint(m.IntN(103) - 2)
	},
	"far": func(m *maker) string {
		return pick(m, "0", "7", "8", "100", "5000", "4294967296", "-1", "x")
	},
	"bit":  one("0", "1", "1", "0", "2", "-1", "x"),
	"type": one("u1", "u8", "i8", "u4", "i5", "i16", "u63", "i64", "u64", "i65", "i0", "x8", "u", "i33"),
	"bitoffset": one("0", "1", "5", "8", "#0", "#1", "#2", "63", "64", "100", "-1", "#-1", "#", "x", "4294967296",
		"9223372036854775807"),
	"bitrange": number(-6, 12),

	"field":  one("f1", "f2", "f3", "1", "2", "", "007", "long field that is longer than twenty bytes", "b\x00\xff"),
	"member": member,
	// No -0: only a sorted set in its large form keeps the sign, and Redis's is large once SORT has seen it.
	"score": func(m *maker) string {
		if m.IntN(20) == 0 {
			return float(m)
		}
		return pick(m, "0", "1", "2", "3", "-1", "2.5", "inf", "-inf", "1e3", "0.1", "3")
	},
	"zbound": func(m *maker) string {
		return pick(m, "", "", "(") + pick(m, "-inf", "+inf", "0", "1", "2", "3", "-1", "2.5", "x", "")
	},
	"lexbound": func(m *maker) string {
		if m.IntN(4) == 0 {
			return pick(m, "-", "+", "x", "", "(", "[")
		}
		return pick(m, "[", "(") + member(m)
	},

	"ttl":  func(m *maker) string { return relative(m, "") },
	"pttl": func(m *maker) string { return relative(m, "000") },
	"at":   func(m *maker) string { return absolute(m, "") },
	"pat":  func(m *maker) string { return absolute(m, "000") },
	"zero": one("0"), "one": one("1"), "all": one("100000"), "never": one("0", "0", "1000", "0.0", "-1", "x", "1e300", "inf", "0x10", "1e18"),
	"pattern": one("*", "s*", "?0", "[a-l]?", "[^a-s]*", "n\\0", "", "f?", "*1*", "[", "**", "m*"),
	"by":      one("w_*", "h0->*", "w_*->f1", "*", "none_*", "h*->f1", "nosort", "n*"),
	"get":     one("#", "w_*", "h0->*", "*", "n0", "none_*", "h1->f*", "*->"),
	"db":      one("0", "1", "0", "1", "0", "9", "15", "16", "-1", "x", "00"),
	"class":   one("string", "list", "set", "zset", "hash", "stream", "x", "HASH"),
	"channel": one("c1", "c2", "news.a", "news.b", "", "c*"), "glob": one("c*", "news.*", "*", "c?", "[cn]*", ""),
	"client": one("{0}", "{1}", "{2}", "99999", "x"),
	"x":      one("x"), "events": one("KEA", "KE", "x", ""), "keyglob": one("__key*", "__keyspace@0__:s*", "__keyevent@1__:*"),
	"junk": junk,
}

var limits = []string{"9223372036854775807", "-9223372036854775808", "9223372036854775808", "-9223372036854775809", "4294967296", "0", "1",
	"-1", "2147483648", "18446744073709551616"}

// number makes integers in a range, and sometimes others or none.
func number(from, to int) func(*maker) string {
	return func(m *maker) string {
		switch m.IntN(30) {
		case 0:
			return pick(m, limits...)
		case 1:
			return pick(m, "x", "", "1.5", " 1", "1 ", "+1", "01", "-0", "1e2")
		}
		return fmt.Sprint(from + m.IntN(to-from+1))
	}
}

// float makes numbers and what is nearly one. None is out of a double's range: that leaves ERANGE in C's errno, and Redis's
// SORT takes it for an error of its own later.
func float(m *maker) string {
	switch m.IntN(6) {
	case 0:
		return pick(m, "0.1", "-0.1", "3.0e3", "1e17", "1e300", "123456789012345678", "0.30000000000000004", "9007199254740993", "1.5e-5")
	case 1:
		return pick(m, "nan", "x", "", " 1", "1 ", "inf", "-inf", "1e", "+5", ".5", "5.", "0x10", "--1")
	}
	return fmt.Sprint(float64(m.IntN(2000)-1000) / float64(pick(m, 1, 2, 8, 10)))
}

// value makes values of all kinds. One with a zero byte has a first byte of its own: SORT ALPHA compares what is before the
// zero.
func value(m *maker) string {
	switch m.IntN(12) {
	case 0:
		return pick(m, limits...)
	case 1:
		return float(m)
	case 2:
		return pick(m, "", " ", "b\x00", "\r\n", "\x80\xff\xfe", "0", "-0", "00", "+1", "1 ", "\xc3\xa4")
	case 3: // around the limit of embstr, and above that of listpacks
		return strings.Repeat("v", pick(m, 19, 20, 21, 43, 44, 45, 63, 64, 65, 100))
	case 4:
		if m.IntN(6) == 0 {
			return strings.Repeat(pick(m, "abcdefgh", "\x00", "0123456789abcdef-"), 700)
		}
		return fmt.Sprint(m.Int64())
	case 5, 6, 7:
		return fmt.Sprint(m.IntN(20))
	}
	return "v" + fmt.Sprint(m.IntN(12))
}

func member(m *maker) string {
	switch m.IntN(10) {
	case 0:
		return pick(m, "", "-1", "007", "b\x00\xff", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "32768", "2147483648")
	case 1:
		return strings.Repeat("m", 19+m.IntN(3)) + pick(m, "", "1", "2")
	case 2, 3, 4:
		return fmt.Sprint(m.IntN(12))
	}
	return pick(m, "m", "a", "f") + fmt.Sprint(m.IntN(8))
}

// relative makes times that lie apart from all others of a script, some of which are over.
func relative(m *maker, unit string) string {
	switch m.IntN(12) {
	case 0:
		return pick(m, "0", "-1", "x", "", "-1000", "1.5")
	case 1:
		return pick(m, limits...)
	}
	m.times++
	return fmt.Sprint(1000+m.times*10*slack) + unit
}

func absolute(m *maker, unit string) string {
	switch m.IntN(12) {
	case 0:
		return pick(m, "0", "-1", "x", "", "1", "1000")
	case 1:
		return pick(m, limits...)
	}
	return fmt.Sprint(base+m.IntN(20)*10*slack) + unit
}

// junk is what is wrong nearly everywhere.
func junk(m *maker) string {
	return pick(m, "", "x", "0", "-1", "1", "nx", "LIMIT", "count", "withscores", "*", "b\x00", "s0", "l0", "h0", "t0", "z0", "none", "3.5", "inf",
		"9223372036854775807", "-9223372036854775808", strings.Repeat("j", 300))
}

func newMaker(seed uint64) *maker { return &maker{Rand: rand.New(rand.NewPCG(seed, 4))} }
