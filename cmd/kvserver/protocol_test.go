package main

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// What is not the protocol gets Redis's error, and the connection ends.
func TestGarbage(t *testing.T) {
	p := start(t, nil)
	for _, tc := range []struct{ in, out string }{
		{"*1\r\n$536870913\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
		{"*3\r\n$3\r\nSET\r\n$1\r\nx\r\nfooz\r\n", "-ERR Protocol error: expected '$', got 'f'\r\n"},
		{"*x\r\n", "-ERR Protocol error: invalid multibulk length\r\n"},
		{"*2147483648\r\n", "-ERR Protocol error: invalid multibulk length\r\n"},
		{"*1\r\n$-1\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
		{"set \"x\r\n", "-ERR Protocol error: unbalanced quotes in request\r\n"},
		{strings.Repeat("x", 70000), "-ERR Protocol error: too big inline request\r\n"},
		{"*" + strings.Repeat("1", 70000), "-ERR Protocol error: too big mbulk count string\r\n"},
		{"*1\r\n$" + strings.Repeat("1", 70000), "-ERR Protocol error: too big bulk count string\r\n"},
		{"*1\r\n$4\r\nPING\r\n*x\r\n", "+PONG\r\n-ERR Protocol error: invalid multibulk length\r\n"},
	} {
		c := p.dial()
		c.send([]byte(tc.in))
		got, err := io.ReadAll(c)
		if err != nil && !errors.Is(err, syscall.ECONNRESET) || string(got) != tc.out {
			t.Errorf("%.40q: %q, %v; want %q", tc.in, got, err, tc.out)
		}
	}
	c := p.dial()
	eventually(t, "only one client is left", func() bool { return c.info("connected_clients") == 1 })
}

// Requests that never end cost what has arrived of them, not what they announce.
func TestUnfinished(t *testing.T) {
	p := start(t, nil)
	probe := p.dial()
	probe.want("PONG", "ping")
	before, _ := p.resident()
	var halves []*client
	for _, in := range []string{"", "*", "*2\r\n$3\r\nGET", "*2147483647\r\n", "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\n", "SET k"} {
		for range 50 {
			c := p.dial()
			c.send([]byte(in))
			halves = append(halves, c)
		}
	}
	eventually(t, "all have connected", func() bool { return probe.info("connected_clients") == len(halves)+1 })
	now, _ := p.resident()
	if grown := now - before; grown > 16<<20 && !checked {
		t.Errorf("%d clients with half a command take %d bytes", len(halves), grown)
	}
	halves[2*50].send([]byte("\r\n$1\r\nx\r\n"))
	if got := halves[2*50].read(); got != "nil" {
		t.Errorf("the command that was completed replies %q", got)
	}
	probe.want("PONG", "ping")
}

// A command may have a million arguments.
func TestManyArguments(t *testing.T) {
	p := start(t, nil)
	const n = 1_000_000
	b := append(make([]byte, 0, 16*n), "*"+strconv.Itoa(n+1)+"\r\n$3\r\nDEL\r\n"...)
	for i := range n {
		key := strconv.Itoa(i)
		b = append(b, "$"+strconv.Itoa(len(key))+"\r\n"+key+"\r\n"...)
	}
	c := p.dial()
	c.want("OK", "set", "999999", "x")
	c.send(b)
	if got := c.read(); got != "1" {
		t.Errorf("DEL of %d keys replies %q", n, got)
	}
	if _, peak := p.resident(); peak > 256<<20 && !checked {
		t.Errorf("%d arguments took %d bytes", n, peak)
	}
}

// A million commands in one write are answered in order, to a client that reads only then.
func TestLongPipeline(t *testing.T) {
	p := start(t, nil)
	const n = 1_000_000
	c := p.dial()
	c.send(bytes.Repeat(command("incr", "n"), n))
	for i := range n {
		v, err := c.r.Read()
		if err != nil || v.Int != int64(i+1) {
			t.Fatalf("reply %d is %d, %v", i+1, v.Int, err)
		}
	}
	if _, peak := p.resident(); peak > 256<<20 && !checked {
		t.Errorf("the pipeline took %d bytes", peak)
	}
}

// A few bytes that ask for a lot do not become that at once.
func TestGreedyPipeline(t *testing.T) {
	p := start(t, nil)
	c := p.dial()
	value := strings.Repeat("v", 1<<20)
	c.want("OK", "set", "k", value)
	const n = 300
	c.send(bytes.Repeat(command("get", "k"), n))
	other := p.dial()
	other.want("PONG", "ping")
	for i := range n {
		v, err := c.r.Read()
		if err != nil || string(v.Str) != value {
			t.Fatalf("reply %d has %d bytes, %v", i, len(v.Str), err)
		}
	}
	if _, peak := p.resident(); peak > 128<<20 && !checked {
		t.Errorf("%d replies of 1 MiB took %d bytes", n, peak)
	}
}

// Without a password the limits of clients that have not given one do not hold, whenever a client has come.
func TestPasswordTakenBack(t *testing.T) {
	p := start(t, nil, "--requirepass", "secret")
	early, admin := p.dial(), p.dial()
	early.want("-NOAUTH Authentication required.", "get", "k")
	admin.want("OK", "auth", "secret")
	admin.want("OK", "config", "set", "requirepass", "")
	early.want("OK", "set", "k", strings.Repeat("v", 20000))
	admin.want("OK", "config", "set", "requirepass", "other")
	early.want("-NOAUTH Authentication required.", "get", "k")
}
