package zsets

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

// TestReplies has the shapes of replies in both protocols; their contents are compared with redis-server elsewhere.
func TestReplies(t *testing.T) {
	d := enginetest.New(t, Commands, helpers)
	d.Want("ZADD z 1 a 2.5 b", ":2")
	for _, c := range []struct{ line, two, three string }{
		{"ZSCORE z b", `"2.5"`, ",2.5"},
		{"ZSCORE z x", "nil", "_"},
		{"ZMSCORE z a x", `["1", nil]`, "[,1, _]"},
		{"ZMSCORE none a", "[nil]", "[_]"},
		{"ZINCRBY z 0 a", `"1"`, ",1"},
		{"ZADD z XX INCR 1 x", "nil", "_"},
		{"ZRANK z x", "nil", "_"},
		{"ZRANGE z 0 -1 WITHSCORES", `["a", "1", "b", "2.5"]`, `[["a", ,1], ["b", ,2.5]]`},
		{"ZUNION 1 z WITHSCORES", `["a", "1", "b", "2.5"]`, `[["a", ,1], ["b", ,2.5]]`},
		{"ZDIFF 1 z", `["a", "b"]`, `["a", "b"]`},
		{"ZRANDMEMBER none", "nil", "_"},
		{"ZRANDMEMBER none 3", "[]", "[]"},
		{"ZRANDMEMBER z 5 WITHSCORES", `["b", "2.5", "a", "1"]`, `[["b", ,2.5], ["a", ,1]]`},
		{"ZPOPMIN none", "[]", "[]"},
		{"ZMPOP 1 none MIN", "nil-array", "_"},
		{"ZSCAN z 0", `["0", ["a", "1", "b", "2.5"]]`, `["0", ["a", "1", "b", "2.5"]]`},
		{"ZSCAN z 0 MATCH a*", `["0", ["a", "1"]]`, `["0", ["a", "1"]]`},
	} {
		d.S.Out.SetProto(2)
		d.Want(c.line, c.two)
		d.S.Out.SetProto(3)
		d.Want(c.line, c.three)
	}
	d.Want("ZPOPMAX z", `["b", ,2.5]`)
	d.Want("ZPOPMAX z 1", `[["a", ,1]]`)
	d.Want("ZCARD z", ":0")
}

// TestWrongType sends every command a key of another type.
func TestWrongType(t *testing.T) {
	d := enginetest.New(t, Commands)
	d.E.Store.DB(0).Create([]byte("string"), keyspace.String, keyspace.Embstr, []byte("v"))
	tested := map[string]bool{}
	for _, line := range []string{"ZADD string 1 a", "ZINCRBY string 1 a", "ZREM string a", "ZCARD string", "ZCOUNT string 0 1",
		"ZLEXCOUNT string - +", "ZSCORE string a", "ZMSCORE string a", "ZRANK string a", "ZREVRANK string a", "ZRANGE string 0 1",
		"ZRANGESTORE d string 0 1", "ZREVRANGE string 0 1", "ZRANGEBYSCORE string 0 1", "ZREVRANGEBYSCORE string 1 0",
		"ZRANGEBYLEX string - +", "ZREVRANGEBYLEX string + -", "ZREMRANGEBYRANK string 0 1", "ZREMRANGEBYSCORE string 0 1",
		"ZREMRANGEBYLEX string - +", "ZUNIONSTORE d 1 string", "ZINTERSTORE d 2 none string", "ZDIFFSTORE d 1 string", "ZUNION 1 string",
		"ZINTER 1 string", "ZDIFF 1 string", "ZINTERCARD 1 string", "ZPOPMIN string", "ZPOPMAX string 0", "BZPOPMIN string 0",
		"BZPOPMAX none string 0", "ZMPOP 1 string MIN", "BZMPOP 0 1 string MAX", "ZRANDMEMBER string", "ZRANDMEMBER string 1", "ZSCAN string 0"} {
		d.Want(line, "-"+engine.ErrWrongType)
		name, _, _ := strings.Cut(strings.ToLower(line), " ")
		tested[name] = true
	}
	for _, cmd := range Commands {
		if !tested[cmd.Name] {
			t.Errorf("%s is not tested above", cmd.Name)
		}
	}
}

// TestStoredOverOtherTypes has a destination that is a source, too, and one of another type.
func TestStoredOverOtherTypes(t *testing.T) {
	d := enginetest.New(t, Commands, helpers)
	d.E.Store.DB(0).Create([]byte("string"), keyspace.String, keyspace.Embstr, []byte("v"))
	d.Want("ZADD z 1 a 2 b 3 c", ":3")
	d.Want("ZUNIONSTORE z 2 z z", ":3")
	d.Want("ZRANGE z 0 -1 WITHSCORES", `["a", "2", "b", "4", "c", "6"]`)
	d.Want("ZRANGESTORE z z 1 1", ":1")
	d.Want("ZRANGESTORE string z 0 -1", ":1")
	d.Want("ZRANGE string 0 -1", `["b"]`)
	d.Want("ZDIFFSTORE string 2 z z", ":0")
	d.Want("ZCARD string", ":0")
	d.Want("del string", ":0")
}

