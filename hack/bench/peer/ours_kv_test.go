package peer

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/hack/bench/kvtest"
	"github.com/catamaran-os/catamaran/hack/bench/load"
)

const kvConns = 4

// filled returns a server that has the keys of p.
func filled(t *testing.T, ctx context.Context, p load.Params) *kvtest.Server {
	t.Helper()
	s := kvtest.Start(t)
	p.Kind, p.Conns, p.Addr, p.Rate = load.KVFill, 1, s.Addr, 0
	var d net.Dialer
	if _, err := load.Run(ctx, p, func(ctx context.Context) (net.Conn, error) { return d.DialContext(ctx, "tcp", s.Addr.String()) }); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestKV(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	c := Config{Kind: load.KV, LibOS: "kernel", Idle: "adaptive"}
	p := load.Params{Kind: load.KV, Conns: kvConns, Size: 64, Keys: 500, Duration: 100 * time.Millisecond}
	for _, tt := range []struct{ rate, sets float64 }{{0, 0}, {0, 0.5}, {0, 1}, {2000, 0.5}} {
		p.Rate, p.Sets = tt.rate, tt.sets
		s := filled(t, ctx, p)
		c.Addr, p.Addr = s.Addr, s.Addr
		res, err := Drive(ctx, "ours", c, p)
		if err != nil || res.Requests < kvConns || res.Rate <= 0 || res.P50 <= 0 {
			t.Errorf("%+v: %+v, %v", tt, res, err)
		}
		gets, sets := s.Counts()
		if sets -= p.Keys; uint64(gets+sets) != res.Requests || (gets > 0) != (tt.sets < 1) || (sets > 0) != (tt.sets > 0) {
			t.Errorf("%+v: %d GET and %d SET, and %d requests are counted", tt, gets, sets, res.Requests)
		}
		if tt.rate > 0 && res.Requests+res.Unsent != uint64(tt.rate/10) {
			t.Errorf("%d requests at %v/s in 100 ms, %d not sent", res.Requests, tt.rate, res.Unsent)
		}
	}
}

// What is not the reply is an error at once, also when it is shorter than the reply would be.
func TestKVSpoilt(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	c := Config{Kind: load.KV, LibOS: "kernel", Idle: "adaptive"}
	for name, tt := range map[string]struct {
		spoil kvtest.Spoil
		want  string
	}{
		"missing":  {func(_ []string, r string) string { return "$-1\r\n" }, "$-1"},
		"refused":  {func(_ []string, r string) string { return "-ERR not now\r\n" }, "not now"},
		"other":    {func(_ []string, r string) string { return r[:len(r)-3] + "y\r\n" }, "y"},
		"too many": {func(_ []string, r string) string { return r + r }, "that no request asked for"},
	} {
		for _, rate := range []float64{0, 1000} {
			p := load.Params{Kind: load.KV, Conns: 1, Size: 64, Keys: 1, Rate: rate, Duration: 200 * time.Millisecond}
			s := filled(t, ctx, p)
			s.Spoil(tt.spoil)
			c.Addr, p.Addr = s.Addr, s.Addr
			// One key: a doubled reply fits the next request, if there is one already.
			if res, err := Drive(ctx, "ours", c, p); err == nil || rate == 0 && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s, rate %v: %+v, %v, want an error with %q", name, rate, res, err, tt.want)
			}
		}
	}
}
