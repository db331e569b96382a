package integration

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func kvPipelines(t *testing.T, _ *kv, c *redis.Client, _ int) {
	ctx := t.Context()
	const n = 5000
	cmds, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range n {
			p.Set(ctx, fmt.Sprint("k", i), i, 0)
			p.Incr(ctx, fmt.Sprint("k", i))
			p.HSet(ctx, "k0", "f", 1) // an error among results
		}
		return nil
	})
	if err == nil || !strings.HasPrefix(err.Error(), "WRONGTYPE") || len(cmds) != 3*n {
		t.Fatalf("%d results, %v", len(cmds), err)
	}
	for i := range n {
		if got := cmds[3*i+1].(*redis.IntCmd).Val(); got != int64(i+1) {
			t.Fatalf("k%d is %d", i, got)
		}
		if err := cmds[3*i+2].Err(); err == nil || !strings.HasPrefix(err.Error(), "WRONGTYPE") {
			t.Fatalf("HSET of a string: %v", err)
		}
	}
	if got := must[int64](t)(c.DBSize(ctx).Result()); got != n {
		t.Errorf("%d keys", got)
	}
}

func kvTransactions(t *testing.T, _ *kv, c *redis.Client, _ int) {
	ctx := t.Context()
	// Transactions of others do not get in between.
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range 50 {
				var before, after *redis.IntCmd
				_, err := c.TxPipelined(ctx, func(p redis.Pipeliner) error {
					before = p.Incr(ctx, "n")
					p.LPush(ctx, "l", "x")
					after = p.Incr(ctx, "n")
					return nil
				})
				if err != nil || after.Val() != before.Val()+1 {
					t.Errorf("%v, %v: %v", before, after, err)
					return
				}
			}
		})
	}
	wg.Wait()
	if n, l := c.Get(ctx, "n").Val(), c.LLen(ctx, "l").Val(); n != "1000" || l != 500 {
		t.Errorf("n is %s, l has %d", n, l)
	}
	// An error while queuing discards all, one while running does not.
	_, err := c.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, "a", 1, 0)
		p.Do(ctx, "nonsense")
		return nil
	})
	if err == nil || c.Exists(ctx, "a").Val() != 0 {
		t.Errorf("a transaction with an unknown command: %v", err)
	}
	_, err = c.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, "a", "text", 0)
		p.Incr(ctx, "a")
		p.Set(ctx, "b", 1, 0)
		return nil
	})
	if err == nil || c.Get(ctx, "b").Val() != "1" {
		t.Errorf("a transaction with an error: %v", err)
	}
}

// Each of several goroutines adds one by GET and SET, and tries again when another was quicker.
func kvWatch(t *testing.T, _ *kv, c *redis.Client, _ int) {
	ctx := t.Context()
	const goroutines, each = 8, 25
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for done := 0; done < each; {
				err := c.Watch(ctx, func(tx *redis.Tx) error {
					n, err := tx.Get(ctx, "n").Int()
					if err != nil && !errors.Is(err, redis.Nil) {
						return err
					}
					_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
						p.Set(ctx, "n", n+1, 0)
						return nil
					})
					return err
				}, "n")
				switch {
				case err == nil:
					done++
				case !errors.Is(err, redis.TxFailedErr):
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if n := must[int](t)(c.Get(ctx, "n").Int()); n != goroutines*each {
		t.Errorf("n is %d, want %d", n, goroutines*each)
	}
}

func kvSubscriptions(t *testing.T, _ *kv, c *redis.Client, _ int) {
	ctx := t.Context()
	sub := c.PSubscribe(ctx, "news.*", "a?")
	defer sub.Close()
	for range 2 {
		must[any](t)(sub.Receive(ctx)) // confirmations
	}
	if err := sub.Subscribe(ctx, "plain"); err != nil {
		t.Fatal(err)
	}
	must[any](t)(sub.Receive(ctx))
	const n = 1000
	for i := range n {
		channel := []string{"news.go", "plain", "ab", "nobody"}[i%4]
		want := int64(1)
		if channel == "nobody" {
			want = 0
		}
		if got := must[int64](t)(c.Publish(ctx, channel, i).Result()); got != want {
			t.Fatalf("message %d on %s: %d receivers", i, channel, got)
		}
	}
	for i := range n {
		channel := []string{"news.go", "plain", "ab", "nobody"}[i%4]
		if channel == "nobody" {
			continue
		}
		m := must[*redis.Message](t)(sub.ReceiveMessage(ctx))
		if m.Channel != channel || m.Payload != fmt.Sprint(i) || (m.Pattern == "") != (channel == "plain") {
			t.Fatalf("message %d: %v", i, m)
		}
	}
	if err := sub.PUnsubscribe(ctx, "news.*"); err != nil {
		t.Fatal(err)
	}
	must[any](t)(sub.Receive(ctx))
	if got := must[int64](t)(c.Publish(ctx, "news.go", "x").Result()); got != 0 {
		t.Errorf("%d receivers after PUNSUBSCRIBE", got)
	}
}

