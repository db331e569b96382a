package sort_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands"
	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

func TestAsRedis(t *testing.T) {
	r := enginetest.StartRedis(t)
	d := enginetest.New(t, commands.All())
	for line := range strings.Lines(script) {
		if line = strings.TrimSpace(line); line != "" {
			r.SameLine(d.Client, line)
		}
	}
	r.Do("hello", "3")
	d.Line("hello 3")
	r.SameLine(d.Client, "sort n get none* get #")
	r.SameLine(d.Client, "sort none")
}

const script = `
sort
sort none
sort none store x
sort none bogus
sort none limit 1
sort none limit a 1
sort none limit 1 b
sort none by
sort none get
sort none store
sort_ro none store x
sort_ro none
sort none get # get a*
set str v
sort str
hset h f v
sort h
sort h limit x 1
rpush n 3 1 2 10 -5
sort n
sort n desc
sort n alpha
sort n alpha desc
sort n asc desc asc
sort n limit 1 2
sort n limit -10 3
sort n limit 1 -1
sort n limit 10 10
sort n limit 2 0
sort n limit 0 100
rpush floats 1.5 1e2 -inf +inf inf 0x10 "" 3
sort floats
rpush bad 1 x
sort bad
sort bad by nothing*
sort bad by nosort
rpush nan nan
sort nan
rpush space " 5" 4
sort space
rpush space2 "5 " 4
sort space2
mset w1 30 w2 20 w3 10 w10 5
sort n by w*
sort n by w* desc
sort n by w* get # get w* get nothing get w*->f get *
sort n by w* alpha
sort n by w* limit 1 2 get w*
mset w1 a w3 b
sort n by w*
sort n by w* alpha
sort n by w* alpha desc
hset o1 f 5 g one h->x y
hset o2 f 3 g "" 
hset o3 f 4
hset o10 g ten
sort n by o*->f
sort n by o*->f get o*->g
sort n by o*->f get o*->
sort n by o*-> get o*->h->x
sort n get o*
sort n by str get str
sort n by *
sort n by **
mset w3* 1 w1* 2
sort n by w** get w**
set -> 1
sort n by ->*
sort n get *->f
sadd s 5 4 3 2 1
sort s
sort s by nosort store out
lrange out 0 -1
sadd letters b a c
sort letters
sort letters alpha
sort letters by nosort store out
lrange out 0 -1
zadd z 1 c 2 b 3 a 4 d
sort z by nosort
sort z by nosort desc
sort z by nosort desc limit 1 2
sort z by nosort limit 1 2
sort z alpha
sort z by nosort get # get w* store out
lrange out 0 -1
type out
object encoding out
sort n store n
lrange n 0 -1
sort n by w10 store out
lrange out 0 -1
sort none store out
exists out
set out v
sort n limit 100 1 store out
exists out
sort n get none* store out
lrange out 0 -1
rpush empty "" a ""
sort empty alpha
sort empty alpha desc get #
sort empty alpha store out
lrange out 0 -1
command getkeys sort a store b
command getkeys sort a by store get store store b store c
command getkeys sort a limit store b store c
command getkeys sort a store
command getkeys sort_ro a
`

// Random lists of numbers and words, with weights, against redis-server.
func TestRandomAsRedis(t *testing.T) {
	r := enginetest.StartRedis(t)
	d := enginetest.New(t, commands.All())
	rnd := rand.New(rand.NewPCG(3, 4))
	pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
	for i := range 150 {
		weight := fmt.Sprint("w", i%150)
		r.Same(d.Client, "set", weight, fmt.Sprint(rnd.IntN(100000)))
		r.Same(d.Client, "hset", fmt.Sprint("h", i%150), "f", fmt.Sprint(rnd.Float64()))
	}
	for range 300 {
		r.Same(d.Client, "del", "l")
		add := []string{pick("rpush", "sadd"), "l"}
		for range rnd.IntN(150) + 1 {
			add = append(add, fmt.Sprint(rnd.IntN(200)))
		}
		r.Same(d.Client, add...)
		line := "sort l " + pick("", "by w*", "by h*->f", "by none*") + pick("", " desc") + pick("", fmt.Sprintf(" limit %d %d", rnd.IntN(20), rnd.IntN(300))) +
			pick("", " get #", " get # get w*", " get h*->f") + pick("", "", " store out")
		r.SameLine(d.Client, line)
		r.SameLine(d.Client, "lrange out 0 -1")
	}
}

// A key that is due and is met on the way is removed, without harm to what is sorted.
func TestWeightsThatExpire(t *testing.T) {
	d := enginetest.New(t, commands.All())
	d.Want("sadd s 1 2 3 4 5", ":5")
	for i := range 5 {
		d.Want(fmt.Sprintf("set w%d %d px 10", i+1, -i), "+OK")
	}
	d.Want("sort s by w*", `["5", "4", "3", "2", "1"]`)
	d.Pass(11e6)
	d.Want("dbsize", ":6")
	d.Want("sort s by w* get # get w*", `["1", nil, "2", nil, "3", nil, "4", nil, "5", nil]`)
	d.Want("dbsize", ":1")
}

// Many patterns for many elements are refused before a reply is made.
func TestTooManyResults(t *testing.T) {
	d := enginetest.New(t, commands.All())
	push, sort := []string{"rpush", "l"}, []string{"sort", "l", "by", "nosort"}
	for range 20_000 {
		push, sort = append(push, "1"), append(sort, "get", "#")
	}
	d.Do(push...)
	if got := d.Do(sort...); got != "-ERR the result has too many elements" {
		t.Errorf("%.100s", got)
	}
	if got := d.Do(sort[:104]...); strings.Count(got, `"1"`) != 50*20_000 {
		t.Errorf("%.100s", got)
	}
}
