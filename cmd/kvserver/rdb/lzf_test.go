package rdb

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

func lzfRoundTrip(t *testing.T, c *compressor, src []byte) (compressed []byte) {
	t.Helper()
	out, ok := c.compress([]byte("head"), src, len(src)+len(src)/maxLiteral+1)
	if !ok || string(out[:4]) != "head" {
		t.Fatalf("%d bytes do not fit in literals", len(src))
	}
	out = out[4:]
	back := bytes.Repeat([]byte{0xAA}, len(src)+8)
	if !decompress(back[:len(src):len(src)], out) || !bytes.Equal(back[:len(src)], src) {
		t.Fatalf("%.100x: compressed %.100x, back %.100x", src, out, back)
	}
	if !bytes.Equal(back[len(src):], bytes.Repeat([]byte{0xAA}, 8)) {
		t.Fatal("written behind the end")
	}
	for _, n := range []int{len(src) - 1, len(src) + 1} {
		if n >= 0 && decompress(make([]byte, n), out) {
			t.Fatalf("%d bytes come out as %d too", len(src), n)
		}
	}
	if short, ok := c.compress([]byte("head"), src, len(out)-1); ok || string(short[:4]) != "head" {
		t.Fatalf("%d bytes fit in %d", len(out), len(out)-1)
	}
	return out
}

func TestLZF(t *testing.T) {
	var c compressor
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		n := rnd.IntN(400)
		if rnd.IntN(10) == 0 {
			n = rnd.IntN(30000)
		}
		src := make([]byte, n)
		alphabet := 1 + rnd.IntN(255)
		for i := range src {
			src[i] = byte(rnd.IntN(alphabet))
			if back := 1 + rnd.IntN(9000); alphabet%2 == 0 && i >= back {
				src[i] = src[i-back]
			}
		}
		lzfRoundTrip(t, &c, src)
	}
	for n := range 600 { // each length of copies and literals
		lzfRoundTrip(t, &c, bytes.Repeat([]byte{'x'}, n))
		lzfRoundTrip(t, &c, []byte(strings.Repeat("0123456789", n)))
	}
	if out := lzfRoundTrip(t, &c, bytes.Repeat([]byte{'x'}, 26400)); len(out) > 310 {
		t.Errorf("26400 times x: %d bytes", len(out))
	}
	// The positions of earlier calls are forgotten when they no longer fit in 32 bits.
	c.base = 1<<32 - 100
	lzfRoundTrip(t, &c, []byte(strings.Repeat("abc", 20)))
	lzfRoundTrip(t, &c, []byte(strings.Repeat("abc", 200)))
}

func TestDecompressRejects(t *testing.T) {
	for name, tt := range map[string]struct {
		src string
		n   int
	}{
		"literals missing":        {"\x05abc", 6},
		"literals too long":       {"\x02abc", 2},
		"copy without distance":   {"\x00a\x20", 4},
		"long copy without":       {"\x00a\xe0\x01", 11},
		"copy before the start":   {"\x00a\x20\x01", 4},
		"copy from nothing":       {"\x20\x00", 3},
		"copy too long":           {"\x00a\x20\x00", 3},
		"too short":               {"\x00a\x20\x00", 5},
		"nothing":                 {"", 1},
		"something after the end": {"\x00a\x00", 1},
	} {
		if decompress(make([]byte, tt.n), []byte(tt.src)) {
			t.Errorf("%s: decompressed", name)
		}
	}
	if dst := make([]byte, 4); !decompress(dst, []byte("\x00a\x20\x00")) || string(dst) != "aaaa" {
		t.Errorf("a and three more: %q", dst)
	}
}

// No data expands by more than maxExpansion.
func FuzzLZF(f *testing.F) {
	f.Add([]byte("\x00a\xe0\xff\x00\xe0\xff\x00"))
	f.Add([]byte("abcabcabcabcabcaaaaaaaaaaaaaaaaaaa"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var c compressor
		lzfRoundTrip(t, &c, b)
		n := 0
		for src := b; len(src) > 0; { // how long it would get
			switch l := int(src[0]); {
			case l < maxLiteral:
				n += l + 1
				src = src[min(len(src), l+2):]
			case l>>5 < 7:
				n += l>>5 + 2
				src = src[min(len(src), 2):]
			case len(src) > 1:
				n += 9 + int(src[1])
				src = src[min(len(src), 3):]
			default:
				src = nil
			}
		}
		dst := bytes.Repeat([]byte{0xAA}, n+8)
		if decompress(dst[:n:n], b) && n > len(b)*maxExpansion {
			t.Fatalf("%x expands to %d bytes", b, n)
		}
		if !bytes.Equal(dst[n:], bytes.Repeat([]byte{0xAA}, 8)) {
			t.Fatal("written behind the end")
		}
	})
}

func BenchmarkCompress(b *testing.B) {
	src := []byte(strings.Repeat(`{"name":"somebody","id":123456,"tags":["a","b"]}`, 100))
	for i := range src {
		if i%17 == 0 {
			src[i] = byte(i)
		}
	}
	var c compressor
	dst := make([]byte, 0, 2*len(src))
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		c.compress(dst, src, len(src))
	}
}

func BenchmarkDecompress(b *testing.B) {
	src := []byte(strings.Repeat(`{"name":"somebody","id":123456,"tags":["a","b"]}`, 100))
	var c compressor
	out, _ := c.compress(nil, src, len(src))
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if !decompress(src, out) {
			b.Fatal("wrong")
		}
	}
}
