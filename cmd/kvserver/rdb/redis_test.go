package rdb

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/cmd/kvserver/intset"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
	"github.com/catamaran-os/catamaran/internal/require"
	"github.com/redis/go-redis/v9"
)

// startRedis starts a redis-server on a socket of its own, for the time of the test.
func startRedis(t *testing.T) *redis.Client {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		require.Skip(t, "redis-server is not installed")
	}
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	server := exec.CommandContext(ctx, path, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", dir,
		"--sanitize-dump-payload", "yes", "--enable-debug-command", "local")
	stdout, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder // to be read when it has ended
	ready, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		started := sync.OnceFunc(func() { close(ready) })
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			log.WriteString(lines.Text() + "\n")
			if strings.Contains(lines.Text(), "eady to accept connections") {
				started()
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		if err := server.Wait(); err == nil {
			t.Error("redis-server ended by itself")
		}
	})
	select {
	case <-ready:
	case <-ended:
		t.Fatalf("redis-server is not ready: %s", log.String())
	}
	c := redis.NewClient(&redis.Options{Network: "unix", Addr: socket})
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	info, err := c.Info(t.Context(), "server").Result()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(info, "redis_version:7.0.") {
		require.Skip(t, "redis-server is not 7.0")
	}
	return c
}

// An object is a value as a test sees it: kind as TYPE says it, and strings in an order that does not depend on how the
// value is kept: lists as they are, sets sorted, hashes and sorted sets as pairs sorted by the first.
type object struct {
	kind  string
	elems []string
}

func (o object) equal(p object) bool { return o.kind == p.kind && slices.Equal(o.elems, p.elems) }

func pairs(kind string, m map[string]string) object {
	o := object{kind: kind}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		o.elems = append(o.elems, k, m[k])
	}
	return o
}

