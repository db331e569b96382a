//go:build dpdk && linux && cgo

package dpdk_test

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/catamaran-os/catamaran/link/dpdk"
)

// wants fails the test unless err is of errno, on one line, and says the words.
func wants(t *testing.T, err error, errno syscall.Errno, words ...string) {
	t.Helper()
	if !errors.Is(err, errno) {
		t.Errorf("%v is not %v", err, errno)
		return
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("%q has more than one line", err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []dpdk.Config{
		{Queues: -1}, {Queues: 65}, {MTU: -1}, {MTU: 67}, {MTU: 9703}, {Descriptors: -1}, {Descriptors: 32769},
		{Frames: -1}, {Frames: 255}, {Frames: 1<<22 + 1},
	} {
		_, err := dpdk.Open(c)
		wants(t, err, syscall.EINVAL, "it can be")
	}
}

// What is wrong with a port does not harm the others: each of these is followed by one that opens.
func TestOpenErrors(t *testing.T) {
	null := func(n int32) string { return fmt.Sprintf("net_null%d,size=64", n) }
	for _, tt := range []struct {
		name   string
		config dpdk.Config
		errno  syscall.Errno
		words  []string
	}{
		{"no such number", dpdk.Config{Port: "31"}, syscall.ENODEV, []string{"31", "net_memif0", "--vdev"}},
		{"no such name", dpdk.Config{Port: "net_null77"}, syscall.ENODEV, []string{"net_null77", "--vdev"}},
		{"no such driver", dpdk.Config{Port: "net_nope0,a=b"}, syscall.ENODEV, []string{"net_nope0", "make device"}},
		{"driver refuses the arguments", dpdk.Config{Port: "net_memif78,role=x"}, syscall.EIO, []string{"net_memif78", "Unknown role", "make device"}},
		{"no RSS", dpdk.Config{Port: fmt.Sprintf("net_vhost78,iface=%s/v78,queues=2", socketDir), Queues: 2}, syscall.ENOTSUP, []string{"RSS", "use one"}},
		{"more queues than there are", dpdk.Config{Port: fmt.Sprintf("net_vhost79,iface=%s/v79,queues=2", socketDir), Queues: 3}, syscall.EINVAL, []string{"2 queues, not 3"}},
		{"too many mbufs for vhost", dpdk.Config{Port: fmt.Sprintf("net_vhost80,iface=%s/v80", socketDir), Frames: 1 << 22}, syscall.ENOMEM, []string{"4194304 mbufs"}},
		{"too many mbufs", dpdk.Config{Port: null(79), Frames: 1 << 22}, syscall.ENOMEM, []string{"4194304 mbufs", "-m"}},
		{"other EAL arguments", dpdk.Config{EAL: []string{"--no-pci"}, Port: null(80)}, syscall.EBUSY, []string{"runs already"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.config.EAL == nil {
				tt.config.EAL = ealArgs
			}
			_, err := dpdk.Open(tt.config)
			wants(t, err, tt.errno, tt.words...)
			d := open(t, dpdk.Config{Port: null(opened.Add(1)), Frames: 1024})
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOpenTwice(t *testing.T) {
	d := open(t, dpdk.Config{Port: "net_null81,size=64", Frames: 1024})
	_, err := dpdk.Open(dpdk.Config{EAL: ealArgs, Port: "net_null81"})
	wants(t, err, syscall.EBUSY, "open in this process already", "net_null81")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, dpdk.Config{Port: "net_null81", Frames: 1024}) // the arguments of a closed device are known
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}
