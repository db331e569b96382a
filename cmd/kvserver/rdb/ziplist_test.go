package rdb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
)

func TestFromZiplist(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	all := []string{"0", "12", "13", "-1", "-128", "128", "-32768", "32768", "-8388608", "8388607", "8388608", "2147483648", "-9223372036854775808",
		"", strings.Repeat("x", 63), strings.Repeat("x", 64), strings.Repeat("x", 253), "a", strings.Repeat("x", 16383), "b", strings.Repeat("x", 16384), "c"}
	for range 20 {
		zl := zip(all)
		lp, err := FromZiplist(nil, zl)
		if err != nil || !bytes.Equal(lp, pack(all)) {
			t.Fatalf("%.300q: %v: %.300x", all, err, lp)
		}
		rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
	if lp, err := FromZiplist(nil, zip(nil)); err != nil || listpack.Len(lp) != 0 {
		t.Errorf("empty: %v, %x", err, lp)
	}
	// A long form of the length of the entry before is what Redis leaves behind when that one gets shorter.
	zl := []byte("\x14\x00\x00\x00\x0d\x00\x00\x00\x02\x00\x00\x01a\xfe\x03\x00\x00\x00\xf4\xff")
	if lp, err := FromZiplist(nil, zl); err != nil || !bytes.Equal(lp, pack([]string{"a", "3"})) {
		t.Errorf("long form: %v, %x", err, lp)
	}
}

func TestFromZiplistRejects(t *testing.T) {
	good := zip([]string{"a", "300", "bc"})
	for name, change := range map[string]func(zl []byte) []byte{
		"nothing":              func([]byte) []byte { return nil },
		"header":               func(zl []byte) []byte { return zl[:zipHeaderLen] },
		"length":               func(zl []byte) []byte { zl[0]++; return zl },
		"tail":                 func(zl []byte) []byte { zl[4]--; return zl },
		"too few":              func(zl []byte) []byte { zl[8]--; return zl },
		"too many":             func(zl []byte) []byte { zl[8]++; return zl },
		"no end":               func(zl []byte) []byte { zl[len(zl)-1] = 0; return zl },
		"end within":           func(zl []byte) []byte { zl[13] = 0xFF; return zl },
		"length before":        func(zl []byte) []byte { zl[13]++; return zl },
		"long length before":   func(zl []byte) []byte { zl[17] = 0xFE; return zl },
		"string too long":      func(zl []byte) []byte { zl[18] = 9; return zl },
		"14-bit string":        func(zl []byte) []byte { zl[18] = 0x40; return zl },
		"32-bit string":        func(zl []byte) []byte { zl[18] = 0x80; return zl },
		"integer too long":     func(zl []byte) []byte { zl[18] = 0xE0; return zl },
		"unknown encoding":     func(zl []byte) []byte { zl[18] = 0xFF; return zl },
		"unknown encoding 81":  func(zl []byte) []byte { zl[18] = 0x81; return zl },
		"unknown encoding C1":  func(zl []byte) []byte { zl[18] = 0xC1; return zl },
		"a byte too many":      func(zl []byte) []byte { return resized(slices.Insert(zl, len(zl)-1, 0)) },
		"an end too many":      func(zl []byte) []byte { return resized(append(zl, 0xFF)) },
		"long length, cut off": func(zl []byte) []byte { return resized(append(zl[:17], 0xFE, 0x04, 0, 0, 0xFF)) },
	} {
		if lp, err := FromZiplist(nil, change(bytes.Clone(good))); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v, %x", name, err, lp)
		}
	}
}

func resized(zl []byte) []byte {
	binary.LittleEndian.PutUint32(zl, uint32(len(zl)))
	return zl
}

// mend makes a ziplist of the entries whose encodings are in b, if they are any, and changes one byte of it then. Without
// that, next to nothing that a fuzzer finds is one.
func mend(b []byte, at uint16, to byte) []byte {
	zl := make([]byte, zipHeaderLen)
	last, before, n := zipHeaderLen, 0, 0
	for ; len(b) > 0; n++ {
		_, size := zipData(b)
		if size == 0 {
			break
		}
		last = len(zl)
		if before < 254 && size%3 > 0 {
			zl = append(zl, byte(before))
		} else {
			zl = binary.LittleEndian.AppendUint32(append(zl, 0xFE), uint32(before))
		}
		zl = append(zl, b[:size]...)
		before = len(zl) - last
		b = b[size:]
	}
	zl = resized(append(zl, zipEnd))
	binary.LittleEndian.PutUint32(zl[4:], uint32(last))
	binary.LittleEndian.PutUint16(zl[8:], uint16(n))
	if int(at) < len(zl) {
		zl[at] = to
	}
	return zl
}

// Whatever it is given, what comes out is a listpack.
func FuzzZiplist(f *testing.F) {
	f.Add(zip([]string{"a", "300", "bc", "-1", strings.Repeat("x", 300), "7"}), uint16(0), byte(0), false)
	f.Add(zip([]string{"99999999999", strings.Repeat("x", 64)}), uint16(0), byte(0), false)
	f.Add([]byte("\x01a\xf3\xc0ab\xd0abcd\xfea\xf0abc\xe0abcdefgh\x40\x01a\x80\x00\x00\x00\x01a"), uint16(9999), byte(0), true)
	f.Fuzz(func(t *testing.T, b []byte, at uint16, to byte, mended bool) {
		if b = b[:min(len(b), 8000)]; mended {
			b = mend(b, at, to)
		}
		lp, err := FromZiplist(nil, b)
		if err == nil && (!listpack.Valid(lp, false) || len(lp) > 2*len(b)+listpack.MinBytes) {
			t.Fatalf("%x gives %x", b, lp)
		}
		if mended && err != nil && int(at) >= len(b) {
			t.Fatalf("%x: %v", b, err)
		}
	})
}