func formatScore(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

// look reads the object at key with the commands of its type.
func look(ctx context.Context, c *redis.Client, key string) (o object, err error) {
	if o.kind, err = c.Type(ctx, key).Result(); err != nil {
		return o, err
	}
	switch o.kind {
	case "string":
		s, err := c.Get(ctx, key).Result()
		return object{o.kind, []string{s}}, err
	case "list":
		o.elems, err = c.LRange(ctx, key, 0, -1).Result()
	case "set":
		o.elems, err = c.SMembers(ctx, key).Result()
		sort.Strings(o.elems)
	case "hash":
		m, err := c.HGetAll(ctx, key).Result()
		return pairs("hash", m), err
	case "zset":
		zs, err := c.ZRangeWithScores(ctx, key, 0, -1).Result()
		m := map[string]string{}
		for _, z := range zs {
			m[z.Member.(string)] = formatScore(z.Score)
		}
		return pairs("zset", m), err
	default:
		err = fmt.Errorf("%s has type %q", key, o.kind)
	}
	return o, err
}

// decode reads an object with a Decoder.
func decode(d *Decoder) (o object, typ Type, err error) {
	if typ, err = d.ReadType(); err != nil {
		return o, typ, err
	}
	switch typ {
	case String:
		s, err := d.ReadString()
		return object{"string", []string{string(s)}}, typ, err
	case SetIntset:
		s, err := d.ReadString()
		if err != nil {
			return o, typ, err
		}
		if !intset.Valid(s) {
			return o, typ, fmt.Errorf("intset %x: %w", s, ErrFormat)
		}
		for i := range intset.Len(s) {
			o.elems = append(o.elems, strconv.FormatInt(intset.At(s, i), 10))
		}
		sort.Strings(o.elems)
		o.kind = "set"
		if len(o.elems) == 0 {
			err = ErrFormat
		}
		return o, typ, err
	case HashListpack, ZSetListpack, HashZiplist, ZSetZiplist, ListZiplist:
		s, err := d.ReadString()
		if err != nil {
			return o, typ, err
		}
		if o.elems, err = packed(s, typ < HashListpack); err != nil {
			return o, typ, err
		}
	case List, Set, ListQuicklist, ListQuicklist2:
		err = decodeSequence(d, typ, &o)
	case Hash, ZSet, ZSet2:
		err = decodePairs(d, typ, &o)
	default:
		err = fmt.Errorf("type %d: %w", typ, ErrFormat)
	}
	if err != nil {
		return o, typ, err
	}
	if len(o.elems) == 0 {
		return o, typ, ErrFormat
	}
	switch typ {
	case List, ListQuicklist, ListQuicklist2, ListZiplist:
		o.kind = "list"
		return o, typ, nil
	case Set:
		o.kind = "set"
		sort.Strings(o.elems)
		if n := len(o.elems); len(slices.Compact(slices.Clone(o.elems))) != n {
			err = fmt.Errorf("a member is there twice: %w", ErrFormat)
		}
		return o, typ, err
	case Hash, HashListpack, HashZiplist:
		o.kind = "hash"
	default:
		o.kind = "zset"
	}
	if len(o.elems)%2 != 0 {
		return o, typ, ErrFormat
	}
	m := map[string]string{}
	for i := 0; i < len(o.elems); i += 2 {
		if _, ok := m[o.elems[i]]; ok {
			return o, typ, fmt.Errorf("%q is there twice: %w", o.elems[i], ErrFormat)
		}
		m[o.elems[i]] = o.elems[i+1]
		if o.kind == "zset" {
			f, err := strconv.ParseFloat(o.elems[i+1], 64)
			if err != nil || math.IsNaN(f) {
				return o, typ, fmt.Errorf("score %q: %w", o.elems[i+1], ErrFormat)
			}
			m[o.elems[i]] = formatScore(f)
		}
	}
	return pairs(o.kind, m), typ, nil
}

func decodeSequence(d *Decoder, typ Type, o *object) error {
	n, err := d.ReadCount(1)
	if err != nil {
		return err
	}
	for range n {
		container := uint64(Packed)
		if typ == ListQuicklist2 {
			if container, err = d.ReadLen(); err != nil {
				return err
			}
			if container != Plain && container != Packed {
				return fmt.Errorf("container %d: %w", container, ErrFormat)
			}
		}
		s, err := d.ReadString()
		if err != nil {
			return err
		}
		if (typ == ListQuicklist || typ == ListQuicklist2) && container == Packed {
			elems, err := packed(s, typ == ListQuicklist)
			if err != nil {
				return err
			}
			o.elems = append(o.elems, elems...)
			continue
		}
		o.elems = append(o.elems, string(s))
	}
	return nil
}

func decodePairs(d *Decoder, typ Type, o *object) error {
	n, err := d.ReadCount(2)
	if err != nil {
		return err
	}
	for range n {
		s, err := d.ReadString()
		if err != nil {
			return err
		}
		o.elems = append(o.elems, string(s))
		var f float64
		switch typ {
		case Hash:
			if s, err = d.ReadString(); err == nil {
				o.elems = append(o.elems, string(s))
			}
		case ZSet:
			f, err = d.ReadOldDouble()
		case ZSet2:
			f, err = d.ReadDouble()
		}
		if err != nil {
			return err
		}
		if typ != Hash {
			o.elems = append(o.elems, formatScore(f))
		}
	}
	return nil
}

// packed is the elements of a listpack or ziplist. A listpack is the one that package listpack makes of them.
func packed(lp []byte, zip bool) (elems []string, err error) {
	if zip {
		if lp, err = FromZiplist(nil, lp); err != nil {
			return nil, err
		}
	}
	if !listpack.Valid(lp, false) {
		return nil, fmt.Errorf("listpack %.100x: %w", lp, ErrFormat)
	}
	for off := listpack.First(lp); off >= 0; off = listpack.Next(lp, off) {
		elems = append(elems, string(listpack.Get(lp, off).AppendTo(nil)))
	}
	return elems, nil
}

// randomString is now and then an integer, compressible, or long.
func randomString(rnd *rand.Rand) string {
	switch rnd.IntN(6) {
	case 0:
		return strconv.FormatInt(int64(rnd.Uint64())>>rnd.UintN(64), 10)
	case 1:
		return strings.Repeat("ab", rnd.IntN(60)) + strconv.Itoa(rnd.IntN(9))
	case 2:
		return strings.Repeat(strconv.Itoa(rnd.Int()), 1+rnd.IntN(40))
	case 3:
		if rnd.IntN(8) == 0 {
			return strings.Repeat(strconv.Itoa(rnd.Int()), 1+rnd.IntN(2000))
		}
	}
	b := make([]byte, rnd.IntN(40))
	for i := range b {
		b[i] = byte(rnd.Uint32())
	}
	return string(b)
}

// fill makes a value at key.
func fill(ctx context.Context, c *redis.Client, rnd *rand.Rand, key string) error {
	kind := rnd.IntN(6)
	n := 1 + rnd.IntN(20)
	if rnd.IntN(4) == 0 {
		n = 1 + rnd.IntN(700)
	}
	p := c.Pipeline()
	for range n {
		switch s := randomString(rnd); kind {
		case 0:
			p.Set(ctx, key, s, 0)
		case 1:
			p.RPush(ctx, key, s)
		case 2:
			p.SAdd(ctx, key, s)
		case 3:
			p.SAdd(ctx, key, int64(rnd.Uint64())>>(8+16*(n%4)))
		case 4:
			p.HSet(ctx, key, s, randomString(rnd))
		case 5:
			score := []float64{float64(rnd.IntN(100)), rnd.NormFloat64(), math.Inf(1), math.Inf(-1), rnd.ExpFloat64() * 1e300, -0.1}[rnd.IntN(6)]
			p.ZAdd(ctx, key, redis.Z{Score: score, Member: s})
		}
	}
	_, err := p.Exec(ctx)
	return err
}

// What redis-server dumps is read, and every byte of it looked at.
func TestDumps(t *testing.T) {
	c, ctx := startRedis(t), t.Context()
	rnd := rand.New(rand.NewPCG(3, 4))
	seen := map[Type]int{}
	for i := range 600 {
		if i == 300 { // elements that are nodes of their own
			if err := c.Do(ctx, "DEBUG", "QUICKLIST-PACKED-THRESHOLD", "100b").Err(); err != nil {
				t.Fatal(err)
			}
		}
		if i == 400 {
			if err := c.ConfigSet(ctx, "rdbcompression", "no").Err(); err != nil {
				t.Fatal(err)
			}
		}
		if err := fill(ctx, c, rnd, "key"); err != nil {
			t.Fatal(err)
		}
		want, err := look(ctx, c, "key")
		if err != nil {
			t.Fatal(err)
		}
		dump, err := c.Dump(ctx, "key").Result()
		if err != nil {
			t.Fatal(err)
		}
		d, err := Open([]byte(dump), 1<<20)
		if err != nil {
			t.Fatalf("%x: %v", dump, err)
		}
		got, typ, err := decode(&d)
		if err != nil || !got.equal(want) || d.Left() != 0 {
			t.Fatalf("type %d: %v, %d bytes left: %.200q, want %.200q", typ, err, d.Left(), got, want)
		}
		seen[typ]++
		sameBytes(t, typ, []byte(dump))
		if err := c.Del(ctx, "key").Err(); err != nil {
			t.Fatal(err)
		}
	}
	for _, typ := range []Type{String, Set, Hash, ZSet2, SetIntset, HashListpack, ZSetListpack, ListQuicklist2} {
		if seen[typ] == 0 {
			t.Errorf("no value had type %d", typ)
		}
	}
}

// sameBytes builds the intset or listpack in a dump from its elements, which must give the same bytes.
func sameBytes(t *testing.T, typ Type, dump []byte) {
	t.Helper()
	d := NewDecoder(dump[1:len(dump)-FooterLen], 1<<20)
	switch typ {
	case SetIntset:
		s, err := d.ReadString()
		is := intset.New(nil)
		for i := intset.Len(s) - 1; i >= 0; i-- {
			is, _ = intset.Add(is, intset.At(s, i))
		}
		if err != nil || string(is) != string(s) {
			t.Fatalf("intset is %x, redis-server has %x (%v)", is, s, err)
		}
	case HashListpack, ZSetListpack:
		s, err := d.ReadString()
		if lp := rebuilt(t, s); err != nil || string(lp) != string(s) {
			t.Fatalf("listpack is %x, redis-server has %x (%v)", lp, s, err)
		}
	case ListQuicklist2:
		n, err := d.ReadCount(2)
		for ; n > 0 && err == nil; n-- {
			var container uint64
			var s []byte
			if container, err = d.ReadLen(); err != nil {
				break
			}
			if s, err = d.ReadString(); err == nil && container == Packed && string(rebuilt(t, s)) != string(s) {
				t.Fatalf("listpack is %x, redis-server has %x", rebuilt(t, s), s)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func rebuilt(t *testing.T, lp []byte) []byte {
	t.Helper()
	elems, err := packed(lp, false)
	if err != nil {
		t.Fatal(err)
	}
	same := listpack.New(nil)
	for _, e := range elems {
		same = listpack.Append(same, []byte(e))
	}
	return same
}
