//go:build dpdk && linux && cgo

package dpdk_test

import (
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/dpdk"
)

// A client of memif connects again soon when the other end hangs up, and holds on to one that does not greet.
func TestMemifHangUp(t *testing.T) {
	socket := filepath.Join(socketDir, "hangup")
	l, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: socket, Net: "unixpacket"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	d := open(t, dpdk.Config{Port: "net_memif900,role=client,socket-abstract=no,socket=" + socket, Frames: 1024})
	defer d.Close()
	// accept polls the port until it connects.
	accept := func(within time.Duration) net.Conn {
		var f [1]link.Frame
		for end := time.Now().Add(within); time.Now().Before(end); {
			if _, err := d.Queue(0).RxBurst(f[:]); err == nil {
				t.Fatal("the link is up without a greeting")
			}
			if err := l.SetDeadline(time.Now().Add(time.Millisecond)); err != nil {
				t.Fatal(err)
			}
			if conn, err := l.Accept(); err == nil {
				return conn
			}
		}
		return nil
	}
	for i := range 10 {
		conn := accept(8 * time.Second) // less than it waits for a greeting
		if conn == nil {
			t.Fatalf("the port did not connect again after connection %d was closed", i)
		}
		conn.Close()
	}
	conn := accept(8 * time.Second)
	if conn == nil {
		t.Fatal("the port did not connect again")
	}
	defer conn.Close()
	if other := accept(500 * time.Millisecond); other != nil { // many times that of a retry
		other.Close()
		t.Error("the port did not wait to be greeted")
	}
}
