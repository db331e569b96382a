package resp

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/tidwall/redcon"
)

func encode(args []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(a), a)
	}
	return b.String()
}

// oracle reads commands with redcon's parser, as long as they are written in the one way in which it and Redis agree.
func oracle(in []byte) (cmds [][]string) {
	defer func() {
		// It fails on some malformed lengths; what it read before stands.
		_ = recover()
	}()
	for len(in) > 0 {
		complete, args, _, rest, err := redcon.ReadNextCommand(in, nil)
		if err != nil || !complete {
			return cmds
		}
		raw := in[:len(in)-len(rest)]
		var words []string
		for _, a := range args {
			words = append(words, string(a))
		}
		switch {
		case raw[0] == '*' && len(words) > 0 && string(raw) == encode(words):
		case raw[0] != '*' && len(raw) < maxLine && len(bytes.Trim(raw, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \n")) == 0:
		default:
			return cmds
		}
		if len(words) > 0 {
			cmds = append(cmds, words)
		}
		in = rest
	}
	return cmds
}

// collect is parse without joining the arguments.
func collect(p *Parser, pieces ...[]byte) (cmds [][]string, err error) {
	for _, piece := range pieces {
		b := bytes.Clone(piece)
		p.Feed(b)
		for {
			args, err := p.Next()
			if err != nil {
				return cmds, err
			}
			if args == nil {
				break
			}
			var words []string
			for _, a := range args {
				words = append(words, string(a))
			}
			cmds = append(cmds, words)
		}
		clear(b)
	}
	return cmds, nil
}

// FuzzParser: any fragmentation of any input gives the same commands and the same error, and where redcon's parser
// agrees with Redis, its commands are found.
func FuzzParser(f *testing.F) {
	for _, tt := range requests {
		if len(tt.in) < 1000 {
			f.Add([]byte(tt.in), uint16(3), uint8(0))
			f.Add([]byte(ping+tt.in+ping), uint16(259), uint8(1))
		}
	}
	f.Add([]byte("*2\r\n$3\r\nGET\r\n$100\r\n"+strings.Repeat("k", 100)+"\r\nSET a b\n"), uint16(20), uint8(2))
	f.Add([]byte("*11\r\n$1\r\na\r\n"), uint16(20), uint8(4))
	f.Fuzz(func(t *testing.T, in []byte, split uint16, limits uint8) {
		var lim *Limits
		if limits&7 != 0 {
			lim = &Limits{Unauthenticated: limits&4 != 0}
			if limits&1 != 0 {
				lim.MaxBulk = int64(limits)
			}
			if limits&2 != 0 {
				lim.MaxQuery = int64(limits)
			}
		}
		want, werr := collect(&Parser{Limits: lim}, in)

		at := min(int(split), len(in))
		step := int(split)%61 + 1
		var pieces, bytewise [][]byte
		for b := in; len(b) > 0; {
			n := min(step, len(b))
			pieces = append(pieces, b[:n])
			b = b[n:]
			step = (step*7+int(split))%61 + 1
		}
		for i := range in {
			bytewise = append(bytewise, in[i:i+1])
		}
		for _, pieces := range [][][]byte{{in[:at], in[at:]}, pieces, bytewise} {
			got, gerr := collect(&Parser{Limits: lim}, pieces...)
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) || gerr != werr {
				t.Fatalf("%q in %d pieces: %q, %v; whole: %q, %v", in, len(pieces), got, gerr, want, werr)
			}
		}
		if lim != nil {
			return
		}
		cmds := oracle(in)
		if len(want) < len(cmds) || fmt.Sprintf("%q", want[:len(cmds)]) != fmt.Sprintf("%q", cmds) {
			t.Fatalf("%q: %q, redcon %q", in, want, cmds)
		}
		// What was read, written again, is read as the same.
		var again strings.Builder
		for _, words := range want {
			again.WriteString(encode(words))
		}
		got, err := collect(new(Parser), []byte(again.String()))
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) || err != nil {
			t.Fatalf("%q, written again: %q, %v", want, got, err)
		}
		if cmds := oracle([]byte(again.String())); fmt.Sprintf("%q", cmds) != fmt.Sprintf("%q", want) {
			t.Fatalf("%q, written again: redcon %q", want, cmds)
		}
	})
}
