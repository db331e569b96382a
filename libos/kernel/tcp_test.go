package kernel

import (
	"bytes"
	"fmt"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/libos"
)

func eachDomain(t *testing.T, f func(t *testing.T, domain int)) {
	t.Run("IPv4", func(t *testing.T) { f(t, unix.AF_INET) })
	t.Run("IPv6", func(t *testing.T) { f(t, unix.AF_INET6) })
}

func TestEcho(t *testing.T) {
	for _, idle := range []libos.Idle{libos.Adaptive, libos.Spin, libos.Block} {
		eachDomain(t, func(t *testing.T, domain int) {
			v := open(t, idle)
			c, s, _ := v.pair(domain)
			for _, n := range []int{1, 63, 64, 1023, 1460, 1461, 8192, 65535, 65536, 1 << 20} {
				msg := pattern(n, uint64(n))
				qt, err := v.Push(c, libos.Bytes(msg))
				v.must(err)
				got := v.popN(s, n)
				v.ok(qt, nil)
				qt, err = v.Push(s, libos.Bytes(got))
				v.must(err)
				if !bytes.Equal(v.popN(c, n), msg) {
					t.Fatalf("%d bytes came back changed", n)
				}
				v.ok(qt, nil)
			}
			local, err := v.LocalAddr(c)
			v.must(err)
			remote, err := v.RemoteAddr(s)
			v.must(err)
			if local != remote {
				t.Fatalf("client %v is %v to the server", local, remote)
			}
		})
	}
}

func TestSegments(t *testing.T) {
	v := open(t, libos.Adaptive)
	c, s, _ := v.pair(unix.AF_INET)
	for _, segs := range []int{1, 2, 7, 64, iovMax, iovMax + 1, 5000} {
		t.Run(fmt.Sprint(segs), func(t *testing.T) {
			var sga []libos.Segment
			var want []byte
			for i := range segs {
				p := pattern(i%3*(i%700), uint64(i)) // a third of them empty
				if i == segs-1 {
					p = pattern(9, 1)
				}
				sga = append(sga, libos.Segment{Data: p})
				want = append(want, p...)
			}
			qt, err := v.Push(c, libos.Gather(sga...))
			v.must(err)
			if !bytes.Equal(v.popN(s, len(want)), want) {
				t.Fatal("segments arrived changed")
			}
			if r := v.ok(qt, nil); r.N != len(want) || r.Stage != libos.Buffered {
				t.Fatalf("push of %d bytes says %+v", len(want), r)
			}
		})
	}
}

// TestSlowReader pushes far more than the kernel buffers. Nothing moves while nobody reads, and nothing is lost.
func TestSlowReader(t *testing.T) {
	v := open(t, libos.Adaptive)
	c, s, _ := v.pair(unix.AF_INET)
	msg := pattern(64<<20, 3)
	var segs []libos.Segment
	for i := 0; i < len(msg); i += 1 << 20 {
		segs = append(segs, libos.Segment{Data: msg[i : i+1<<20]})
	}
	first := v.idle(v.Push(c, libos.Gather(segs...)))
	second := v.idle(v.Push(c, libos.Bytes(msg[:100])))
	if got := v.popN(s, len(msg)+100); sum(got) != sum(append(msg, msg[:100]...)) {
		t.Fatal("64 MiB and 100 bytes arrived changed")
	}
	v.ok(first, nil)
	v.ok(second, nil)
	if v.mem.used > 2*receiveSize {
		t.Fatalf("%d bytes of memory in use", v.mem.used)
	}
}

func TestThousandConnections(t *testing.T) {
	const n = 1000
	v := open(t, libos.Adaptive)
	lis, addr := v.listener(unix.AF_INET)
	var accepts, connects []libos.QToken
	var clients []libos.QD
	for range n {
		at, err := v.Accept(lis)
		v.must(err)
		accepts = append(accepts, at)
		c := v.socket(unix.AF_INET, unix.SOCK_STREAM)
		clients = append(clients, c)
		ct, err := v.Connect(c, addr)
		v.must(err)
		connects = append(connects, ct)
	}
	res := make([]libos.QResult, n)
	v.must(v.WaitAll(connects, res, patience))
	v.must(v.WaitAll(accepts, res, patience))
	pops := make([]libos.QToken, n)
	servers := make([]libos.QD, n)
	for i := range res {
		v.must(res[i].Err)
		servers[i] = res[i].NewQD
		var err error
		pops[i], err = v.Pop(servers[i])
		v.must(err)
	}
	for round := range 3 {
		for i, c := range clients {
			v.push(c, fmt.Appendf(nil, "%d.%d", round, i))
		}
		v.must(v.WaitAll(pops, res, patience))
		seen := map[string]bool{}
		for i := range res {
			v.must(res[i].Err)
			seen[string(res[i].SGA.Flat())] = true
			v.must(v.Free(res[i].SGA))
			var err error
			pops[i], err = v.Pop(servers[i])
			v.must(err)
		}
		if len(seen) != n {
			t.Fatalf("round %d: %d different messages of %d", round, len(seen), n)
		}
	}
	for i := range clients {
		v.close(clients[i])
	}
	v.must(v.WaitAll(pops, res, patience))
	for i := range res {
		if res[i].Err != nil || res[i].N != 0 {
			t.Fatalf("after close: %+v", res[i])
		}
	}
}

// TestFairness: a peer that never stops sending does not keep another socket's pop from completing.
func TestFairness(t *testing.T) {
	v := open(t, libos.Adaptive)
	c1, s1, _ := v.pair(unix.AF_INET)
	c2, s2, _ := v.pair(unix.AF_INET)
	flood := libos.Bytes(pattern(1<<20, 1))
	var flows []libos.QToken
	for range 64 {
		qt, err := v.Push(c1, flood)
		v.must(err)
		flows = append(flows, qt)
	}
	for range 200 {
		qt, err := v.Pop(s1)
		v.must(err)
		flows = append(flows, qt)
	}
	small, err := v.Pop(s2)
	v.must(err)
	v.push(c2, []byte("x"))
	r := v.ok(small, nil)
	v.must(v.Free(r.SGA))
	left := 0
	for _, qt := range flows {
		v.must(v.Cancel(qt))
		r := v.done(qt, nil)
		if r.Err != nil {
			left++
		} else if r.Opcode == libos.OpPop {
			v.must(v.Free(r.SGA))
		}
	}
	if left == 0 {
		t.Fatal("the flood was over before the small message came: the test shows nothing")
	}
}
