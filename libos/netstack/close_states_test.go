package netstack_test

import (
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/libos/netstack"
	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/fault"
)

// A closing is a connection with small buffers over a cable that can be cut, of which host a closes its end.
type closing struct {
	*world
	cable *fault.Device
	ours  libos.QD // at host a
	peers libos.QD
	qt    libos.QToken
	began time.Time
}

func newClosing(t *testing.T) *closing {
	c := &closing{}
	const window, buffer = 8192, 65536
	c.world = newWorld(t, worldOptions{
		hostOptions: hostOptions{Config: netstack.Config{
			ReceiveBuffer: window, MaxReceiveBuffer: window, SendBuffer: buffer, MaxSendBuffer: buffer,
		}},
		wrap: func(now func() time.Time, side int, d link.Device) link.Device {
			x, err := fault.New(d, fault.Config{Now: now})
			if err != nil {
				t.Fatal(err)
			}
			c.cable = x
			return x
		},
	})
	c.ours, c.peers = c.connect(false)
	return c
}

// sleep is idle until cond at the latest, with a clock that jumps: minutes pass in it.
func (c *closing) sleep(d time.Duration, cond func() bool) {
	c.Helper()
	for end := c.now.Add(d); c.now.Before(end) && !cond(); {
		a := c.a.rt.Poll()
		if b := c.b.rt.Poll(); a || b {
			c.now = c.now.Add(20 * time.Microsecond)
		} else {
			c.now = c.now.Add(50 * time.Millisecond)
		}
	}
}

func (c *closing) cut(cut bool) { c.cable.SetPartition(cut, cut) }

// push leaves n bytes to the stack of a, which has to take them in at once.
func (c *closing) push(n int) {
	c.Helper()
	qt, err := c.a.rt.Push(c.ours, libos.Bytes(random(7, n)))
	c.done(c.a, qt, err)
	c.idle(time.Second)
}

func (c *closing) close() {
	c.Helper()
	var err error
	c.began = c.now
	c.qt, err = c.a.rt.CloseQueue(c.ours)
	c.must(err)
}

// closed reports whether the close has completed.
func (c *closing) closed() bool {
	c.Helper()
	if c.qt == 0 {
		return true
	}
	res, err := c.a.rt.Wait(c.qt, 0)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	c.must(errors.Join(err, res.Err))
	c.qt = 0
	return true
}

// popAll pops what is there and reports how much, up to the end of the stream.
func (c *closing) popAll() (n int) {
	c.Helper()
	for {
		qt, err := c.b.rt.Pop(c.peers)
		res := c.done(c.b, qt, err)
		if res.N == 0 {
			return n
		}
		n += res.N
		c.must(c.b.rt.Free(res.SGA))
	}
}

// TestCloseOutlastsOutage: a peer that takes its time to read, and cannot be reached in between, still gets everything,
// and of a push that close cuts short what the stack had taken.
func TestCloseOutlastsOutage(t *testing.T) {
	for _, torn := range []bool{false, true} {
		c := newClosing(t)
		const n = 40_000
		c.push(n)
		if torn {
			_, err := c.a.rt.Push(c.ours, libos.Bytes(make([]byte, 1<<20)))
			c.must(err)
			c.idle(time.Second)
		}
		c.close()
		c.idle(time.Minute)
		c.cut(true)
		c.idle(time.Minute)
		c.cut(false)
		c.idle(time.Minute)
		if c.closed() {
			t.Fatal("the close completed before the peer had read")
		}
		if got := c.popAll(); got < n || got > n && !torn || got > 2*n+1<<16 {
			t.Errorf("the peer got %d bytes, want %d, or some more: %v", got, n, torn)
		}
		c.until("the close completes", c.closed)
	}
}

// TestCloseEnds closes in each state of a connection, and cuts the cable for a while or for good. The close ends, and
// leaves no socket, unless the peer is there and holds its window shut: then it ends when that reads, or by Cancel.
func TestCloseEnds(t *testing.T) {
	// The stack gives a segment up after 15 retransmissions that double up to two minutes; a connection that close
	// leaves behind has a minute.
	const gaveUp, orphaned = 15 * time.Minute, 2 * time.Minute
	full := func(c *closing) { c.push(40_000) }
	torn := func(c *closing) {
		full(c)
		_, err := c.a.rt.Push(c.ours, libos.Bytes(make([]byte, 1<<20)))
		c.must(err)
		c.idle(time.Second)
	}
	peerFirst := func(more func(*closing)) func(*closing) {
		return func(c *closing) {
			c.must(c.b.rt.Shutdown(c.peers, syscall.SHUT_WR))
			c.idle(100 * time.Millisecond)
			more(c)
		}
	}
	nothing := func(*closing) {}
	for _, state := range []struct {
		name   string
		reach  func(*closing)
		window bool // the peer's window is shut
	}{
		{"nothing sent", nothing, false},
		{"window shut", full, true},
		{"window shut, push cut short", torn, true},
		{"peer closed", peerFirst(nothing), false},
		{"peer closed, window shut", peerFirst(full), true},
		{"peer closed, window shut, push cut short", peerFirst(torn), true},
	} {
		for _, cable := range []struct {
			name string
			cut  time.Duration // 0: never, negative: for ever
		}{{"whole", 0}, {"cut for a while", 20 * time.Second}, {"cut", -1}} {
			for _, both := range []bool{false, true} {
				name := state.name + ", cable " + cable.name
				if both {
					name += ", both close"
				}
				t.Run(name, func(t *testing.T) {
					c := newClosing(t)
					state.reach(c)
					c.cut(cable.cut != 0)
					c.close()
					if both {
						_, err := c.b.rt.CloseQueue(c.peers)
						c.must(err)
					}
					if cable.cut > 0 {
						c.idle(cable.cut)
						c.cut(false)
					}
					c.sleep(gaveUp, c.closed)
					if waits := state.window && cable.cut >= 0 && !both; waits == c.closed() {
						t.Fatalf("the close ended: %v, want %v; %v after it began", c.closed(), !waits, c.now.Sub(c.began))
					} else if waits {
						c.must(c.a.rt.Cancel(c.qt))
						res, err := c.a.rt.Wait(c.qt, 0)
						if c.must(err); !errors.Is(res.Err, syscall.ECANCELED) {
							t.Errorf("cancelled close: %v", res.Err)
						}
					}
					c.sleep(orphaned, func() bool { return c.a.engine.Stats().Sockets == 0 })
					if n := c.a.engine.Stats().Sockets; n != 0 {
						t.Errorf("%d sockets are left", n)
					}
				})
			}
		}
	}
}