func kvEvents(t *testing.T, _ *kv, c *redis.Client, _ int) {
	ctx := t.Context()
	if err := c.ConfigSet(ctx, "notify-keyspace-events", "KEA").Err(); err != nil {
		t.Fatal(err)
	}
	defer c.ConfigSet(ctx, "notify-keyspace-events", "")
	sub := c.PSubscribe(ctx, "__keyevent@0__:*")
	defer sub.Close()
	must[any](t)(sub.Receive(ctx))
	c.Set(ctx, "k", 1, 0)
	c.LPush(ctx, "l", 1)
	c.LPop(ctx, "l")
	c.PExpire(ctx, "k", 20*time.Millisecond) // nobody touches it: the server finds it
	c.SAdd(ctx, "s", 1)
	var got []string
	for range 7 {
		m := must[*redis.Message](t)(sub.ReceiveMessage(ctx))
		got = append(got, strings.TrimPrefix(m.Channel, "__keyevent@0__:")+" "+m.Payload)
	}
	want := []string{"set k", "lpush l", "lpop l", "del l", "expire k", "sadd s", "expired k"}
	if !slices.Equal(got, want) {
		t.Errorf("events %q, want %q", got, want)
	}
}

func kvBlocking(t *testing.T, k *kv, c *redis.Client, protocol int) {
	ctx := t.Context()
	if _, err := c.BLPop(ctx, 50*time.Millisecond, "none").Result(); !errors.Is(err, redis.Nil) {
		t.Errorf("BLPOP of nothing: %v", err)
	}
	blocked := func(n string) {
		t.Helper()
		eventually(t, limit/5, n+" blocked clients", func() bool {
			return strings.Contains(c.Info(ctx, "clients").Val(), "blocked_clients:"+n+"\r\n")
		})
	}
	type popped struct {
		v   []string
		err error
	}
	got := make(chan popped, 2)
	pop := func(ctx context.Context, c *redis.Client) {
		go func() {
			v, err := c.BLPop(ctx, 0, "a", "b").Result()
			got <- popped{v, err}
		}()
	}
	pop(ctx, c)
	blocked("1")
	c.RPush(ctx, "b", "x")
	if p := <-got; p.err != nil || !slices.Equal(p.v, []string{"b", "x"}) {
		t.Errorf("BLPOP: %v", p)
	}
	// One who goes away while he waits does not take an element with him.
	gone := k.client(t, protocol, 0, "")
	conn := gone.Conn()
	name := fmt.Sprint("gone", protocol)
	if err := conn.ClientSetName(ctx, name).Err(); err != nil {
		t.Fatal(err)
	}
	id := must[int64](t)(conn.ClientID(ctx).Result())
	go func() {
		v, err := conn.BLPop(ctx, 0, "a").Result()
		got <- popped{v, err}
	}()
	blocked("1")
	if n := must[int64](t)(c.ClientKillByFilter(ctx, "ID", fmt.Sprint(id)).Result()); n != 1 {
		t.Errorf("%d clients killed", n)
	}
	if p := <-got; p.err == nil {
		t.Errorf("a client that was killed got %v", p.v)
	}
	_ = conn.Close() // it is broken
	blocked("0")
	c.RPush(ctx, "a", "kept")
	if v := c.LRange(ctx, "a", 0, -1).Val(); !slices.Equal(v, []string{"kept"}) {
		t.Errorf("the list has %q", v)
	}
	// The same when the client closes by itself: a raw connection that sends BLPOP and is closed.
	raw := must[closer](t)(k.dialRaw("*3\r\n$5\r\nBLPOP\r\n$4\r\nleft\r\n$1\r\n0\r\n"))
	blocked("1")
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	blocked("0")
	c.RPush(ctx, "left", "kept")
	if n := c.LLen(ctx, "left").Val(); n != 1 {
		t.Errorf("the list has %d elements", n)
	}
	// BZPOPMIN and BLMOVE.
	go func() {
		v, err := c.BZPopMin(ctx, 0, "z").Result()
		if err != nil {
			got <- popped{nil, err}
			return
		}
		got <- popped{[]string{v.Key, fmt.Sprint(v.Member), fmt.Sprint(v.Score)}, nil}
	}()
	blocked("1")
	c.ZAdd(ctx, "z", redis.Z{Score: 1.5, Member: "m"})
	if p := <-got; p.err != nil || !slices.Equal(p.v, []string{"z", "m", "1.5"}) {
		t.Errorf("BZPOPMIN: %v", p)
	}
	c.Del(ctx, "a")
	pop(ctx, c)
	blocked("1")
	c.LPush(ctx, "from", "y")
	c.LMove(ctx, "from", "a", "LEFT", "RIGHT")
	if p := <-got; p.err != nil || !slices.Equal(p.v, []string{"a", "y"}) {
		t.Errorf("BLPOP behind LMOVE: %v", p)
	}
}

