package integration

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// A kv is a kvserver on host b and what its clients on host a have in common.
type kv struct {
	lab  *lab
	srv  *process
	addr string
}

// startKV starts a kvserver on host b, on the kernel's sockets or over AF_XDP.
func startKV(t *testing.T, l *lab, libos string, args ...string) *kv {
	t.Helper()
	path, err := kvPath()
	if err != nil {
		t.Fatal(err)
	}
	k := &kv{lab: l, addr: hostPort(l.b.v4, 6379)}
	if libos == "afxdp" {
		k.addr = hostPort(l.b.l4, 6379)
		args = append(args, l.b.afxdp()...)
	}
	k.srv = l.b.start(t, path, append(args, "--listen", k.addr)...)
	if line, ok := <-k.srv.lines; !ok || !strings.HasPrefix(line, "listening ") {
		<-k.srv.done
		t.Fatalf("kvserver %v: %q, %v\n%s", args, line, k.srv.err, k.srv.stderr.String())
	}
	return k
}

// client makes a client of go-redis that speaks a version of the protocol and begins in a database.
func (k *kv) client(t *testing.T, protocol, db int, password string) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{
		Addr: k.addr, Protocol: protocol, DB: db, Password: password, PoolSize: 20, ReadTimeout: limit, WriteTimeout: limit, PoolTimeout: limit,
		Dialer: func(ctx context.Context, network, addr string) (conn net.Conn, err error) {
			err = k.lab.a.Do(func() error {
				conn, err = (&net.Dialer{}).DialContext(ctx, network, addr)
				return err
			})
			return conn, err
		},
	})
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// A closer is a connection without its methods to read.
type closer interface{ Close() error }

// dialRaw connects and sends text.
func (k *kv) dialRaw(text string) (c closer, err error) {
	err = k.lab.a.Do(func() error {
		conn, err := net.Dial("tcp", k.addr)
		if err != nil {
			return err
		}
		c = conn
		_, err = conn.Write([]byte(text))
		return err
	})
	return c, err
}

// must fails the test on an error and returns the value.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestGoRedis runs a real client against the server: each libOS, each protocol.
func TestGoRedis(t *testing.T) {
	l := newLab(t)
	for _, libos := range []string{"kernel", "afxdp"} {
		k := startKV(t, l, libos)
		for _, protocol := range []int{2, 3} {
			t.Run(fmt.Sprintf("%s/resp%d", libos, protocol), func(t *testing.T) {
				for _, s := range []struct {
					name string
					run  func(*testing.T, *kv, *redis.Client, int)
				}{
					{"pipelines", kvPipelines}, {"transactions", kvTransactions}, {"watch", kvWatch}, {"subscriptions", kvSubscriptions},
					{"events", kvEvents}, {"blocking", kvBlocking}, {"scans", kvScans}, {"large values", kvLarge}, {"pool", kvPool},
					{"expiry", kvExpiry}, {"hello", kvHello}, {"databases", kvDatabases}, {"password", kvPassword},
				} {
					t.Run(s.name, func(t *testing.T) {
						c := k.client(t, protocol, 0, "")
						if err := c.FlushAll(t.Context()).Err(); err != nil {
							t.Fatal(err)
						}
						s.run(t, k, c, protocol)
					})
				}
			})
		}
		k.srv.stop(t)
	}
}
