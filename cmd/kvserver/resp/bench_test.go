package resp

import (
	"strings"
	"testing"
)

func benchParser(b *testing.B, commands int, pieces ...string) {
	in := make([][]byte, len(pieces))
	for i, s := range pieces {
		in[i] = []byte(s)
	}
	var p Parser
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, piece := range in {
			p.Feed(piece)
			for {
				args, err := p.Next()
				if err != nil {
					b.Fatal(err)
				}
				if args == nil {
					break
				}
				n++
			}
		}
		if n != commands {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(commands), "ns/command")
}

func BenchmarkParser(b *testing.B) {
	get := "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000012345\r\n"
	set := "*3\r\n$3\r\nSET\r\n$16\r\nkey:000000012345\r\n$64\r\n" + strings.Repeat("v", 64) + "\r\n"
	big := "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1048576\r\n" + strings.Repeat("v", 1<<20) + "\r\n"
	b.Run("GET", func(b *testing.B) { benchParser(b, 1, get) })
	b.Run("16 GET", func(b *testing.B) { benchParser(b, 16, strings.Repeat(get, 16)) })
	b.Run("16 SET", func(b *testing.B) { benchParser(b, 16, strings.Repeat(set, 16)) })
	b.Run("split GET", func(b *testing.B) { benchParser(b, 1, get[:25], get[25:]) })
	b.Run("inline GET", func(b *testing.B) { benchParser(b, 1, "GET key:000000012345\r\n") })
	b.Run("SET 1 MiB in 16 KiB", func(b *testing.B) {
		var pieces []string
		for s := big; s != ""; {
			n := min(len(s), 16<<10)
			pieces = append(pieces, s[:n])
			s = s[n:]
		}
		b.SetBytes(int64(len(big)))
		benchParser(b, 1, pieces...)
	})
}

func BenchmarkWriter(b *testing.B) {
	value := []byte(strings.Repeat("v", 64))
	for _, bb := range []struct {
		name string
		f    func(w *Writer)
	}{
		{"OK", func(w *Writer) { w.OK() }},
		{"Int 1", func(w *Writer) { w.Int(1) }},
		{"Int 12345", func(w *Writer) { w.Int(12345) }},
		{"Bulk 64", func(w *Writer) { w.Bulk(value) }},
		{"Double 3", func(w *Writer) { w.Double(3) }},
		{"Double 0.1", func(w *Writer) { w.Double(0.1) }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			var w Writer
			b.ReportAllocs()
			for b.Loop() {
				if w.Len() > 4096 {
					w.Reset()
				}
				bb.f(&w)
			}
		})
	}
}
