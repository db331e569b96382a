package hashes_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/hashes"
	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

func TestFloats(t *testing.T) {
	d := enginetest.New(t, hashes.Commands)
	d.Want("hincrbyfloat h f 0.1", `"0.1"`)
	d.Want("hincrbyfloat h f 0.2", `"0.3"`)
	d.Want("hincrbyfloat h n 1e3", `"1000"`)
	d.Want("hincrby h n 1", ":1001")
	d.Want("hincrbyfloat h n inf", "-ERR value is NaN or Infinity")
	d.Want("hincrbyfloat h n 1x", "-ERR value is not a valid float")
	d.Want("hset h bad x big inf", ":2")
	d.Want("hincrbyfloat h bad 1", "-ERR hash value is not a float")
	d.Want("hincrbyfloat h big 1", "-ERR increment would produce NaN or Infinity")
	d.Want("hget h f", `"0.3"`)
}

// TestRepliesOfRESP3 tests replies that have another form in RESP3.
func TestRepliesOfRESP3(t *testing.T) {
	d := enginetest.New(t, hashes.Commands)
	d.Do("hello", "3")
	d.Want("hget none f", "_")
	d.Want("hset h f v", ":1")
	d.Want("hgetall h", `{"f": "v"}`)
	d.Want("hgetall none", "{}")
	d.Want("hrandfield none", "_")
	d.Want("hrandfield h 1 withvalues", `[["f", "v"]]`)
	d.Want("hrandfield h -2 withvalues", `[["f", "v"], ["f", "v"]]`)
	d.Want("hrandfield h 5", `["f"]`)
	d.Want("hscan h 0", `["0", ["f", "v"]]`)
}

// TestScanPatterns has patterns that match nothing, or nothing but an empty field.
func TestScanPatterns(t *testing.T) {
	d := enginetest.New(t, hashes.Commands)
	d.Do("hset", "h", "", "empty", "a", "1", "12", "2")
	d.Want(`hscan h 0 match ""`, `["0", ["", "empty"]]`)
	d.Want("hscan h 0 match *", `["0", ["", "empty", "a", "1", "12", "2"]]`)
	d.Want("hscan h 0 match **", `["0", ["a", "1", "12", "2"]]`)
	d.Want("hscan h 0 match 1?", `["0", ["12", "2"]]`)
	d.Want("hscan h 0 match x match a", `["0", ["a", "1"]]`)
}

// TestRepetitionsAreBounded asks for more than can be replied.
func TestRepetitionsAreBounded(t *testing.T) {
	d := enginetest.New(t, hashes.Commands)
	d.Do("hset", "h", "f", strings.Repeat("x", 8<<20))
	d.Want("hrandfield h -4611686018427387903 withvalues", "-ERR value is out of range")
	d.Want("hrandfield h -3", `["f", "f", "f"]`)
}

// TestScan scans while the hash grows, changes its form and shrinks: what is there all the time is met.
func TestScan(t *testing.T) {
	for _, stay := range []int{100, 700} { // small, and large
		d := enginetest.New(t, hashes.Commands)
		for i := range stay {
			d.Do("hset", "h", fmt.Sprint("stays", i), fmt.Sprint(i))
		}
		for round := range 4 {
			met := map[string]bool{}
			cursor, more := "0", 0
			for steps := 0; ; steps++ {
				var elements string
				reply := d.Do("hscan", "h", cursor, "match", "stays*", "count", "20")
				if _, err := fmt.Sscanf(reply, "[%q, ", &cursor); err != nil {
					t.Fatalf("%s: %v", reply, err)
				}
				elements = reply[strings.Index(reply, ", ")+2:]
				for _, e := range strings.Split(strings.Trim(elements, "[]"), ", ") {
					met[strings.Trim(e, `"`)] = true
				}
				if cursor == "0" {
					break
				}
				if steps > 1000 {
					t.Fatal("the scan does not end")
				}
				for range 15 {
					if round%2 == 0 {
						d.Do("hset", "h", fmt.Sprint("new", more), "1")
						more++
					} else if more < 20000 {
						d.Do("hdel", "h", fmt.Sprint("new", more))
						more++
					}
				}
			}
			for i := range stay {
				if !met[fmt.Sprint("stays", i)] {
					t.Fatalf("round %d of %d: field %d was not met", round, stay, i)
				}
			}
			if stay == 100 && round == 0 {
				for i := range 600 { // it becomes large
					d.Do("hset", "h", fmt.Sprint("new", i), "1")
				}
			}
		}
	}
}
