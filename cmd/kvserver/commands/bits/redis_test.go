package bits

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/lists"
	text "github.com/catamaran-os/catamaran/cmd/kvserver/commands/strings"
	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

// source makes random arguments, some of which are wrong.
type source struct{ *rand.Rand }

func (s source) pick(words ...string) string { return words[s.IntN(len(words))] }

func (s source) key() string { return s.pick("a", "b", "c", "d", "missing", "list") }

func (s source) value() string {
	switch s.IntN(5) {
	case 0:
		return strconv.Itoa(s.IntN(100000) - 50000)
	case 1:
		return strings.Repeat(s.pick("\x00", "\xff"), s.IntN(40))
	case 2:
		return strings.Repeat("\xff", s.IntN(5000)) + "\x10"
	}
	b := make([]byte, s.IntN(30))
	for i := range b {
		b[i] = byte(s.Uint32())
	}
	return string(b)
}

func (s source) offset() string {
	switch s.IntN(30) {
	case 0:
		return s.pick("-1", "x", "4294967296", "9223372036854775807", "", "99999999999999999999")
	case 1:
		return strconv.Itoa(s.IntN(40000))
	}
	return strconv.Itoa(s.IntN(200))
}

func (s source) end() string {
	switch s.IntN(20) {
	case 0:
		return s.pick("x", "9223372036854775807", "-9223372036854775808")
	case 1:
		return strconv.Itoa(s.IntN(100000) - 50000)
	}
	return strconv.Itoa(s.IntN(60) - 30)
}

func (s source) span(args ...string) []string {
	all := append(args, s.end(), s.end(), s.pick("BIT", "byte", "bit", "BYTE", "x"), "more")
	n := s.IntN(4)
	if s.IntN(50) == 0 {
		n = 4
	}
	return all[:len(args)+n]
}

func (s source) command() []string {
	switch s.IntN(12) {
	case 0:
		return []string{"SET", s.pick("a", "b", "c", "d"), s.value()}
	case 1:
		return []string{"GET", s.key()}
	case 2, 3:
		return []string{"SETBIT", s.key(), s.offset(), s.pick("0", "1", "1", "0", "2", "x", "-1")}
	case 4:
		return []string{"GETBIT", s.key(), s.offset()}
	case 5:
		return s.span("BITCOUNT", s.key())
	case 6:
		return s.span("BITPOS", s.key(), s.pick("0", "1", "0", "1", "0", "1", "2", "x"))
	case 7:
		args := []string{"BITOP", s.pick("AND", "or", "XOR", "NOT", "nand"), s.pick("a", "b", "c", "d", "list"), s.key()}
		for range s.IntN(3) {
			args = append(args, s.key())
		}
		return args
	case 8:
		return []string{"GETDEL", s.pick("a", "b", "c", "d", "missing")}
	}
	name := "BITFIELD"
	if s.IntN(5) == 0 {
		name = "BITFIELD_RO"
	}
	args := []string{name, s.key()}
	for range s.IntN(5) {
		typ := s.pick("i", "u") + strconv.Itoa(1+s.IntN(64))
		if s.IntN(60) == 0 {
			typ = s.pick("u64", "i65", "u0", "x8", "i", "", "u-1", "U8")
		}
		at := s.offset()
		if s.IntN(3) == 0 {
			at = "#" + strconv.Itoa(s.IntN(30))
		}
		value := strconv.FormatInt(int64(s.Uint64())>>s.IntN(64), 10)
		if s.IntN(60) == 0 {
			value = s.pick("x", "9223372036854775808")
		}
		switch s.IntN(4) {
		case 0:
			args = append(args, "OVERFLOW", s.pick("WRAP", "sat", "FAIL", "SAT", "fail"))
		case 1:
			args = append(args, "GET", typ, at)
		case 2:
			args = append(args, "set", typ, at, value)
		case 3:
			args = append(args, "INCRBY", typ, at, value)
		}
	}
	if s.IntN(50) == 0 {
		args = append(args, s.pick("GET", "SET u8 0", "OVERFLOW", "OVERFLOW x", "y", "GET u8"))
		args = append(args[:len(args)-1], strings.Fields(args[len(args)-1])...)
	}
	return args
}

// The same random commands have the same replies from redis-server.
func TestSameAsRedis(t *testing.T) {
	r := enginetest.StartRedis(t)
	for _, proto := range []string{"2", "3"} {
		d := enginetest.New(t, Commands, text.Commands, lists.Commands)
		s := source{rand.New(rand.NewPCG(rand.Uint64(), 1))}
		r.Do("HELLO", proto)
		d.Do("HELLO", proto)
		r.Do("FLUSHALL")
		r.Same(d.Client, "RPUSH", "list", "x")
		for i := range 25000 {
			r.Same(d.Client, s.command()...)
			if i%100 == 0 {
				for _, key := range []string{"a", "b", "c", "d"} {
					r.Same(d.Client, "GET", key)
				}
			}
		}
	}
}

// Every combination of a type with its limits and what is added, near the point where it overflows.
func TestFieldOverflowSameAsRedis(t *testing.T) {
	r := enginetest.StartRedis(t)
	d := enginetest.New(t, Commands, text.Commands)
	for _, bits := range []int{1, 2, 7, 8, 9, 31, 63, 64} {
		for _, signed := range []bool{true, false} {
			if bits == 64 && !signed {
				continue
			}
			typ := integer{signed, bits}
			name := fmt.Sprintf("u%d", bits)
			if signed {
				name = fmt.Sprintf("i%d", bits)
			}
			low, high := typ.limits()
			near := []int64{low, low + 1, -1, 0, 1, high - 1, high, -1 << 63, 1<<63 - 1}
			for _, how := range []string{"WRAP", "SAT", "FAIL"} {
				for _, value := range near {
					for _, by := range near {
						r.Same(d.Client, "BITFIELD", "k", "OVERFLOW", how, "SET", name, "3", fmt.Sprint(value), "INCRBY", name, "3",
							fmt.Sprint(by), "GET", name, "3")
					}
				}
			}
		}
	}
}