// What is there from the beginning to the end of a scan is found, whatever else comes and goes.
func kvScans(t *testing.T, _ *kv, c *redis.Client, _ int) {
	ctx := t.Context()
	const n = 2000
	fill := c.Pipeline()
	for i := range n {
		fill.Set(ctx, fmt.Sprint("stays", i), i, 0)
		fill.HSet(ctx, "h", fmt.Sprint("stays", i), i)
	}
	must[[]redis.Cmder](t)(fill.Exec(ctx))
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			p := c.Pipeline()
			for j := range 50 {
				p.Set(ctx, fmt.Sprint("comes", i%100, "-", j), 1, 0)
				p.Unlink(ctx, fmt.Sprint("comes", (i+50)%100, "-", j))
				p.HSet(ctx, "h", fmt.Sprint("comes", i%100, "-", j), 1)
				p.HDel(ctx, "h", fmt.Sprint("comes", (i+50)%100, "-", j))
			}
			if _, err := p.Exec(ctx); err != nil {
				t.Error(err)
				return
			}
		}
	})
	found := map[string]bool{}
	it := c.Scan(ctx, 0, "stays*", 10).Iterator()
	for it.Next(ctx) {
		found[it.Val()] = true
	}
	fields := map[string]bool{}
	hash := c.HScan(ctx, "h", 0, "stays*", 10).Iterator()
	for i := 0; hash.Next(ctx); i++ {
		if i%2 == 0 {
			fields[hash.Val()] = true
		}
	}
	close(stop)
	wg.Wait()
	if err := errors.Join(it.Err(), hash.Err()); err != nil {
		t.Fatal(err)
	}
	if len(found) != n || len(fields) != n {
		t.Errorf("%d keys and %d fields of %d", len(found), len(fields), n)
	}
}

func kvLarge(t *testing.T, _ *kv, c *redis.Client, _ int) {
	ctx := t.Context()
	rnd := rand.New(rand.NewPCG(1, 1))
	for _, size := range []int{1 << 10, 100_000, 8 << 20} {
		v := make([]byte, size)
		for i := range v {
			v[i] = byte(rnd.Uint32())
		}
		if err := c.Set(ctx, "large", v, 0).Err(); err != nil {
			t.Fatal(err)
		}
		if got := must[[]byte](t)(c.Get(ctx, "large").Bytes()); !bytes.Equal(got, v) {
			t.Errorf("a value of %d bytes came back as another", size)
		}
		c.Append(ctx, "large", "tail")
		if got := must[string](t)(c.GetRange(ctx, "large", -4, -1).Result()); got != "tail" {
			t.Errorf("the end of %d bytes is %q", size, got)
		}
	}
	if got := must[int64](t)(c.Unlink(ctx, "large", "none").Result()); got != 1 {
		t.Errorf("UNLINK removed %d keys", got)
	}
}