// TestEncodings follows a key from the small to the large form, for each of the limits.
func TestEncodings(t *testing.T) {
	d := enginetest.New(t, Commands, helpers)
	d.E.Config.ZSetMaxListpackEntries, d.E.Config.ZSetMaxListpackValue = 3, 5
	encoding := func(key, want string) {
		t.Helper()
		if got := d.E.Store.DB(0).Peek([]byte(key)).Encoding().String(); got != want {
			t.Errorf("%s is a %s, want %s", key, got, want)
		}
	}
	d.Want("ZADD z 1 a 2 b 3 ccccc", ":3")
	encoding("z", "listpack")
	d.Want("ZADD z 4 a", ":0")
	encoding("z", "listpack")
	d.Want("ZADD z 4 d", ":1")
	encoding("z", "skiplist")
	d.Want("ZREM z d b", ":2")
	encoding("z", "skiplist")
	d.Want("ZUNIONSTORE u 1 z", ":2")
	encoding("u", "listpack")
	d.Want("ZADD u 1 666666", ":1")
	encoding("u", "skiplist")
	d.Want("ZRANGESTORE z u 0 -1", ":3")
	encoding("z", "skiplist")
	d.E.Config.ZSetMaxListpackEntries = 0
	d.Want("ZADD one 1 a", ":1")
	encoding("one", "skiplist")
	d.Want("ZSCORE one a", `"1"`)
}

// TestEvents compares what subscribers are told with what Redis tells.
func TestEvents(t *testing.T) {
	d := enginetest.New(t, Commands, helpers)
	var ok bool
	if d.E.Config.NotifyKeyspaceEvents, ok = engine.ParseClass("EA"); !ok {
		t.Fatal("EA is no class")
	}
	sub := d.Connect()
	sub.Line("PSUBSCRIBE *")
	for _, c := range []struct{ line, events string }{
		{"ZADD z 1 a 2 b 3 c", "zadd z"},
		{"ZADD z 1 a", ""},
		{"ZADD z XX 1 x", ""},
		{"ZINCRBY z 1 a", "zincr z"},
		{"ZREM z x", ""},
		{"ZREM z a", "zrem z"},
		{"ZREM z b c", "zrem z, del z"},
		{"ZADD z 1 a 2 b 3 c", "zadd z"},
		{"ZREMRANGEBYRANK z 5 6", ""},
		{"ZREMRANGEBYRANK z 0 0", "zremrangebyrank z"},
		{"ZREMRANGEBYSCORE z 2 2", "zremrangebyscore z"},
		{"ZREMRANGEBYLEX z - +", "zremrangebylex z, del z"},
		{"ZADD z 1 a 2 b 3 c", "zadd z"},
		{"ZPOPMIN z", "zpopmin z"},
		{"ZMPOP 1 z MAX COUNT 2", "zpopmax z, del z"},
		{"ZUNIONSTORE d 1 z", ""},
		{"ZADD z 1 a", "zadd z"},
		{"ZUNIONSTORE d 1 z", "zunionstore d"},
		{"ZINTERSTORE d 1 z", "zinterstore d"},
		{"ZDIFFSTORE d 1 z", "zdiffstore d"},
		{"ZRANGESTORE d z 0 -1", "zrangestore d"},
		{"ZRANGESTORE d z 5 6", "del d"},
		{"BZPOPMAX none z 0", "zpopmax z, del z"},
	} {
		d.Line(c.line)
		var events []string
		for _, m := range strings.Split(sub.Read(), "\n") {
			if m == "" {
				continue
			}
			channel, key, _ := strings.Cut(strings.TrimPrefix(m, `["pmessage", "*", "__keyevent@0__:`), `", "`)
			events = append(events, channel+" "+strings.TrimSuffix(key, `"]`))
		}
		if got := strings.Join(events, ", "); got != c.events {
			t.Errorf("%s: events %q, want %q", c.line, got, c.events)
		}
	}
}

// TestDirty compares the count of changes with Redis's.
func TestDirty(t *testing.T) {
	d := enginetest.New(t, Commands, helpers)
	for _, c := range []struct {
		line  string
		dirty uint64
	}{
		{"ZADD z 1 a 2 b 3 c 4 d 5 e", 5}, {"ZADD z 2 a 2 b 6 f", 2}, {"ZREM z a b x", 2}, {"ZREMRANGEBYRANK z 0 -1", 4},
	} {
		before := d.E.Stats.Dirty
		d.Line(c.line)
		if got := d.E.Stats.Dirty - before; got != c.dirty {
			t.Errorf("%s: %d changes, want %d", c.line, got, c.dirty)
		}
	}
}

