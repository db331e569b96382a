package zsets

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

// TestAgainstRedis feeds redis-server and an engine with the same random commands, in RESP2 and RESP3, with limits of the
// small form that are crossed all the time.
func TestAgainstRedis(t *testing.T) {
	r := enginetest.StartRedis(t)
	for seed := range uint64(16) {
		d := enginetest.New(t, Commands, helpers)
		g := &generator{Rand: rand.New(rand.NewPCG(seed, 3)), scale: 1}
		if seed%8 == 7 {
			g.scale = 50
		}
		entries := []int{0, 1, 8, 128}[seed%4]
		d.E.Config.ZSetMaxListpackEntries, d.E.Config.ZSetMaxListpackValue = int64(entries), 20
		r.Do("flushall")
		r.Do("config", "set", "zset-max-listpack-entries", fmt.Sprint(entries), "zset-max-listpack-value", "20")
		proto := fmt.Sprint(2 + seed/8)
		r.Do("hello", proto)
		d.Do("hello", proto)
		for range 3000 {
			r.Same(d.Client, g.command()...)
		}
	}
}

// A generator makes commands, most of which are right.
type generator struct {
	*rand.Rand
	scale int // of how many members, scores and ranks there are
}

// upTo returns a number below n times the scale.
func (g *generator) upTo(n int) int { return g.IntN(n * g.scale) }

func pick[T any](g *generator, of ...T) T { return of[g.IntN(len(of))] }

func (g *generator) key() string { return fmt.Sprint("z", g.IntN(4)) }

// keyFor returns a key for a range of a kind: ranges of members are defined where all scores are the same.
func (g *generator) keyFor(kind string) string {
	if kind == "bylex" {
		return "l0"
	}
	return g.key()
}

func (g *generator) source() string {
	if g.IntN(4) == 0 {
		return fmt.Sprint("s", g.IntN(2))
	}
	return g.key()
}

func (g *generator) member() string {
	switch g.IntN(12) {
	case 0:
		return pick(g, "", "a", "-1", "007", "\x00\xff", "9223372036854775807", "9223372036854775808")
	case 1:
		return strings.Repeat("x", 19+g.IntN(3))
	case 2, 3, 4:
		return fmt.Sprint(g.upTo(40))
	}
	return fmt.Sprint("m", g.upTo(30))
}

func (g *generator) number() string {
	switch g.IntN(10) {
	case 0:
		return pick(g, "inf", "-inf", "+inf", "0", "-0", "1e300", "-1e300", "1.7976931348623157e308", "5e-324", "4503599627370497", "9007199254740993",
			"1e17", "123456789012345678", "0.1", "3.3333333333333335")
	case 1:
		return pick(g, "nan", "x", "", " 1", "1 ", "1e999", "--1", "1_0", "0x", "0x10", "infinity", "1e", "+5", ".5", "5.", "1e-400")
	case 2, 3:
		return fmt.Sprint(g.NormFloat64() * 10)
	}
	return fmt.Sprint(g.upTo(20) - 5*g.scale)
}

func (g *generator) good() string {
	if g.IntN(8) == 0 {
		return pick(g, "inf", "-inf", "0.1", "1e20", "-2.5")
	}
	return fmt.Sprint(g.upTo(20) - 5*g.scale)
}

func (g *generator) index() string {
	if g.IntN(20) == 0 {
		return pick(g, "x", "", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1.5")
	}
	return fmt.Sprint(g.upTo(40) - 15*g.scale)
}

func (g *generator) lex() string {
	if g.IntN(5) == 0 {
		return pick(g, "-", "+", "", "x", "--", "+x", "[", "(")
	}
	return pick(g, "[", "(") + g.member()
}

func (g *generator) score() string { return pick(g, "", "", "(") + g.number() }

func (g *generator) limit() []string { return []string{"limit", g.index(), g.index()} }

func (g *generator) bounds(kind string) []string {
	switch kind {
	case "byscore":
		return []string{g.score(), g.score()}
	case "bylex":
		return []string{g.lex(), g.lex()}
	}
	return []string{g.index(), g.index()}
}

func (g *generator) maybe(chance int, words ...string) []string {
	if g.IntN(chance) > 0 {
		return nil
	}
	return words
}

func join(parts ...any) []string {
	var args []string
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			args = append(args, p)
		case []string:
			args = append(args, p...)
		}
	}
	return args
}

func (g *generator) zadd() []string {
	args := []string{"zadd", g.key()}
	for g.IntN(3) == 0 {
		args = append(args, pick(g, "nx", "XX", "gt", "LT", "ch", "incr"))
	}
	for n := 1 + g.upTo(4)/2; n > 0; n-- {
		f := g.good()
		if g.IntN(15) == 0 {
			f = g.number()
		}
		args = append(args, f, g.member())
	}
	if g.IntN(40) == 0 {
		args = append(args, "1")
	}
	return args
}