// A hundred goroutines share twenty connections.
func kvPool(t *testing.T, _ *kv, c *redis.Client, _ int) {
	ctx := t.Context()
	const goroutines, each = 100, 100
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			key := fmt.Sprint("g", g)
			for i := range each {
				v := fmt.Sprint(g, " ", i)
				if err := c.Set(ctx, key, v, 0).Err(); err != nil {
					t.Error(err)
					return
				}
				if got, err := c.Get(ctx, key).Result(); err != nil || got != v {
					t.Errorf("%s is %q, %v", key, got, err)
					return
				}
				if err := c.Incr(ctx, "sum").Err(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if n := must[int](t)(c.Get(ctx, "sum").Int()); n != goroutines*each {
		t.Errorf("the sum is %d", n)
	}
	if s := c.PoolStats(); s.Timeouts > 0 || s.TotalConns > 20 {
		t.Errorf("the pool: %+v", s)
	}
}

func kvExpiry(t *testing.T, _ *kv, c *redis.Client, _ int) {
	ctx := t.Context()
	c.Set(ctx, "short", 1, 30*time.Millisecond)
	c.Set(ctx, "long", 1, time.Hour)
	if d := must[time.Duration](t)(c.TTL(ctx, "long").Result()); d <= 59*time.Minute || d > time.Hour {
		t.Errorf("TTL is %v", d)
	}
	eventually(t, limit/5, "the key expires", func() bool { return c.Exists(ctx, "short").Val() == 0 })
	if !c.Persist(ctx, "long").Val() || c.TTL(ctx, "long").Val() != -1 {
		t.Error("PERSIST left an expiry")
	}
	if c.Expire(ctx, "none", time.Hour).Val() {
		t.Error("EXPIRE of no key")
	}
}

// go-redis introduces itself by CLIENT SETINFO, which Redis 7.0 does not have: the error does no harm.
func kvHello(t *testing.T, k *kv, c *redis.Client, protocol int) {
	ctx := t.Context()
	if err := c.Do(ctx, "CLIENT", "SETINFO", "LIB-NAME", "x").Err(); err == nil {
		t.Error("CLIENT SETINFO has no error")
	}
	if err := c.Ping(ctx).Err(); err != nil {
		t.Error(err)
	}
	c.HSet(ctx, "h", "f", "v")
	c.ZAdd(ctx, "z", redis.Z{Score: 0.5, Member: "m"})
	raw := must[any](t)(c.Do(ctx, "HGETALL", "h").Result())
	_, isMap := raw.(map[any]any)
	score := must[any](t)(c.Do(ctx, "ZSCORE", "z", "m").Result())
	_, isDouble := score.(float64)
	if isMap != (protocol == 3) || isDouble != (protocol == 3) {
		t.Errorf("with protocol %d, HGETALL is %T and ZSCORE %T", protocol, raw, score)
	}
	if m := must[map[string]string](t)(c.HGetAll(ctx, "h").Result()); len(m) != 1 || m["f"] != "v" {
		t.Errorf("HGETALL: %v", m)
	}
}

func kvDatabases(t *testing.T, k *kv, c *redis.Client, protocol int) {
	ctx := t.Context()
	other := k.client(t, protocol, 7, "")
	c.Set(ctx, "k", "zero", 0)
	other.Set(ctx, "k", "seven", 0)
	if a, b := c.Get(ctx, "k").Val(), other.Get(ctx, "k").Val(); a != "zero" || b != "seven" {
		t.Errorf("%q and %q", a, b)
	}
	must[string](t)(c.Do(ctx, "SWAPDB", 0, 7).Text())
	if a, b := c.Get(ctx, "k").Val(), other.Get(ctx, "k").Val(); a != "seven" || b != "zero" {
		t.Errorf("after SWAPDB %q and %q", a, b)
	}
	if err := k.client(t, protocol, 99, "").Ping(ctx).Err(); err == nil || !strings.Contains(err.Error(), "DB index is out of range") {
		t.Errorf("database 99: %v", err)
	}
}

func kvPassword(t *testing.T, k *kv, c *redis.Client, protocol int) {
	ctx := t.Context()
	if err := c.ConfigSet(ctx, "requirepass", "secret").Err(); err != nil {
		t.Fatal(err)
	}
	in := k.client(t, protocol, 0, "secret")
	defer func() {
		if err := in.ConfigSet(ctx, "requirepass", "").Err(); err != nil {
			t.Error(err)
		}
	}()
	if err := in.Set(ctx, "k", 1, 0).Err(); err != nil {
		t.Error(err)
	}
	if err := k.client(t, protocol, 0, "").Get(ctx, "k").Err(); err == nil || !strings.HasPrefix(err.Error(), "NOAUTH") {
		t.Errorf("without a password: %v", err)
	}
	if err := k.client(t, protocol, 0, "wrong").Get(ctx, "k").Err(); err == nil || !strings.HasPrefix(err.Error(), "WRONGPASS") {
		t.Errorf("with a wrong password: %v", err)
	}
}
