package load_test

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/hack/bench/kvtest"
	"github.com/catamaran-os/catamaran/hack/bench/load"
)

func kvParams(kind string) load.Params {
	return load.Params{Kind: kind, Conns: 1, Size: 16, Keys: 3000, Sets: 0.5, Duration: time.Second}
}

func TestKVRequest(t *testing.T) {
	p := kvParams(load.KV)
	r := load.NewKVRequest(0, &p)
	const get, set = "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000001234\r\n", "*3\r\n$3\r\nSET\r\n$16\r\nkey:000000001234\r\n$16\r\n000000001234xxxx\r\n"
	for _, tt := range []struct {
		request func(int) []byte
		want    string
		reply   string
	}{{r.Get, get, "$16\r\n000000001234xxxx\r\n"}, {r.Set, set, "+OK\r\n"}} {
		tt.request(7) // leaves nothing behind
		if got := string(tt.request(1234)); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
		for cut := range tt.reply {
			n, whole, err := r.Take([]byte(tt.reply[:cut]), 0)
			if n != cut || whole || err != nil {
				t.Errorf("%q: %d, %v, %v", tt.reply[:cut], n, whole, err)
			}
			n, whole, err = r.Take([]byte(tt.reply[cut:]+"+more"), cut)
			if n != len(tt.reply)-cut || !whole || err != nil {
				t.Errorf("%q: %d, %v, %v", tt.reply[cut:], n, whole, err)
			}
			b := []byte(tt.reply)
			b[cut] ^= 1
			if _, _, err := r.Take(b, 0); err == nil {
				t.Errorf("%q is taken for %q", b, tt.reply)
			}
		}
		for _, bad := range []string{"-", "-ERR no\r\n", "$-1\r\n", "$15\r\n"} {
			if _, _, err := r.Take([]byte(bad), 0); err == nil {
				t.Errorf("%q is taken for the beginning of %q", bad, tt.reply)
			}
		}
	}
}

// Two of a connection make the same requests, those of two connections differ, and all keys and both kinds are there.
func TestKVRequestsFollow(t *testing.T) {
	p := kvParams(load.KV)
	p.Keys = 10
	a, b, other := load.NewKVRequest(1, &p), load.NewKVRequest(1, &p), load.NewKVRequest(2, &p)
	seen, same := map[string]bool{}, 0
	for range 1000 {
		x := a.Next()
		if y := b.Next(); !bytes.Equal(x, y) {
			t.Fatalf("%q and %q", x, y)
		}
		if bytes.Equal(x, other.Next()) {
			same++
		}
		seen[string(x)] = true
	}
	if len(seen) != 20 || same > 200 {
		t.Errorf("%d different requests, want 20; %d of 1000 are those of another connection", len(seen), same)
	}
	p.Sets = 0
	for range 100 {
		if x := load.NewKVRequest(0, &p).Next(); !bytes.Contains(x, []byte("GET")) {
			t.Fatalf("%q, though none shall be SET", x)
		}
	}
}

func run(kind string, s *kvtest.Server) (load.Result, error) {
	p := kvParams(kind)
	p.Addr = s.Addr
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var d net.Dialer
	return load.Run(ctx, p, func(ctx context.Context) (net.Conn, error) { return d.DialContext(ctx, "tcp", s.Addr.String()) })
}

func TestFillAndCheck(t *testing.T) {
	s := kvtest.Start(t)
	if _, err := run(load.KVCheck, s); err == nil {
		t.Error("an empty server has all keys")
	}
	if res, err := run(load.KVFill, s); err != nil || res.Requests != 3000 || res.Rate <= 0 || s.Keys() != 3000 {
		t.Fatalf("%+v, %v, %d keys", res, err, s.Keys())
	}
	if _, err := run(load.KVCheck, s); err != nil {
		t.Error(err)
	}
	if gets, sets := s.Counts(); gets != 1000 || sets != 3000 {
		t.Errorf("%d GET and %d SET, want 1000 and 3000", gets, sets)
	}
	if _, err := run(load.KVFill, s); err == nil {
		t.Error("a server that has keys was filled again")
	}
}

// A server that refuses, forgets or garbles is an error that says what it replied, and none that is waited for.
func TestSpoiltReplies(t *testing.T) {
	const at = "key:000000001500"
	for name, tt := range map[string]struct {
		kind  string
		spoil kvtest.Spoil
		want  string
	}{
		"refused": {load.KVFill, func(q []string, r string) string {
			if len(q) == 3 && q[1] == at {
				return "-OOM no more\r\n"
			}
			return r
		}, "OOM no more"},
		"forgotten": {load.KVFill, func(q []string, r string) string { return strings.Replace(r, ":3000", ":2999", 1) }, "2999 keys"},
		"no number": {load.KVFill, func(q []string, r string) string { return strings.Replace(r, ":0", "+0", 1) }, "+0"},
		"missing": {load.KVCheck, func(q []string, r string) string {
			if len(q) == 2 && q[1] == at {
				return "$-1\r\n"
			}
			return r
		}, "$-1"},
		"cut": {load.KVCheck, func(q []string, r string) string { return strings.Replace(r, "$16\r\n0", "$15\r\n", 1) }, "$15"},
	} {
		s := kvtest.Start(t)
		if tt.kind == load.KVCheck {
			if _, err := run(load.KVFill, s); err != nil {
				t.Fatal(err)
			}
		}
		s.Spoil(tt.spoil)
		if _, err := run(tt.kind, s); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, tt.want)
		}
	}
}