func TestExpiry(t *testing.T) {
	d := enginetest.New(t, Commands, helpers)
	d.Want("ZADD z 1 a", ":1")
	e := d.E.Store.DB(0).Peek([]byte("z"))
	e.SetExpiry(d.Now().UnixMilli() + 1000)
	d.Want("ZADD z 2 b", ":1") // which moves the entry
	d.Pass(999 * time.Millisecond)
	d.Want("ZCARD z", ":2")
	d.Pass(time.Millisecond)
	d.Want("ZCARD z", ":0")
	d.Want("ZADD z XX 2 b", ":0")
	d.Want("ZUNIONSTORE d 1 z", ":0")
}

// TestRandom draws distinct elements in all the ways there are, and repeated ones.
func TestRandom(t *testing.T) {
	d := enginetest.New(t, Commands)
	for _, size := range []int{1, 20, 1000} {
		key := fmt.Sprint("z", size)
		for i := range size {
			d.Line(fmt.Sprintf("ZADD %s %d m%d", key, i, i))
		}
		for _, n := range []int{1, 2, size / 2, size - 1, size, size + 5} {
			reply := d.Line(fmt.Sprint("ZRANDMEMBER ", key, " ", n))
			list := strings.FieldsFunc(reply, func(r rune) bool { return strings.ContainsRune(`[], "`, r) })
			slices.Sort(list)
			if got, want := len(slices.Compact(list)), min(n, size); got != want {
				t.Errorf("%d of %d: %d different members, want %d", n, size, got, want)
			}
		}
		reply := d.Line(fmt.Sprint("ZRANDMEMBER ", key, " -50 WITHSCORES"))
		list := strings.FieldsFunc(reply, func(r rune) bool { return strings.ContainsRune(`[], "`, r) })
		if len(list) != 100 {
			t.Fatalf("50 pairs of %d are %d words", size, len(list))
		}
		for i := 0; i < len(list); i += 2 {
			if list[i] != "m"+list[i+1] {
				t.Errorf("member %s has score %s", list[i], list[i+1])
			}
		}
	}
}

// TestRandomBounded asks for more than may be replied.
func TestRandomBounded(t *testing.T) {
	ask := engine.Command{Name: "ask", Arity: 1, Run: func(c *engine.Call) {
		if s, ok := view(c, []byte("z")); ok {
			repeated(c, &s, math.MaxInt64, false, 1000)
		}
	}}
	d := enginetest.New(t, Commands, []engine.Command{ask})
	d.Want("ZADD z 1 a", ":1")
	d.Want("ask", "-"+engine.ErrOutOfRange)
}

// TestScan has ZSCAN return all elements that stay while others come and go.
func TestScan(t *testing.T) {
	d := enginetest.New(t, Commands)
	const n = 2000
	for i := range n {
		d.Line(fmt.Sprintf("ZADD z %d stays%d", i, i))
	}
	seen := map[string]bool{}
	rounds := 0
	for cursor := "0"; ; rounds++ {
		reply := d.Line("ZSCAN z " + cursor + " COUNT 20")
		words := strings.FieldsFunc(reply, func(r rune) bool { return strings.ContainsRune(`[], "`, r) })
		cursor = words[0]
		for i := 1; i < len(words); i += 2 {
			seen[words[i]] = true
		}
		if cursor == "0" {
			break
		}
		for i := range 20 {
			if rounds < 40 {
				d.Line(fmt.Sprintf("ZADD z 1 goes%d", rounds*20+i))
			} else {
				d.Line(fmt.Sprintf("ZREM z goes%d", (rounds-40)*20+i))
			}
		}
	}
	for i := range n {
		if !seen["stays"+strconv.Itoa(i)] {
			t.Fatalf("stays%d was not met in %d rounds", i, rounds)
		}
	}
	if rounds < 10 {
		t.Errorf("2000 elements in %d rounds of about 20", rounds)
	}
}

func TestKeyPositions(t *testing.T) {
	d := enginetest.New(t, Commands)
	for _, c := range []struct{ line, keys string }{
		{"zunion 2 a b withscores", "[2 3]"},
		{"zunionstore d 2 a b", "[1 3 4]"},
		{"zmpop 1 a min", "[2]"},
		{"bzmpop 0 2 a b min", "[3 4]"},
		{"bzpopmin a b 0", "[1 2]"},
		{"zrangestore d s 0 1", "[1 2]"},
		{"zunion 3 a b", "error"},
		{"zunion 0 a", "error"},
		{"zmpop x a min", "error"},
		{"zintercard 9223372036854775807 a", "error"},
	} {
		var args [][]byte
		for _, w := range strings.Fields(c.line) {
			args = append(args, []byte(w))
		}
		keys, err := d.E.Lookup(string(args[0])).KeyPositions(args)
		got := fmt.Sprint(keys)
		if err != nil {
			got = "error"
		}
		if got != c.keys {
			t.Errorf("%s: keys at %s, want %s", c.line, got, c.keys)
		}
	}
}
