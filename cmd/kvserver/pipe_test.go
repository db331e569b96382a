package main

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/api"
)

func openPipe(t *testing.T, end *api.PipeEnd, addr string) *api.Runtime {
	t.Helper()
	rt, err := api.Open(api.Config{LibOS: api.Pipe, End: end, Addrs: []netip.Prefix{netip.MustParsePrefix(addr)}, TCP: "inline"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := rt.Close(); err != nil {
			t.Error(err)
		}
	})
	return rt
}

// Over netstack small commands allocate nothing either, at both ends.
func TestPipeAllocs(t *testing.T) {
	near, far, err := api.NewPipe()
	if err != nil {
		t.Fatal(err)
	}
	rt := openPipe(t, near, "10.0.0.1/24")
	s, _ := serveOn(t, openPipe(t, far, "10.0.0.2/24"), "10.0.0.2:6379")
	// await waits for an operation of the client while the server works.
	await := func(qt api.QToken, err error) api.QResult {
		t.Helper()
		for end := time.Now().Add(patience); ; {
			if err != nil {
				t.Fatal(err)
			}
			res, werr := rt.Wait(qt, 0)
			if werr == nil {
				if res.Err != nil {
					t.Fatal(res.Err)
				}
				return res
			}
			if _, err = s.step(0); err == nil && time.Now().After(end) {
				t.Fatal("waited in vain")
			}
		}
	}
	qd, err := rt.Socket(api.AF_INET, api.SOCK_STREAM)
	if err != nil {
		t.Fatal(err)
	}
	await(rt.Connect(qd, netip.MustParseAddrPort("10.0.0.2:6379")))
	buf := make([]byte, 4096)
	exchange := func(in, out []byte) {
		await(rt.Push(qd, api.Bytes(in)))
		n := 0
		for n < len(out) {
			sga := await(rt.Pop(qd)).SGA
			n += sga.CopyTo(buf[n:])
			if err := rt.Free(sga); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(buf[:n], out) {
			t.Fatal("the reply is wrong")
		}
	}
	value := string(bytes.Repeat([]byte("v"), 64))
	set, get := command("set", "key", value), command("get", "key")
	got := []byte("$64\r\n" + value + "\r\n")
	f := func() {
		exchange(set, []byte("+OK\r\n"))
		exchange(get, got)
	}
	for range 200 {
		f()
	}
	if n := testing.AllocsPerRun(1000, f); n != 0 && !checked {
		t.Errorf("%v allocations", n)
	}
}
