package dump_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands"
	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
	"github.com/catamaran-os/catamaran/cmd/kvserver/rdb"
)

// values are made by these commands, under the key k.
func values() map[string][]string {
	many := func(command string, n int, element func(i int) string) []string {
		args := []string{command, "k"}
		for i := range n {
			args = append(args, element(i))
		}
		return args
	}
	pair := func(i int) string { return fmt.Sprint("x", i) }
	score := func(i int) string {
		if i%2 == 0 {
			return fmt.Sprint(float64(i) * 1.25)
		}
		return fmt.Sprint("m", i)
	}
	return map[string][]string{
		"string": {"set", "k", "a string"}, "empty": {"set", "k", ""}, "integer": {"set", "k", "-1234567"}, "large integer": {"set", "k", "9223372036854775807"},
		"binary": {"set", "k", "\x00\xff\r\n"}, "compressible": {"set", "k", strings.Repeat("ab", 50_000)},
		"list": many("rpush", 5, strconv.Itoa), "long list": many("rpush", 5000, pair), "list of blobs": {"rpush", "k", strings.Repeat("x", 20_000), "", "1"},
		"intset": many("sadd", 20, strconv.Itoa), "large intset": many("sadd", 600, strconv.Itoa),
		"set": many("sadd", 5, pair), "large set": many("sadd", 2000, pair), "mixed set": {"sadd", "k", "1", "2", "x"},
		"hash": many("hset", 8, pair), "large hash": many("hset", 4000, pair), "hash of integers": many("hset", 8, strconv.Itoa),
		"zset": many("zadd", 8, score), "large zset": many("zadd", 1000, score), "infinite": {"zadd", "k", "-inf", "a", "inf", "b", "0", "c", "1e-300", "d"},
	}
}

// contents are compared by what they reply; those without an order are sorted first.
func contents(do func(...string) string, key string) string {
	text := do("type", key)
	switch text {
	case "+string":
		text += do("get", key)
	case "+list":
		text += do("lrange", key, "0", "-1")
	case "+set":
		text += do("sort", key, "alpha") + do("object", "encoding", key)
	case "+zset":
		text += do("zrange", key, "0", "-1", "withscores") + do("object", "encoding", key)
	case "+hash":
		text += pairs(do("hgetall", key)) + do("object", "encoding", key)
	}
	return text
}

// pairs puts the fields of a hash in order.
func pairs(reply string) string {
	var list []string
	rest := strings.TrimPrefix(reply, "[")
	next := func() string {
		word, err := strconv.QuotedPrefix(rest)
		if err != nil {
			panic(err)
		}
		rest = strings.TrimLeft(rest[len(word):], ", ")
		return word
	}
	for rest != "]" {
		list = append(list, next()+": "+next())
	}
	slices.Sort(list)
	return strings.Join(list, "\n")
}

func payload(t *testing.T, text string) string {
	t.Helper()
	p, err := strconv.Unquote(text)
	if err != nil {
		t.Fatalf("DUMP replies %.100s", text)
	}
	return p
}