func (g *generator) keys() []string {
	n := 1 + g.IntN(3)
	said := n
	if g.IntN(30) == 0 {
		said = g.IntN(6) - 1
	}
	args := []string{fmt.Sprint(said)}
	for range n {
		args = append(args, g.source())
	}
	return args
}

func (g *generator) combination() []string {
	keys := g.keys()
	name := pick(g, "zunion", "zinter", "zdiff", "zintercard", "zunionstore", "zinterstore", "zdiffstore")
	args := []string{name}
	if strings.HasSuffix(name, "store") {
		args = append(args, g.key())
	}
	args = append(args, keys...)
	if g.IntN(3) == 0 && name[1] != 'd' {
		args = append(args, "weights")
		for range len(keys) - 1 {
			args = append(args, g.number())
		}
	}
	args = append(args, g.maybe(3, "aggregate", pick(g, "sum", "min", "max", "x"))...)
	if name == "zintercard" {
		args = append(args[:1+len(keys)], g.maybe(2, "limit", g.index())...)
	}
	return append(args, g.maybe(2, "withscores")...)
}

func (g *generator) zrange() []string {
	kind := pick(g, "", "byscore", "bylex")
	return join("zrange", g.keyFor(kind), g.bounds(kind), kindWord(kind), g.maybe(2, "rev"), g.maybe(4, g.limit()...), g.maybe(3, "withscores"))
}

func kindWord(kind string) []string {
	if kind == "" {
		return nil
	}
	return []string{kind}
}

func (g *generator) command() []string {
	k := g.key()
	switch g.IntN(40) {
	case 0:
		return join("zrem", k, g.member(), g.maybe(2, g.member(), g.member()))
	case 1:
		return []string{"zincrby", k, g.number(), g.member()}
	case 2:
		return []string{"zscore", k, g.member()}
	case 3:
		return []string{"zmscore", k, g.member(), g.member()}
	case 4:
		return []string{pick(g, "zrank", "zrevrank"), k, g.member()}
	case 5:
		return []string{"zcard", g.source()}
	case 6:
		return join("zcount", k, g.bounds("byscore"))
	case 7:
		return join("zlexcount", "l0", g.bounds("bylex"))
	case 8, 9, 10, 11:
		return g.zrange()
	case 12:
		kind := pick(g, "", "byscore", "bylex")
		return join("zrangestore", g.key(), g.keyFor(kind), g.bounds(kind), kindWord(kind), g.maybe(2, "rev"), g.maybe(4, g.limit()...), g.maybe(30, "withscores"))
	case 13:
		return join("zrevrange", k, g.bounds(""), g.maybe(3, "withscores"), g.maybe(20, "rev"))
	case 14:
		return join(pick(g, "zrangebyscore", "zrevrangebyscore"), k, g.bounds("byscore"), g.maybe(3, g.limit()...), g.maybe(3, "WITHSCORES"), g.maybe(20, "byscore"))
	case 15:
		return join(pick(g, "zrangebylex", "zrevrangebylex"), "l0", g.bounds("bylex"), g.maybe(3, g.limit()...), g.maybe(20, "withscores"))
	case 16:
		name := pick(g, "rank", "score", "lex")
		kind := map[string]string{"rank": "", "score": "byscore", "lex": "bylex"}[name]
		return join("zremrangeby"+name, g.keyFor(kind), g.bounds(kind))
	case 17, 18, 19:
		return g.combination()
	case 20:
		return join(pick(g, "zpopmin", "zpopmax"), k, g.maybe(2, g.index()))
	case 21:
		return join("zmpop", g.keys(), pick(g, "min", "max", "x"), g.maybe(2, "count", g.index()))
	case 22:
		return join(pick(g, "bzpopmin", "bzpopmax"), "z0", "z1", "z2", "z3", "s0", pick(g, "x", "-1", "0x"))
	case 23:
		return []string{"zrandmember", k, pick(g, "0", "x", "10000", "-9223372036854775808")}
	case 24:
		return join("zscan", "none", pick(g, "0", "x", "-1"), g.maybe(2, "count", "0"))
	case 25:
		return []string{"sadd", fmt.Sprint("s", g.IntN(2)), g.member()}
	case 26, 27, 28:
		return []string{"zadd", "l0", "0", g.member(), "0", g.member(), "0", g.member()}
	case 29:
		return []string{"del", pick(g, g.source(), "s0")}
	}
	return g.zadd()
}
