package resp

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// one feeds pieces of a single command and returns its arguments.
func one(t *testing.T, p *Parser, pieces ...string) [][]byte {
	t.Helper()
	pieces = slices.DeleteFunc(pieces, func(s string) bool { return s == "" })
	for i, piece := range pieces {
		p.Feed([]byte(piece))
		args, err := p.Next()
		if err != nil || (args != nil) != (i == len(pieces)-1) {
			t.Fatalf("piece %d of %d: %d arguments, %v", i, len(pieces), len(args), err)
		}
		if args != nil {
			return args
		}
	}
	return nil
}

func drained(t *testing.T, p *Parser) {
	t.Helper()
	if args, err := p.Next(); args != nil || err != nil {
		t.Fatalf("%q, %v", args, err)
	}
}

func TestOwn(t *testing.T) {
	var p Parser
	big := strings.Repeat("b", BigArg)
	small := strings.Repeat("s", BigArg-1)
	in := fmt.Sprintf("*4\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n$1\r\nx\r\n", len(big), big, len(small), small, len(big), big)

	args := one(t, &p, in)
	for i := range args {
		if _, ok := p.Own(i); ok {
			t.Errorf("argument %d of a command in one piece is the caller's", i)
		}
	}
	drained(t, &p)

	// Split in the second big one, so that the first is complete when the input ends.
	at := len(in) - BigArg/2
	args = one(t, &p, in[:at], in[at:])
	var kept [][]byte
	for i, a := range args {
		b, ok := p.Own(i)
		if ok != (len(a) == BigArg) {
			t.Errorf("argument %d of %d bytes: own %t", i, len(a), ok)
		}
		if ok {
			kept = append(kept, b)
		}
	}
	if _, ok := p.Own(4); ok {
		t.Error("argument beyond the last is the caller's")
	}
	drained(t, &p)
	one(t, &p, in[:at], in[at:])
	if len(kept) != 2 || string(kept[0]) != big || string(kept[1]) != big || cap(kept[0]) != len(big) {
		t.Error("an own argument has changed with the next command")
	}
}

// TestAppend: a caller that appends to an argument does not write into what is behind it.
func TestAppend(t *testing.T) {
	for _, in := range []string{"*2\r\n$4\r\nECHO\r\n$3\r\nabc\r\n", "ECHO abc\n", "'ECHO' abc\n"} {
		for at := range len(in) {
			for n := range 12 {
				var p Parser
				args := one(t, &p, in[:at], in[at:])
				_ = append(args[0], "!!!!!!!!!!!!"[:n]...)
				if string(args[1]) != "abc" {
					t.Fatalf("%q split at %d: %q after appending %d bytes", in, at, args, n)
				}
			}
		}
	}
}

// TestBuffered: what is held is counted, and nothing is held of whole commands.
func TestBuffered(t *testing.T) {
	var p Parser
	for _, tt := range []struct {
		in   string
		want int
	}{
		{"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n", 4}, {"$1", 6}, {"0", 7}, {"\r\n", 4}, {"01234", 9}, {"56789", 14}, {"\r", 14}, {"\n", 0},
		{"PIN", 3}, {"G x", 6}, {"\n", 0}, {"*1", 2}, {"\r", 2}, {"\n", 0}, {"$40000\r\n1234", 4}, {strings.Repeat("x", 39996), 40000}, {"\r\n", 0},
	} {
		p.Feed([]byte(tt.in))
		for {
			if args, err := p.Next(); err != nil {
				t.Fatal(err)
			} else if args == nil {
				break
			}
		}
		if got := p.Buffered(); got != tt.want {
			t.Errorf("after %.20q: %d bytes, want %d", tt.in, got, tt.want)
		}
	}
}

func TestFeedTooEarly(t *testing.T) {
	var p Parser
	p.Feed([]byte(ping))
	defer func() {
		if recover() == nil {
			t.Error("Feed took input while there was some left")
		}
	}()
	p.Feed([]byte(ping))
}

func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestAnnounced: headers cost nothing, arguments cost in proportion to what has arrived of them.
func TestAnnounced(t *testing.T) {
	for _, tt := range []struct {
		in   string
		most uint64
	}{
		{"*2147483647\r\n", 64 << 10},
		{"*1000000\r\n$3\r\nSET\r\n$536870912\r\n", 64 << 10},
		{"*1\r\n$536870912\r\n" + strings.Repeat("x", 1000), 64 << 10},
		{"*1\r\n$536870912\r\n" + strings.Repeat("x", 1<<20), 8 << 20},
		{"*1000000\r\n" + strings.Repeat("$0\r\n\r\n", 10_000), 4 << 20},
	} {
		in := []byte(tt.in)
		var p Parser
		if got := allocated(func() { p.Feed(in); p.Next() }); got > tt.most {
			t.Errorf("%.40q: %d bytes allocated", tt.in, got)
		}
		if args, err := p.Next(); args != nil || err != nil {
			t.Errorf("%.40q: %d arguments, %v", tt.in, len(args), err)
		}
	}
}

