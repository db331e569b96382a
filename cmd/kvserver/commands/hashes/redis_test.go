package hashes_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/hashes"
	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/sets"
	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

// TestAgainstRedis feeds redis-server and an engine with the same random commands, in RESP2 and RESP3, with limits of the
// small form that are crossed all the time, and compares replies and, with RESP3, notifications.
func TestAgainstRedis(t *testing.T) {
	peer := enginetest.StartPeer(t)
	for seed := range uint64(16) {
		d := enginetest.New(t, hashes.Commands, sets.Commands)
		g := &generator{rand.New(rand.NewPCG(seed, 3))}
		entries := []int64{0, 2, 8, 512}[seed%4]
		d.E.Config.HashMaxListpackEntries, d.E.Config.HashMaxListpackValue = entries, 20
		peer.Do("reset") // to RESP2
		peer.Do("flushall")
		peer.Do("config", "set", "hash-max-listpack-entries", fmt.Sprint(entries), "hash-max-listpack-value", "20")
		if seed%8 >= 4 {
			for _, line := range []string{"hello 3", "config set notify-keyspace-events KEAmn", "psubscribe __key*"} {
				args := strings.Fields(line)
				peer.Do(args...)
				d.Run(args...)
				d.Raw()
			}
		}
		before := changes(t, peer)
		for i := range 2000 {
			args := g.command()
			want, wantPushes := peer.Do(args...)
			got, pushes := d.Frames(args...)
			if a, b := show(t, args, got), show(t, args, want); a != b {
				t.Fatalf("seed %d, command %d: %q\n got %s\nwant %s", seed, i, args, a, b)
			}
			if a, b := bytes.Join(pushes, nil), bytes.Join(wantPushes, nil); !bytes.Equal(a, b) {
				t.Fatalf("seed %d, command %d: %q\nnotifies %q\n    want %q", seed, i, args, a, b)
			}
		}
		if want := changes(t, peer) - before; d.E.Stats.Dirty != want {
			t.Errorf("seed %d: %d changes are counted, want %d", seed, d.E.Stats.Dirty, want)
		}
	}
}

// changes returns how many changes redis-server has counted.
func changes(t *testing.T, peer *enginetest.Peer) (n uint64) {
	t.Helper()
	info, _ := peer.Do("info", "persistence")
	_, info, _ = bytes.Cut(info, []byte("rdb_changes_since_last_save:"))
	if _, err := fmt.Sscan(string(info), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// show shows a reply, without what Redis leaves to chance.
func show(t *testing.T, args []string, raw []byte) string {
	t.Helper()
	each := 0
	switch args[0] {
	case "hkeys", "hvals":
		each = 1
	case "hgetall":
		each = 2
	case "hrandfield":
		switch {
		case len(args) == 3 && args[2][0] != '-':
			each = 1
		case len(args) == 4 && args[2][0] != '-' && raw[0] == '*' && bytes.Contains(raw, []byte("\r\n*2\r\n")):
			each = 1
		case len(args) == 4 && args[2][0] != '-':
			each = 2
		case raw[0] != '-': // a choice, of which the number of elements tells
			head, _, _ := bytes.Cut(raw, []byte("\r\n"))
			if head[0] == '$' {
				return "one"
			}
			return string(head)
		}
	case "hscan": // without the cursor
		text := strings.TrimPrefix(string(raw), "*2\r\n$1\r\n0\r\n")
		if text == string(raw) {
			break
		}
		each, raw = 2, []byte(text)
	}
	var text string
	var err error
	if each == 0 {
		text, err = enginetest.Text(raw)
	} else {
		text, err = enginetest.Unordered(raw, each)
	}
	if err != nil {
		t.Fatalf("%q: %q: %v", args, raw, err)
	}
	return text
}

// A generator makes commands, most of which are right.
type generator struct{ *rand.Rand }

func (g *generator) pick(of ...string) string { return of[g.IntN(len(of))] }

func (g *generator) key() string {
	if g.IntN(40) == 0 {
		return g.pick("set", "none")
	}
	return fmt.Sprint("h", g.IntN(3))
}

func (g *generator) field() string {
	switch g.IntN(12) {
	case 0:
		return g.pick("", strings.Repeat("f", 21), strings.Repeat("f", 300), "007", "-1", "\x00\xff")
	case 1:
		return fmt.Sprint(g.Int64())
	}
	return fmt.Sprint(g.IntN(12))
}

func (g *generator) value() string {
	switch g.IntN(10) {
	case 0:
		return g.pick("", "nan", "inf", "1e400", " 1", "1 ", "0x10", strings.Repeat("v", 21), strings.Repeat("v", 5000), "9223372036854775807",
			"-9223372036854775808", "9223372036854775808", "01", "-0", "1.50", "1e5")
	case 1:
		return fmt.Sprint(g.Int64() - 1<<62)
	case 2:
		return fmt.Sprint(g.NormFloat64())
	}
	return fmt.Sprint(g.IntN(3000) - 1000)
}

func (g *generator) command() []string {
	key := g.key()
	switch g.IntN(24) {
	case 0, 1, 2, 3:
		args := []string{g.pick("hset", "hset", "HMSET"), key}
		for range 1 + g.IntN(3) {
			args = append(args, g.field(), g.value())
		}
		if g.IntN(20) == 0 {
			args = args[:len(args)-1]
		}
		return args
	case 4:
		return []string{"hsetnx", key, g.field(), g.value()}
	case 5, 6:
		return []string{g.pick("hget", "hexists", "hstrlen"), key, g.field()}
	case 7:
		return []string{"hmget", key, g.field(), g.field(), g.field()}
	case 8, 9:
		return []string{g.pick("hgetall", "hkeys", "hvals"), key}
	case 10:
		return []string{"hlen", key}
	case 11, 12, 13:
		args := []string{"hdel", key}
		for range 1 + g.IntN(5) {
			args = append(args, g.field())
		}
		return args
	case 14, 15, 16:
		return []string{"hincrby", key, g.field(), g.value()}
	case 17, 18:
		return []string{"hincrbyfloat", key, g.field(), g.value()}
	case 19:
		args := []string{"hrandfield", key, g.pick("0", "100", "9223372036854775807", "-3", "-100", "-9223372036854775808",
			"4611686018427387904", "x", "1.5")}
		if g.IntN(2) == 0 {
			args = append(args, g.pick("withvalues", "WITHVALUES", "count", "withvalues"))
		}
		if g.IntN(20) == 0 {
			args = append(args, "x")
		}
		return args
	case 20:
		return []string{"hrandfield", key}
	case 21, 22:
		args := []string{"hscan", key, g.pick("0", "0", "0", "", "00", "+0", "x", " 0", "18446744073709551616")}
		for range g.IntN(3) {
			switch g.IntN(5) {
			case 0, 1:
				args = append(args, "count", g.pick("100000", "100000", "9223372036854775807", "0", "-1", "x"))
			case 2, 3:
				args = append(args, "match", g.pick("*", "1*", "[0-5]", "?", "none", "", "**"))
			default:
				args = append(args, g.pick("COUNT", "MATCH", "type", "x"))
			}
		}
		if !slices.Contains(args, "count") { // the steps of a table are the server's own
			args = slices.Insert(args, 3, "count", "100000")
		}
		return args
	}
	if g.IntN(4) == 0 {
		return []string{"sadd", "set", "m"}
	}
	return []string{g.pick("hset", "hget", "hdel", "hincrby", "hscan", "hgetall"), key}
}
