//go:build !race && !catdebug

package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/internal/require"
)

// A value of 512 MiB, the largest, comes back as it was set. The server holds it once while it is set, but for what has
// arrived last, and twice while it is sent: in the store and in the reply.
func TestLargeValue(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a gigabyte and seconds")
	}
	if free := availableMemory(t); free < 4<<30 {
		require.Skip(t, fmt.Sprintf("%d bytes of memory are free, and this needs 4 GiB", free))
	}
	const n = 512 << 20
	p := start(t, nil)
	c := p.dial()
	if err := c.SetDeadline(time.Now().Add(4 * patience)); err != nil {
		t.Fatal(err)
	}
	piece := make([]byte, 1<<20)
	fill := func(r *rand.ChaCha8) {
		if _, err := io.ReadFull(r, piece); err != nil {
			t.Fatal(err)
		}
	}
	set := func(seed byte) (peak int64) {
		p.forgetPeak()
		c.send([]byte("*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$536870912\r\n"))
		r := rand.NewChaCha8([32]byte{seed})
		for range n / len(piece) {
			fill(r)
			c.send(piece)
		}
		c.send([]byte("\r\n"))
		if got := c.read(); got != "OK" {
			t.Fatalf("SET replies %.100q", got)
		}
		_, peak = p.resident()
		return peak
	}
	get := func(seed byte) (peak int64) {
		p.forgetPeak()
		c.send(command("get", "big"))
		head := make([]byte, len("$536870912\r\n"))
		if _, err := io.ReadFull(c, head); err != nil || string(head) != "$536870912\r\n" {
			t.Fatalf("GET replies %q, %v", head, err)
		}
		r := rand.NewChaCha8([32]byte{seed})
		got := make([]byte, len(piece))
		for i := range n / len(piece) {
			fill(r)
			if _, err := io.ReadFull(c, got); err != nil {
				t.Fatal(err)
			}
			if string(got) != string(piece) {
				t.Fatalf("the value differs within its MiB %d", i)
			}
		}
		if _, err := io.ReadFull(c, got[:2]); err != nil || string(got[:2]) != "\r\n" {
			t.Fatalf("GET ends with %q, %v", got[:2], err)
		}
		_, peak = p.resident()
		return peak
	}
	for _, step := range []struct {
		what string
		peak int64
		most int64
	}{
		{"SET", set(1), n * 3 / 2},
		{"GET", get(1), n * 11 / 4},
		{"GET again", get(1), n * 11 / 4},
		{"SET over it", set(2), n * 15 / 4},
		{"GET of that", get(2), n * 15 / 4},
	} {
		t.Logf("%s: at the peak %.2f times the value", step.what, float64(step.peak)/n)
		if step.peak > step.most {
			t.Errorf("%s takes %d bytes, want at most %d", step.what, step.peak, step.most)
		}
	}
	c.want("-ERR string exceeds maximum allowed size (proto-max-bulk-len)", "append", "big", "x")
	c.want("1", "del", "big")
	eventually(t, "the memory is given back", func() bool {
		now, _ := p.resident()
		return now < n/2
	})
	// One byte more is refused before it is sent.
	c.send([]byte("*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$536870913\r\n"))
	if got := c.read(); got != "-ERR Protocol error: invalid bulk length" {
		t.Errorf("one byte more: %q", got)
	}
}

// availableMemory returns MemAvailable of proc_meminfo(5), in bytes.
func availableMemory(t *testing.T) int64 {
	t.Helper()
	b, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "MemAvailable:")
	kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}
