package sets_test

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

// TestAgainstRedis feeds redis-server and an engine with the same random commands, in RESP2 and RESP3, with limits of
// intsets that are crossed all the time, and compares replies and, with RESP3, notifications.
func TestAgainstRedis(t *testing.T) {
	peer := enginetest.StartPeer(t)
	for seed := range uint64(16) {
		d := enginetest.New(t, hashes.Commands, sets.Commands)
		g := &generator{rand.New(rand.NewPCG(seed, 3))}
		entries := []int64{0, 2, 8, 512}[seed%4]
		d.E.Config.SetMaxIntsetEntries = entries
		peer.Do("reset") // to RESP2
		peer.Do("flushall")
		peer.Do("config", "set", "set-max-intset-entries", fmt.Sprint(entries))
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
	ordered := false
	switch strings.ToLower(args[0]) {
	case "sinter", "sunion", "sdiff", "smembers", "spop":
	case "srandmember":
		if len(args) == 2 && raw[0] == '$' {
			return "one"
		}
		if len(args) == 3 && args[2][0] == '-' && raw[0] != '-' { // a choice, of which the number of elements tells
			head, _, _ := bytes.Cut(raw, []byte("\r\n"))
			return string(head)
		}
	case "sscan": // without the cursor
		text := strings.TrimPrefix(string(raw), "*2\r\n$1\r\n0\r\n")
		ordered = text == string(raw)
		raw = []byte(text)
	default:
		ordered = true
	}
	read := func(raw []byte) (string, error) { return enginetest.Unordered(raw, 1) }
	if ordered {
		read = enginetest.Text
	}
	text, err := read(raw)
	if err != nil {
		t.Fatalf("%q: %q: %v", args, raw, err)
	}
	return text
}

// A generator makes commands, most of which are right.
type generator struct{ *rand.Rand }

func (g *generator) pick(of ...string) string { return of[g.IntN(len(of))] }

func (g *generator) key() string {
	if g.IntN(60) == 0 {
		return g.pick("hash", "none")
	}
	return fmt.Sprint("s", g.IntN(5))
}

func (g *generator) keys() []string {
	var keys []string
	for range 1 + g.IntN(4) {
		keys = append(keys, g.key())
	}
	return keys
}

func (g *generator) member() string {
	switch g.IntN(60) {
	case 0:
		return g.pick("", "m", strings.Repeat("m", 200), strings.Repeat("m", 600), "007", "-0", "\x00\xff", "9223372036854775808")
	case 1:
		return fmt.Sprint(g.Int64() - 1<<62)
	}
	return fmt.Sprint(g.IntN(16) * g.IntN(16))
}

func (g *generator) members() []string {
	var list []string
	for range 1 + g.IntN(6) {
		list = append(list, g.member())
	}
	return list
}

func (g *generator) command() []string {
	key := g.key()
	switch g.IntN(26) {
	case 0, 1, 2, 3, 4:
		return append([]string{g.pick("sadd", "SADD"), key}, g.members()...)
	case 5, 6, 7:
		return append([]string{"srem", key}, g.members()...)
	case 8:
		return []string{"sismember", key, g.member()}
	case 9:
		return append([]string{"smismember", key}, g.members()...)
	case 10:
		return []string{g.pick("scard", "smembers"), key}
	case 11, 12, 13:
		return []string{"smove", key, g.key(), g.member()}
	case 14, 15:
		return append([]string{g.pick("sinter", "sunion", "sdiff")}, g.keys()...)
	case 16, 17, 18:
		return append([]string{g.pick("sinterstore", "sunionstore", "sdiffstore"), g.key()}, g.keys()...)
	case 19, 20:
		keys := g.keys()
		n := fmt.Sprint(len(keys))
		if g.IntN(10) == 0 {
			n = g.pick("0", "-1", "x", "5", "9223372036854775807", "1")
		}
		args := append([]string{"sintercard", n}, keys...)
		if g.IntN(2) == 0 {
			args = append(args, g.pick("limit", "LIMIT", "limit", "x"), g.pick("0", "1", "3", "100", "-1", "x"))
		}
		if g.IntN(20) == 0 {
			args = append(args, "limit")
		}
		return args
	case 21:
		return []string{"spop", key, g.pick("0", "100000", "-1", "x", "9223372036854775807", "0", "-1", "1.5")}
	case 22:
		args := []string{"srandmember", key}
		if g.IntN(3) > 0 {
			args = append(args, g.pick("0", "1000", "9223372036854775807", "-3", "-100", "-9223372036854775808", "x"))
		}
		return args
	case 23, 24:
		args := []string{"sscan", key, g.pick("0", "0", "0", "", "00", "+0", "x", " 0", "18446744073709551616")}
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
	if g.IntN(8) == 0 {
		return []string{"hset", "hash", "f", "v"}
	}
	return []string{g.pick("sadd", "srem", "smove", "spop", "srandmember", "sscan", "sinterstore"), "none", "1", "2"}
}
