package strings

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/lists"
	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

// source makes random arguments, some of which are wrong.
type source struct{ *rand.Rand }

func (s source) pick(words ...string) string { return words[s.IntN(len(words))] }

func (s source) key() string { return s.pick("a", "b", "c", "d", "missing", "list") }

// value is an integer, a number, text, or long: around the limits of entries and of Redis's encodings.
func (s source) value() string {
	switch s.IntN(8) {
	case 0, 1:
		return s.integer()
	case 2:
		return s.float()
	case 3:
		return ""
	case 4:
		return strings.Repeat(s.pick("x", "yz", "\x00\xff"), 2000+s.IntN(200))
	case 5:
		return strings.Repeat("l", s.IntN(300))
	}
	return s.pick("abc", "foobar", "a b", "01", "-0", "+1", " 1", "ohmytext", "mynewtext")
}

func (s source) integer() string {
	switch s.IntN(8) {
	case 0:
		return s.pick("9223372036854775807", "-9223372036854775808", "9223372036854775808", "x", "", "1.5", "9223372036854775806")
	case 1:
		return strconv.FormatInt(int64(s.Uint64()), 10)
	}
	return strconv.Itoa(s.IntN(60) - 20)
}

func (s source) float() string {
	switch s.IntN(6) {
	case 0:
		return s.pick("inf", "-inf", "nan", "1e", "0x", "0x1p3", "0x1.8", "1e400", "1e5000", "1e-5000", "-1e-4950", "1_0", " 1", "1 ", ".5",
			"5.", ".", "+3", "1e-20", "123456789012345678901234567890", "infinity", "Inf", "0b1", "0o7", "017", "1p3", "0x.8p1", "--1", "-0.0")
	case 1:
		return strconv.FormatFloat(s.NormFloat64()*1e10, 'g', -1, 64)
	case 2:
		return strconv.FormatFloat(s.NormFloat64(), 'e', s.IntN(20), 64)
	}
	return strconv.FormatFloat(float64(s.IntN(2000)-1000)/100, 'f', -1, 64)
}

func (s source) command() []string {
	switch s.IntN(19) {
	case 0, 1:
		args := []string{"SET", s.key(), s.value()}
		for range s.IntN(4) {
			switch o := s.pick("NX", "xx", "GET", "KEEPTTL", "EX", "PX", "EXAT", "pxat", "bad"); strings.ToUpper(o) {
			case "EX", "PX":
				args = append(args, o, s.pick("1000000", "2000000", "0", "-1", "x", "9223372036854775807", "10000000000000000"))
			case "EXAT", "PXAT":
				args = append(args, o, s.pick("33177117420000", "0", "-1", "9223372036854775807"))
			default:
				args = append(args, o)
			}
		}
		if s.IntN(20) == 0 {
			args = append(args, "EX")
		}
		return args
	case 2:
		return []string{"GET", s.key()}
	case 3:
		return []string{"SETNX", s.key(), s.value()}
	case 4:
		return []string{s.pick("SETEX", "PSETEX"), s.key(), s.pick("1000000", "0", "x", "9223372036854775807"), s.value()}
	case 5:
		return []string{"GETSET", s.key(), s.value()}
	case 6:
		return []string{"GETDEL", s.pick("a", "b", "missing", "list")}
	case 7:
		args := []string{"GETEX", s.key()}
		switch s.IntN(5) {
		case 0:
			args = append(args, "PERSIST")
		case 1:
			args = append(args, s.pick("EX", "px"), s.pick("1000000", "0", "x"))
		case 2:
			args = append(args, s.pick("EXAT", "PXAT"), s.pick("33177117420000", "1", "0"))
		case 3:
			args = append(args, s.pick("NX", "KEEPTTL", "EX", "PERSIST EX 5"))
		}
		return args
	case 8:
		return []string{"MGET", s.key(), s.key(), s.key()}
	case 9:
		args := []string{s.pick("MSET", "MSETNX"), s.key(), s.value(), s.key(), s.value()}
		return args[:len(args)-max(0, s.IntN(8)-6)]
	case 10, 11:
		return []string{"APPEND", s.key(), s.value()}
	case 12:
		return []string{"STRLEN", s.key()}
	case 13:
		return []string{s.pick("GETRANGE", "SUBSTR"), s.key(), s.integer(), s.integer()}
	case 14:
		at := strconv.Itoa(s.IntN(5000))
		if s.IntN(8) == 0 {
			at = s.integer()
		}
		return []string{"SETRANGE", s.key(), at, s.value()}
	case 15:
		return []string{s.pick("INCR", "DECR"), s.key()}
	case 16:
		return []string{s.pick("INCRBY", "DECRBY"), s.key(), s.integer()}
	case 17:
		return []string{"INCRBYFLOAT", s.key(), s.float()}
	}
	args := []string{"LCS", s.key(), s.key()}
	for range s.IntN(4) {
		args = append(args, strings.Fields(s.pick("IDX", "LEN", "WITHMATCHLEN", "MINMATCHLEN 2", "MINMATCHLEN -1", "MINMATCHLEN x", "y"))...)
	}
	return args
}

// The same random commands have the same replies from redis-server.
func TestSameAsRedis(t *testing.T) {
	r := enginetest.StartRedis(t)
	for _, proto := range []string{"2", "3"} {
		d := enginetest.New(t, Commands, lists.Commands)
		s := source{rand.New(rand.NewPCG(rand.Uint64(), 1))}
		r.Do("HELLO", proto)
		d.Do("HELLO", proto)
		r.Do("FLUSHALL")
		r.Same(d.Client, "RPUSH", "list", "x")
		d.E.SetNow(d.Now()) // an engine's time is its own: expiries are far away
		for range 5000 {
			r.Same(d.Client, s.command()...)
		}
		r.Same(d.Client, "INCRBYFLOAT", "none")
	}
}

// Random text has the same longest common subsequence: the one that Redis finds among several.
func TestLCSSameAsRedis(t *testing.T) {
	r := enginetest.StartRedis(t)
	d := enginetest.New(t, Commands)
	s := rand.New(rand.NewPCG(rand.Uint64(), 2))
	text := func() string {
		b := make([]byte, s.IntN(60))
		for i := range b {
			b[i] = "abcd"[s.IntN(2+s.IntN(3))]
		}
		return string(b)
	}
	for range 500 {
		a, b := text(), text()
		r.Same(d.Client, "MSET", "a", a, "b", b)
		r.Same(d.Client, "LCS", "a", "b")
		r.Same(d.Client, "LCS", "a", "b", "LEN")
		r.Same(d.Client, "LCS", "a", "b", "IDX", "WITHMATCHLEN", "MINMATCHLEN", fmt.Sprint(s.IntN(4)))
	}
}