// What one server dumps the other restores.
func TestAsRedis(t *testing.T) {
	r := enginetest.StartRedis(t)
	for name, command := range values() {
		t.Run(name, func(t *testing.T) {
			d := enginetest.New(t, commands.All())
			r.Do("flushall")
			d.Do(command...)
			r.Do(command...)
			want := contents(r.Do, "k")
			if got := contents(d.Do, "k"); got != want {
				t.Fatalf("%.300s\nwant %.300s", got, want)
			}
			ours, theirs := payload(t, d.Do("dump", "k")), payload(t, r.Do("dump", "k"))
			for _, p := range []string{ours, theirs} {
				if got := d.Do("restore", "k2", "0", p, "replace"); got != "+OK" {
					t.Fatalf("RESTORE replies %s", got)
				}
				if got := contents(d.Do, "k2"); got != want {
					t.Errorf("%.300s\nwant %.300s", got, want)
				}
				if got := r.Do("restore", "k2", "0", p, "replace"); got != "+OK" {
					t.Fatalf("RESTORE by Redis replies %s", got)
				}
				if got := contents(r.Do, "k2"); got != want {
					t.Errorf("Redis: %.300s\nwant %.300s", got, want)
				}
			}
			d.Want("copy k k3", ":1")
			if got := contents(d.Do, "k3"); got != want {
				t.Errorf("copy: %.300s\nwant %.300s", got, want)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	d := enginetest.New(t, commands.All())
	restore := func(want string, args ...string) {
		t.Helper()
		if got := d.Do(append([]string{"restore"}, args...)...); got != want {
			t.Errorf("RESTORE %q: %s, want %s", args, got, want)
		}
	}
	d.Want("set k v", "+OK")
	p := payload(t, d.Line("dump k"))
	restore("-BUSYKEY Target key name already exists.", "k", "0", p)
	restore("-BUSYKEY Target key name already exists.", "k", "x", p)
	restore("-ERR value is not an integer or out of range", "n", "x", p)
	restore("-ERR Invalid TTL value, must be >= 0", "n", "-1", p)
	restore("-ERR Invalid TTL value, must be >= 0", "n", "9223372036854775807", p)
	restore("-ERR DUMP payload version or checksum are wrong", "n", "0", p[:len(p)-1])
	restore("-ERR DUMP payload version or checksum are wrong", "k", "0", "", "replace")
	d.Want("get k", `"v"`)
	restore("+OK", "n", "9223372036854775807", p, "absttl")
	d.Want("pexpiretime n", ":9223372036854775807")
	restore("+OK", "k", "1500", p, "replace")
	d.Want("pttl k", ":1500")
	restore("+OK", "k", fmt.Sprint(d.Now().UnixMilli()+700), p, "replace", "ABSTTL")
	d.Want("pttl k", ":700")
	restore("+OK", "k", "1", p, "replace", "absttl") // in the past
	d.Want("exists k", ":0")
	restore("+OK", "k", "0", p, "idletime", "1000")
	d.Want("object idletime k", ":1000")
	d.Pass(10 * time.Second)
	d.Want("object idletime k", ":1010")
	d.Want("config set maxmemory-policy allkeys-lfu", "+OK")
	restore("+OK", "f", "0", p, "freq", "100")
	d.Want("object freq f", ":100")
}

// Who waits for a list or a sorted set is served what is restored.
func TestBlockedAreServed(t *testing.T) {
	d := enginetest.New(t, commands.All())
	feeder := d.Connect()
	feeder.Want("rpush l 1", ":1")
	feeder.Want("zadd z 1 a", ":1")
	l, z := payload(t, feeder.Line("dump l")), payload(t, feeder.Line("dump z"))
	d.Want("blpop k 0", "")
	feeder.Do("restore", "k", "0", z)
	if got := d.Read(); got != "" {
		t.Errorf("BLPOP replies %s", got)
	}
	feeder.Do("restore", "k", "0", l, "replace")
	if got := d.Read(); got != `["k", "1"]` {
		t.Errorf("BLPOP replies %q", got)
	}
	d.Want("bzpopmin k 0", "")
	feeder.Do("restore", "k", "0", z)
	if got := d.Read(); got != `["k", "a", "1"]` {
		t.Errorf("BZPOPMIN replies %q", got)
	}
}

// A payload that is not well leaves the key as it was, and no memory behind.
func TestBadData(t *testing.T) {
	d := enginetest.New(t, commands.All())
	bad := func(name string, write func(*rdb.Encoder)) {
		t.Helper()
		var enc rdb.Encoder
		write(&enc)
		d.Want("set k before", "+OK")
		used := d.E.Store.Heap.Used()
		if got := d.Do("restore", "k", "0", string(enc.Finish()), "replace"); got != "-ERR Bad data format" {
			t.Errorf("%s: %s", name, got)
		}
		d.Want("get k", `"before"`)
		for d.E.Store.Collect(1000) {
		}
		if now := d.E.Store.Heap.Used(); now != used {
			t.Errorf("%s: %d bytes are left behind", name, now-used)
		}
	}
	strs := func(typ rdb.Type, n uint64, list ...string) func(*rdb.Encoder) {
		return func(e *rdb.Encoder) {
			e.WriteType(typ)
			e.WriteLen(n)
			for _, s := range list {
				e.WriteString([]byte(s))
			}
		}
	}
	bad("no type", func(e *rdb.Encoder) {})
	bad("a stream", strs(21, 1, "x"))
	bad("a zipmap", strs(rdb.HashZipmap, 1, "x"))
	bad("too few", strs(rdb.Set, 3, "a", "b"))
	bad("too many", strs(rdb.Set, 2, "a", "b", "c"))
	bad("a member twice", strs(rdb.Set, 2, "a", "a"))
	bad("a field twice", strs(rdb.Hash, 2, "a", "b", "a", "c"))
	bad("no fields", strs(rdb.Hash, 0))
	bad("an empty list", strs(rdb.List, 0))
	bad("a huge count", strs(rdb.Set, 1<<40, "a"))
	bad("a bad listpack", strs(rdb.HashListpack, 3, "abc"))
	bad("a bad node", func(e *rdb.Encoder) {
		e.WriteType(rdb.ListQuicklist2)
		e.WriteLen(1)
		e.WriteLen(3)
		e.WriteString([]byte("x"))
	})
	bad("not a number", func(e *rdb.Encoder) {
		strs(rdb.ZSet2, 1, "m")(e)
		e.WriteDouble(0)
		e.WriteDouble(0)
	})
}

// Payloads with right checksums and anything in them.
func FuzzRestore(f *testing.F) {
	// One engine for all: each maps memory of its own. What fails is reported by restoreAny.
	d := enginetest.New(reporter{f}, commands.All())
	for _, command := range values() {
		if len(command) > 100 {
			continue
		}
		d.Do("flushall")
		d.Do(command...)
		p, err := strconv.Unquote(d.Do("dump", "k"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(p[:len(p)-rdb.FooterLen]))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		if len(value) == 0 {
			return
		}
		restoreAny(t, d, value)
		d.Do("flushall")
		d.E.Tick()
	})
}

// A reporter is a fuzz test that can be given to code which marks itself as a helper, within the fuzz target too.
type reporter struct{ *testing.F }

func (reporter) Helper() {}

// restoreAny restores a value that may be anything, and works on what comes of it.
func restoreAny(t *testing.T, d *enginetest.Driver, value []byte) {
	t.Helper()
	var enc rdb.Encoder
	for _, b := range value {
		enc.WriteType(rdb.Type(b))
	}
	switch got := d.Do("restore", "k", "0", string(enc.Finish()), "replace"); got {
	case "-ERR Bad data format":
		return
	case "+OK":
	default:
		t.Fatal(got)
	}
	before := contents(d.Do, "k")
	again := payload(t, d.Do("dump", "k"))
	if got := d.Do("restore", "k", "0", again, "replace"); got != "+OK" {
		t.Fatalf("what was restored and dumped again is refused: %s", got)
	}
	if after := contents(d.Do, "k"); after != before {
		t.Fatalf("%.300s after another round, %.300s before", after, before)
	}
	for _, line := range []string{"rpush k 1", "sadd k 1", "hset k 1 2", "zadd k 1 1", "append k 1", "sort k alpha", "copy k k2", "del k"} {
		d.Line(line)
	}
}

// Bytes of good payloads are changed at random.
func TestChangedPayloads(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	d := enginetest.New(t, commands.All())
	for name, command := range values() {
		d.Do("flushall")
		d.Do(command...)
		p := payload(t, d.Do("dump", "k"))
		p = p[:len(p)-rdb.FooterLen]
		for range 300 {
			b := []byte(p)
			for range 1 + rnd.IntN(3) {
				b[rnd.IntN(min(len(b), 200))] = byte(rnd.Uint32())
			}
			restoreAny(t, d, b)
		}
		if t.Failed() {
			t.Fatal(name)
		}
	}
}