// TestGivenUp: a large command leaves no large memory.
func TestGivenUp(t *testing.T) {
	var p Parser
	many := "*5000\r\n" + strings.Repeat("$30\r\n"+strings.Repeat("m", 30)+"\r\n", 5000)
	big := fmt.Sprintf("*1\r\n$%d\r\n%s\r\n", 1<<20, strings.Repeat("b", 1<<20))
	for _, in := range []string{many, big} {
		for _, at := range []int{len(in), len(in) / 2} {
			one(t, &p, in[:at], in[at:])
			drained(t, &p)
			if cap(p.args) > keepArgs || cap(p.hold.chunk) > keepChunk || p.hold.big != nil || cap(p.hold.owned) > keepArgs {
				t.Errorf("%.20q split at %d: keeps %d arguments, %d bytes", in, at, cap(p.args), cap(p.hold.chunk))
			}
			for i, a := range p.args[:cap(p.args)] {
				if a != nil {
					t.Errorf("%.20q split at %d: argument %d is still there", in, at, i)
					break
				}
			}
		}
	}
	p.Feed([]byte(ping[:len(ping)-4]))
	drained(t, &p)
	if p.Trim(); p.Buffered() != 2 {
		t.Error("Trim has dropped an unfinished command")
	}
	p = Parser{}
	one(t, &p, "PI", "NG\n")
	drained(t, &p)
	if p.Trim(); p.args != nil || p.hold.chunk != nil {
		t.Error("Trim has left memory")
	}
	if got, err := parse(&p, ping); len(got) != 1 || err != nil {
		t.Errorf("after Trim: %q, %v", got, err)
	}
}

// TestManyPieces: arguments that were collected in chunks outlive the chunk that was too small.
func TestManyPieces(t *testing.T) {
	var in bytes.Buffer
	var want []string
	fmt.Fprintf(&in, "*300\r\n")
	for i := range 300 {
		want = append(want, strings.Repeat(string(rune('a'+i%26)), i*7%900))
		fmt.Fprintf(&in, "$%d\r\n%s\r\n", len(want[i]), want[i])
	}
	for _, size := range []int{1, 7, 64, 1448, 100_000} {
		var p Parser
		for range 3 {
			var pieces []string
			for b := in.String(); len(b) > 0; {
				n := min(size, len(b))
				pieces = append(pieces, b[:n])
				b = b[n:]
			}
			got, err := parse(&p, pieces...)
			if err != nil || len(got) != 1 || got[0] != strings.Join(want, "|") {
				t.Fatalf("pieces of %d: %d commands, %v", size, len(got), err)
			}
		}
	}
}

// TestQueryLimit: the bound holds for one command, however it comes.
func TestQueryLimit(t *testing.T) {
	lim := &Limits{MaxQuery: 1000}
	within := "*2\r\n$3\r\nSET\r\n$949\r\n" + strings.Repeat("x", 949) + "\r\n"
	beyond := "*2\r\n$3\r\nSET\r\n$950\r\n" + strings.Repeat("x", 950) + "\r\n"
	many := "*100\r\n" + strings.Repeat("$1\r\nx\r\n", 41)
	for _, tt := range []struct {
		in  string
		n   int
		err error
	}{{within + within, 2, nil}, {within + beyond, 1, ErrQueryLimit}, {beyond[:len(beyond)-3], 0, nil}, {beyond[:len(beyond)-2], 0, ErrQueryLimit},
		{many, 0, ErrQueryLimit}, {many[:len(many)-7], 0, nil}} {
		for _, pieces := range [][]string{{tt.in}, {tt.in[:30], tt.in[30:]}, strings.SplitAfter(tt.in, "x"), strings.SplitAfter(tt.in, "")} {
			got, err := parse(&Parser{Limits: lim}, pieces...)
			if len(got) != tt.n || err != tt.err {
				t.Errorf("%.30q in %d pieces: %d commands, %v, want %d, %v", tt.in, len(pieces), len(got), err, tt.n, tt.err)
			}
		}
	}
}

// TestLimits: they are looked at when they apply, and may change.
func TestLimits(t *testing.T) {
	lim := &Limits{Unauthenticated: true}
	for _, tt := range []struct {
		in  string
		err error
	}{{"*10\r\n", nil}, {"*11\r\n", errCountUnauth}, {"*1\r\n$16384\r\n", nil}, {"*1\r\n$16385\r\n", errLenUnauth}, {"*1\r\n$600000000\r\n", errLen},
		{"*1\r\n$16385\r\n" + strings.Repeat("x", 16387), errLenUnauth}, {"*4294967296\r\n", errCount}} {
		if _, err := parse(&Parser{Limits: lim}, tt.in); err != tt.err {
			t.Errorf("%.30q: %v, want %v", tt.in, err, tt.err)
		}
		if _, err := parse(new(Parser), tt.in); (err == errCountUnauth) || (err == errLenUnauth) {
			t.Errorf("%.30q: %v of a parser without limits", tt.in, err)
		}
	}
	p := Parser{Limits: lim}
	auth := "*11\r\n"
	p.Feed([]byte(ping + auth))
	if args, err := p.Next(); len(args) != 1 || err != nil {
		t.Fatal(args, err)
	}
	*lim = Limits{MaxBulk: 3}
	drained(t, &p)
	p.Feed([]byte("$3\r\nabc\r\n$4\r\nabcd\r\n"))
	for range 2 {
		if args, err := p.Next(); args != nil || err != errLen {
			t.Errorf("%q, %v", args, err)
		}
	}
	p.Feed([]byte(ping))
	if args, err := p.Next(); args != nil || err != errLen || p.Buffered() != 0 {
		t.Errorf("after the error: %q, %v, %d bytes held", args, err, p.Buffered())
	}
}
