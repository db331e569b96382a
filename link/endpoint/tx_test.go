package endpoint

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/stack"

	"github.com/catamaran-os/catamaran/link/pipe"
)

// write lets the stack write packets of the given payloads, and returns how many were taken.
func (f *fixture) write(payloads ...[]byte) (int, tcpip.Error) {
	var list stack.PacketBufferList
	for _, p := range payloads {
		pkt := stack.NewPacketBuffer(stack.PacketBufferOptions{
			ReserveHeaderBytes: int(f.e.MaxHeaderLength()), Payload: buffer.MakeWithData(p),
		})
		pkt.NetworkProtocolNumber = typeIPv4
		pkt.EgressRoute.LocalLinkAddress = f.e.LinkAddress()
		pkt.EgressRoute.RemoteLinkAddress = tcpip.LinkAddress(macOther)
		f.e.AddHeader(pkt)
		list.PushBack(pkt)
	}
	defer list.DecRef()
	return f.e.WritePackets(list)
}

func number(i int) []byte { return []byte(fmt.Sprintf("packet %06d", i)) }

func TestSend(t *testing.T) {
	wrote := 0
	f := newFixture(t, pipe.Config{}, Options{Staged: func() { wrote++ }})
	if n, err := f.write(number(0), number(1)); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	if got := f.received(); len(got) != 0 {
		t.Fatalf("sent before the flush: %q", got)
	}
	if !f.e.Pending() || wrote != 1 {
		t.Errorf("pending %v, told %d times", f.e.Pending(), wrote)
	}
	if _, ok := f.e.Arm(); ok {
		t.Error("armed with frames staged")
	}
	if n := f.e.Flush(); n != 2 {
		t.Errorf("flushed %d", n)
	}
	want := append(append(bytes.Clone(macOther), macOurs...), 8, 0)
	got := f.received()
	if len(got) != 2 || !bytes.Equal(got[0], append(bytes.Clone(want), number(0)...)) {
		t.Errorf("received %q", got)
	}
	if n, err := f.write(make([]byte, 1501)); n != 0 || fmt.Sprint(err) != fmt.Sprint(&tcpip.ErrMessageTooLong{}) {
		t.Errorf("over the MTU: %d, %v", n, err)
	}
	if n, err := f.write(make([]byte, 1500)); n != 1 || err != nil {
		t.Errorf("the MTU: %d, %v", n, err)
	}
	if _, ok := f.e.Arm(); ok {
		t.Error("armed with a frame staged")
	}
	f.e.Flush()
	if fd, ok := f.e.Arm(); !ok || fd < 0 {
		t.Errorf("arm: %d, %v", fd, ok)
	}
	if s := f.e.Stats(); s.TxFrames != 3 || s.TxTooLong != 1 || s.Staged != 0 {
		t.Errorf("%+v", s)
	}
}

// TestBackPressure: what the device does not take is held in order, up to the bound, and sent when there is room.
func TestBackPressure(t *testing.T) {
	const ring, held = 16, 100
	f := newFixture(t, pipe.Config{Ring: ring, Frames: 64}, Options{MaxHeld: held})
	written := 0
	for {
		room := f.e.Room()
		n, err := f.write(number(written))
		if err == nil != (room > 0) {
			t.Fatalf("room for %d, and write says %v", room, err)
		}
		if err != nil {
			if _, ok := err.(*tcpip.ErrNoBufferSpace); !ok || n != 0 {
				t.Fatal(n, err)
			}
			break
		}
		written++
		f.e.Flush()
	}
	s := f.e.Stats()
	if s.TxNoBuffer != 1 || s.Held != held || s.TxFrames != ring || written != ring+s.Staged+held {
		t.Errorf("%d written: %+v", written, s)
	}
	// The device refused: it tells when it takes more.
	if fd, ok := f.e.Arm(); !ok || fd < 0 {
		t.Errorf("arm under back-pressure: %d, %v", fd, ok)
	}
	next := 0
	for next < written {
		got := f.received()
		if len(got) == 0 {
			t.Fatalf("nothing comes after %d of %d: %+v", next, written, f.e.Stats())
		}
		for _, b := range got {
			if !bytes.HasSuffix(b, number(next)) {
				t.Fatalf("packet %d is %q", next, b)
			}
			next++
		}
		f.e.Flush()
	}
	if s := f.e.Stats(); s.Held != 0 || s.Staged != 0 || s.TxFrames != uint64(written) || f.e.Pending() {
		t.Errorf("%+v", s)
	}
}

// TestWriters: goroutines of the stack write while the owner flushes.
func TestWriters(t *testing.T) {
	const writers, each = 4, 500
	f := newFixture(t, pipe.Config{Frames: 512}, Options{})
	var wg sync.WaitGroup
	for range writers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range each {
				if _, err := f.write(number(i)); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	got := 0
	for finished := false; !finished || f.e.Pending() || f.e.Stats().Staged > 0; {
		select {
		case <-done:
			finished = true
		default:
		}
		f.e.Flush()
		got += len(f.received())
	}
	if got += len(f.received()); got != writers*each {
		t.Errorf("%d of %d arrived: %+v", got, writers*each, f.e.Stats())
	}
}
