package netstack

import (
	"bytes"
	"io"
	"testing"

	"github.com/catamaran-os/catamaran/libos"
)

func TestPayload(t *testing.T) {
	segs := []libos.Segment{{}, {Data: []byte("abc")}, {}, {}, {Data: []byte("d")}, {Data: []byte("efgh")}, {}}
	sga := libos.Gather(segs...)
	const all = "abcdefgh"
	for off := 0; off <= len(all); off++ {
		for chunk := 1; chunk <= len(all)+1; chunk++ {
			var p payload
			p.set(&sga, off)
			var got bytes.Buffer
			b := make([]byte, chunk)
			for {
				if p.Len() != len(all)-off-got.Len() {
					t.Fatalf("off %d: length %d after %d", off, p.Len(), got.Len())
				}
				n, err := p.Read(b)
				got.Write(b[:n])
				if err == io.EOF {
					break
				}
				if n == 0 {
					t.Fatalf("off %d, chunk %d: read nothing", off, chunk)
				}
			}
			if got.String() != all[off:] {
				t.Errorf("off %d, chunk %d: %q", off, chunk, &got)
			}
		}
	}
}

func TestWriter(t *testing.T) {
	w := writer{make([]byte, 3)}
	if n, err := w.Write([]byte("ab")); n != 2 || err != nil {
		t.Error(n, err)
	}
	if n, err := w.Write([]byte("cd")); n != 1 || err != io.ErrShortWrite {
		t.Error(n, err)
	}
}
