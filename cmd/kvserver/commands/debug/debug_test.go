package debug_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands"
	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

func TestDebugIsRefused(t *testing.T) {
	d := enginetest.New(t, commands.All())
	const refusal = "-ERR DEBUG command not allowed. "
	if got := d.Line("debug sleep 0"); !strings.HasPrefix(got, refusal) {
		t.Errorf("by default: %s", got)
	}
	if got := d.Line("config set enable-debug-command yes"); !strings.HasPrefix(got, "-ERR") {
		t.Errorf("CONFIG SET replies %s", got)
	}
	d.E.Config.EnableDebugCommand = "local"
	d.Want("debug set-active-expire 1", "+OK")
	far := netip.MustParseAddrPort("192.0.2.1:1000")
	s := d.E.Connect(far, far)
	d.E.Do(s, [][]byte{[]byte("debug"), []byte("set-active-expire"), []byte("1")})
	if got := string(s.Out.Bytes()); !strings.HasPrefix(got, refusal) {
		t.Errorf("from afar: %s", got)
	}
}

func TestDebug(t *testing.T) {
	d := enginetest.New(t, commands.All())
	d.E.Config.EnableDebugCommand = "yes"
	for _, c := range [][2]string{
		{"debug foo", "-ERR unknown subcommand or wrong number of arguments for 'foo'. Try DEBUG HELP."},
		{"debug sleep", "-ERR unknown subcommand or wrong number of arguments for 'sleep'. Try DEBUG HELP."},
		{"debug object nokey", "-ERR no such key"},
		{"debug quicklist-packed-threshold 100b", "+OK"},
		{"debug quicklist-packed-threshold -1", "-ERR argument must be a memory value bigger than 1 and smaller than 4gb"},
		{"debug quicklist-packed-threshold 5gb", "-ERR argument must be a memory value bigger than 1 and smaller than 4gb"},
		{"debug reload", "-ERR DEBUG reload is not supported: persistence is not supported by this server"},
		{`debug error "ERR my own"`, "-ERR my own"},
		{"debug populate 3 k 12", "+OK"},
		{"get k:1", `"value:1\x00\x00\x00\x00\x00"`},
		{"dbsize", ":3"},
		{"debug populate 5", "+OK"},
		{"get key:4", `"value:4"`},
		{"debug populate -1", "-ERR value is out of range"},
		{"debug sleep 1", "-ERR DEBUG SLEEP is not possible here"}, // as this host has no Sleep
		{"debug protocol nothing", "-ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"},
	} {
		d.Want(c[0], c[1])
	}
	d.Want("set n 1", "+OK")
	before := d.Line("debug object n")
	d.Want("incr n", ":2")
	if after := d.Line("debug object n"); after != before || !strings.Contains(after, " encoding:int serializedlength:2 ") {
		t.Errorf("DEBUG OBJECT replies %s, then %s", before, after)
	}
}

// The signature is that of the contents.
func TestDigest(t *testing.T) {
	d := enginetest.New(t, commands.All())
	d.E.Config.EnableDebugCommand = "yes"
	empty := d.Line("debug digest")
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"set %s 1", "set %s 1", true}, {"set %s 1", "set %s 2", false}, {"set %s 1", "rpush %s 1", false},
		{"rpush %s 1 2", "rpush %s 2 1", false}, {"sadd %s 1 2", "sadd %s 2 1", true}, {"sadd %s 1 2", "sadd %s 1 2 3", false},
		{"hset %s a b c d", "hset %s c d a b", true}, {"hset %s a b", "hset %s ab x", false},
		{"zadd %s 1 a 2 b", "zadd %s 2 b 1 a", true}, {"zadd %s 1 a", "zadd %s 2 a", false},
		{"set %s 1", "set %s 1 pxat 1900000000000", false},
	} {
		d.Want("flushall", "+OK")
		d.Line(fmt.Sprintf(c.a, "x"))
		d.Line(fmt.Sprintf(c.b, "y"))
		if same := d.Line("debug digest-value x") == d.Line("debug digest-value y"); same != c.same {
			t.Errorf("%s, %s: the same signature is %v", c.a, c.b, same)
		}
		if d.Line("debug digest") == empty {
			t.Errorf("%s: the signature is that of no keys", c.a)
		}
	}
	x := d.Line("debug digest")
	d.Want("copy x z", ":1")
	d.Want("del x", ":1")
	if d.Line("debug digest") == x {
		t.Error("a key's name does not count")
	}
	d.Want("rename z x", "+OK")
	if got := d.Line("debug digest"); got != x {
		t.Errorf("DEBUG DIGEST %s, was %s", got, x)
	}
}

func TestMemory(t *testing.T) {
	d := enginetest.New(t, commands.All())
	d.Want("memory usage k", "nil")
	last := 0
	for _, n := range []int{1, 100, 3000, 100_000, 1_000_000} {
		d.Do("set", "k", strings.Repeat("x", n))
		var usage int
		if _, err := fmt.Sscanf(d.Line("memory usage k samples 0"), ":%d", &usage); err != nil || usage < n || usage > n+n/4+64 || usage <= last {
			t.Errorf("MEMORY USAGE of %d bytes: %d (%v)", n, usage, err)
		}
		last = usage
	}
	for _, line := range []string{"memory doctor", "memory stats", "memory malloc-stats", "memory help"} {
		if got := d.Line(line); got == "" || got[0] == '-' {
			t.Errorf("%s: %s", line, got)
		}
	}
	d.Want("memory purge", "+OK")
	d.Line("hello 3")
	if got := d.Line("memory stats"); !strings.HasPrefix(got, `{"peak.allocated": :1`) {
		t.Errorf("MEMORY STATS replies %s", got)
	}
}

// DEBUG PROTOCOL replies what Redis does, in both versions.
func TestProtocol(t *testing.T) {
	d := enginetest.New(t, commands.All())
	d.E.Config.EnableDebugCommand = "yes"
	for proto, replies := range map[string]map[string]string{
		"2": {"string": "$11\r\nHello World\r\n", "integer": ":12345\r\n", "double": "$5\r\n3.141\r\n", "null": "$-1\r\n",
			"bignum": "$37\r\n1234567999999999999999999999999999999\r\n", "array": "*3\r\n:0\r\n:1\r\n:2\r\n", "set": "*3\r\n:0\r\n:1\r\n:2\r\n",
			"map": "*6\r\n:0\r\n:0\r\n:1\r\n:1\r\n:2\r\n:0\r\n", "attrib": "$39\r\nSome real reply following the attribute\r\n",
			"push": "-ERR RESP2 is not supported by this command\r\n", "verbatim": "$25\r\nThis is a verbatim\nstring\r\n", "true": ":1\r\n", "false": ":0\r\n"},
		"3": {"double": ",3.141\r\n", "null": "_\r\n", "bignum": "(1234567999999999999999999999999999999\r\n", "set": "~3\r\n:0\r\n:1\r\n:2\r\n",
			"map": "%3\r\n:0\r\n#f\r\n:1\r\n#t\r\n:2\r\n#f\r\n", "true": "#t\r\n", "false": "#f\r\n", "verbatim": "=29\r\ntxt:This is a verbatim\nstring\r\n",
			"attrib": "|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n$39\r\nSome real reply following the attribute\r\n",
			"push":   ">2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n$40\r\nSome real reply following the push reply\r\n"},
	} {
		d.Line("hello " + proto)
		for name, want := range replies {
			d.Run("debug", "protocol", name)
			if got := string(d.Raw()); got != want {
				t.Errorf("RESP%s %s: %q, want %q", proto, name, got, want)
			}
		}
	}
}
