package lab

import (
	"context"
	"net"
	"os"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/internal/require"
)

func TestThreshold(t *testing.T) {
	for loss, want := range map[float64]int64{0: 0, 0.25: 1 << 30, 1: 1 << 32} {
		if got := threshold(loss); got != want {
			t.Errorf("%v of the frames: %d, want %d", loss, got, want)
		}
	}
}

// Half of the datagrams get through a cable that loses half, and all through one that loses none.
func TestLoss(t *testing.T) {
	if os.Geteuid() != 0 {
		require.Skip(t, "needs root: makes network namespaces and programs for the kernel")
	}
	const all = 2000
	for _, tt := range []struct {
		loss        float64
		least, most int
	}{{0, all, all}, {0.5, all * 4 / 10, all * 6 / 10}} { // 0.5: nine standard deviations to each side
		if got := through(t, tt.loss, all); got < tt.least || got > tt.most {
			t.Errorf("loss %v: %d of %d datagrams arrived, want %d to %d", tt.loss, got, all, tt.least, tt.most)
		}
	}
}

// through sends datagrams one way and counts those that arrive.
func through(t *testing.T, loss float64, n int) (arrived int) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	l, err := Open(ctx, loss)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	at := &net.UDPAddr{IP: KernelServer.Addr().AsSlice(), Port: 7000}
	var in, out *net.UDPConn
	err = l.Server.do(func() (err error) {
		in, err = net.ListenUDP("udp4", at)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	err = l.Client.do(func() (err error) {
		out, err = net.DialUDP("udp4", nil, at)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	b := make([]byte, 1)
	receive := func(wait time.Duration) bool {
		if err := in.SetReadDeadline(time.Now().Add(wait)); err != nil {
			t.Fatal(err)
		}
		_, err := in.Read(b)
		return err == nil
	}
	// ARP loses frames too, and has to be through before anything is counted.
	for known := false; !known; known = receive(10 * time.Millisecond) {
		if ctx.Err() != nil {
			t.Fatal("no datagram arrives")
		}
		if _, err := out.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	for receive(100 * time.Millisecond) { // what waited for ARP
	}
	for i := range n {
		if _, err := out.Write(b); err != nil {
			t.Fatal(err)
		}
		if i%100 == 99 { // within the receive buffer
			for receive(20 * time.Millisecond) {
				arrived++
			}
		}
	}
	return arrived
}
