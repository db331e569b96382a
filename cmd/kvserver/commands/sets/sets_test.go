package sets_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/sets"
	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

// TestRepliesOfRESP3 tests replies that have another form in RESP3.
func TestRepliesOfRESP3(t *testing.T) {
	d := enginetest.New(t, sets.Commands)
	d.Do("hello", "3")
	d.Want("sadd s m", ":1")
	d.Want("smembers s", `~["m"]`)
	d.Want("smembers none", "~[]")
	d.Want("sinter s none", "~[]")
	d.Want("sunion s none", `~["m"]`)
	d.Want("sdiff s none", `~["m"]`)
	d.Want("srandmember none", "_")
	d.Want("srandmember none 1", "[]")
	d.Want("srandmember s 1", `["m"]`)
	d.Want("srandmember s -2", `["m", "m"]`)
	d.Want("spop none", "_")
	d.Want("spop none 2", "~[]")
	d.Want("spop s 0", "~[]")
	d.Want("sscan s 0", `["0", ["m"]]`)
	d.Want("spop s 2", `~["m"]`)
	d.Want("smembers s", "~[]")
}

// TestRepetitionsAreBounded asks for more than can be replied.
func TestRepetitionsAreBounded(t *testing.T) {
	d := enginetest.New(t, sets.Commands)
	d.Do("sadd", "s", strings.Repeat("x", 8<<20))
	d.Want("srandmember s -9223372036854775807", "-ERR value is out of range")
	d.Do("sadd", "t", "m")
	d.Want("srandmember t -3", `["m", "m", "m"]`)
}

// elements returns the elements of a shown array or set.
func elements(text string) []string {
	text = strings.Trim(text[strings.Index(text, "["):], "[]")
	if text == "" {
		return nil
	}
	list := strings.Split(text, ", ")
	for i, e := range list {
		list[i] = strings.Trim(e, `"`)
	}
	return list
}

// TestPop pops counts from sets of all forms: what is popped and what is left are the set.
func TestPop(t *testing.T) {
	for _, prefix := range []string{"", "m", strings.Repeat("large", 10)} {
		for _, n := range []int{1, 5, 300} {
			for _, count := range []int{1, n / 2, n - 1, n, n + 1} {
				d := enginetest.New(t, sets.Commands)
				all := map[string]bool{}
				for i := range n {
					all[prefix+fmt.Sprint(i)] = true
					d.Do("sadd", "s", prefix+fmt.Sprint(i))
				}
				popped := elements(d.Do("spop", "s", fmt.Sprint(count)))
				left := elements(d.Do("smembers", "s"))
				got := map[string]bool{}
				for _, m := range append(popped, left...) {
					got[m] = true
				}
				if len(popped) != min(count, n) || len(popped)+len(left) != n || !maps.Equal(got, all) {
					t.Errorf("%d of %d, %q: popped %q, left %q", count, n, prefix, popped, left)
				}
			}
		}
	}
}

// TestDestination stores results where a source is, or a key of another content.
func TestDestination(t *testing.T) {
	d := enginetest.New(t, sets.Commands)
	d.Do("sadd", "a", "1", "2", "x")
	d.Do("sadd", "b", "2", "3")
	d.Want("sunionstore a a b", ":4")
	d.Want("sinterstore a a b", ":2")
	d.Want("smembers a", `["2", "3"]`)
	d.Want("sdiffstore a a b", ":0")
	d.Want("smembers a", "[]")
	d.Want("sdiffstore b a b", ":0")
	d.Want("scard b", ":0")
}

// TestScan scans while the set grows, changes its form and shrinks: what is there all the time is met.
func TestScan(t *testing.T) {
	for _, prefix := range []string{"", "stays"} {
		const stay = 400
		d := enginetest.New(t, sets.Commands)
		for i := range stay {
			d.Do("sadd", "s", prefix+fmt.Sprint(i))
		}
		for round := range 4 {
			met := map[string]bool{}
			cursor, more := "0", stay
			for steps := 0; ; steps++ {
				reply := d.Do("sscan", "s", cursor, "count", "20")
				if _, err := fmt.Sscanf(reply, "[%q, ", &cursor); err != nil {
					t.Fatalf("%s: %v", reply, err)
				}
				for _, e := range elements(reply[strings.Index(reply, ", "):]) {
					met[e] = true
				}
				if cursor == "0" {
					break
				}
				if steps > 1000 {
					t.Fatal("the scan does not end")
				}
				for range 15 {
					if round%2 == 0 {
						d.Do("sadd", "s", fmt.Sprint(more))
					} else {
						d.Do("srem", "s", fmt.Sprint(more))
					}
					more++
				}
			}
			for i := range stay {
				if !met[prefix+fmt.Sprint(i)] {
					t.Fatalf("round %d, %q: member %d was not met", round, prefix, i)
				}
			}
			for i := range 200 { // an intset becomes large
				d.Do("sadd", "s", fmt.Sprint(stay+i))
			}
		}
	}
}
