package main

import (
	"bytes"
	"io"
	"strings"
	"syscall"
	"testing"
)

// A client that has ended its direction gets the replies to what it has sent before.
func TestHalfClose(t *testing.T) {
	p := start(t, nil)
	p.dial().want("OK", "set", "k", strings.Repeat("v", 1<<20))
	for _, tc := range []struct {
		name, in string
		size     int
	}{
		{"inline", "PING\r\n", 7},
		{"nothing", "", 0},
		{"half", "*1\r\n$4\r\nPI", 0},
		{"more than the buffers hold", strings.Repeat("GET k\r\n", 32), 32 * (1<<20 + 12)},
		{"subscribed", "SUBSCRIBE news\r\n", 33},
		{"waits", "BLPOP none 0\r\nPING\r\n", 0},
		{"waits later", "PING\r\nBLPOP none 0\r\nPING\r\n", 7},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := p.dial()
			c.send([]byte(tc.in))
			if err := c.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(c)
			if err != nil || len(got) != tc.size {
				t.Errorf("%d bytes %.40q, %v; want %d", len(got), got, err, tc.size)
			}
		})
	}
	admin := p.dial()
	eventually(t, "they are gone", func() bool { return admin.info("connected_clients") <= 2 })
}

func TestKill(t *testing.T) {
	p := start(t, nil)
	admin := p.dial()
	id := admin.do("client", "id")
	victim, waits := p.dial(), p.dial()
	waits.send(append(command("blpop", "list", "0"), command("set", "late", "1")...))
	eventually(t, "it waits", func() bool { return admin.info("blocked_clients") == 1 })
	victim.want("PONG", "ping")
	admin.want("2", "client", "kill", "type", "normal")
	victim.closed()
	waits.closed()
	admin.want("1", "rpush", "list", "x")
	admin.want("1", "llen", "list") // nobody took it
	admin.want("nil", "get", "late")
	// The one who kills itself is told so, and what it has sent behind is not run.
	admin.send(append(command("client", "kill", "id", id, "skipme", "no"), command("set", "late", "1")...))
	if got := admin.read(); got != "1" {
		t.Errorf("CLIENT KILL of oneself replies %q", got)
	}
	admin.closed()
	c := p.dial()
	c.want("nil", "get", "late")
	c.want("OK", "quit")
	c.closed()
}

// What had arrived when the signal came is answered, and sent, before the server ends.
func TestTerminate(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			p := start(t, nil)
			p.dial().want("OK", "set", "k", strings.Repeat("v", 1<<20))
			var all []*client
			for range 20 {
				all = append(all, p.dial())
			}
			waits := p.dial()
			waits.send(command("blpop", "list", "0"))
			p.cmd.Process.Signal(syscall.SIGSTOP) // so that all is there when the signal comes
			fresh := p.dial()
			for _, c := range append(all, fresh) {
				c.send(bytes.Repeat(command("get", "k"), 8))
			}
			p.signal(sig)
			p.signal(syscall.SIGCONT)
			for i, c := range append(all, fresh) {
				for range 8 {
					v, err := c.r.Read()
					if err != nil || len(v.Str) != 1<<20 {
						t.Fatalf("client %d of %d reads %.40q, %v: %s", i, len(all), v.Str, err, p.log.String())
					}
				}
				c.closed()
			}
			waits.closed()
			p.wait(0)
		})
	}
}

// A server ends in the midst of traffic, though its clients do not stop to send.
func TestTerminateBusy(t *testing.T) {
	p := start(t, nil)
	done := make(chan error)
	const n = 4
	for range n {
		c := p.dial()
		go func() {
			var err error
			for err == nil {
				if _, err = c.Write(command("ping")); err == nil {
					_, err = c.r.Read()
				}
			}
			done <- err
		}()
	}
	admin := p.dial()
	eventually(t, "they are at it", func() bool { return admin.info("total_commands_processed") > 1000 })
	p.signal(syscall.SIGTERM)
	p.wait(0)
	for range n {
		<-done
	}
}

// A second signal does not wait for a client that does not read.
func TestTerminateTwice(t *testing.T) {
	p := start(t, nil)
	c := p.dial()
	c.want("OK", "set", "k", strings.Repeat("v", 64<<20))
	c.send(command("get", "k"))
	admin := p.dial()
	eventually(t, "the reply is under way", func() bool { return strings.Contains(admin.do("client", "list"), "cmd=get") })
	p.signal(syscall.SIGINT)
	admin.closed() // it is stopping
	p.signal(syscall.SIGINT)
	p.wait(0)
}

func TestShutdown(t *testing.T) {
	p := start(t, nil)
	other, c := p.dial(), p.dial()
	other.want("PONG", "ping")
	c.send(append(command("shutdown", "nosave"), command("set", "a", "1")...))
	c.closed()
	other.closed()
	p.wait(0)
}
