package difftest

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands"
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

var (
	seedFlag   = flag.Int64("seed", -1, "play the script of this seed alone")
	familyFlag = flag.String("family", "", "play scripts of this family alone")
	foundFlag  = flag.Int("differences", 5, "stop a family after as many")
	countFlag  = flag.Int("scripts", 0, "how many scripts of each family are played, from seed 0 on")
)

// length is the number of random commands in a script.
const length = 400

// scripts returns how many scripts of each family are played.
func scripts() int {
	switch {
	case *countFlag > 0:
		return *countFlag
	case os.Getenv("CATAMARAN_LONG") == "1":
		return 1000
	case testing.Short():
		return 5
	}
	return 40
}

// TestDifferences plays scripts with one client, from fixed seeds: forty of each family, and with CATAMARAN_LONG=1 in the
// environment a thousand, which takes about eight minutes.
func TestDifferences(t *testing.T) {
	st := &stage{socket: enginetest.StartRedis(t).Socket, commands: commands.All()}
	known := vocabulary(st.commands)
	for _, family := range sortedNames() {
		t.Run(family, func(t *testing.T) {
			st.each(t, family, func(seed uint64) script { return makeScript(family, seed, length, known) })
		})
	}
}

// TestClients plays scripts with several clients, which block, watch and subscribe.
func TestClients(t *testing.T) {
	st := &stage{socket: enginetest.StartRedis(t).Socket, commands: commands.All()}
	known := vocabulary(st.commands)
	for _, family := range []string{"blocking", "sessions", "silence"} {
		t.Run(family, func(t *testing.T) {
			st.each(t, family, func(seed uint64) script { return makeStepped(family, seed, length, known) })
		})
	}
}

// each plays the scripts of a family and reports the first differences.
func (st *stage) each(t *testing.T, family string, made func(seed uint64) script) {
	if *familyFlag != "" && *familyFlag != family {
		return
	}
	from, to := uint64(0), uint64(scripts())
	if *seedFlag >= 0 {
		from, to = uint64(*seedFlag), uint64(*seedFlag)+1
	}
	found := 0
	for seed := from; seed < to && found < *foundFlag; seed++ {
		s := made(seed)
		d, err := st.play(s)
		if err != nil {
			t.Fatalf("-family %s -seed %d: %v", family, seed, err)
		}
		if d == nil {
			continue
		}
		found++
		small, d := st.shrunk(s, d)
		t.Errorf("-family %s -seed %d, shrunk to %d steps:\n%s%v", family, seed, len(small.steps), small, d)
	}
	t.Logf("%d scripts, seeds %d to %d", to-from, from, to-1)
}

// shrunk returns a small script that differs, and how.
func (st *stage) shrunk(s script, d *difference) (script, *difference) {
	s.steps = s.steps[:d.at+1]
	s = shrink(s, func(less script) bool {
		found, err := st.play(less)
		return err == nil && found != nil
	}, 10*time.Second)
	if again, err := st.play(s); err == nil && again != nil {
		d = again
	}
	return s, d
}

// vocabulary returns a function that tells which commands there are, with their subcommands.
func vocabulary(list []engine.Command) func([]string) bool {
	v, err := newEngine(list, 1).do([]string{"command", "list"})
	if err != nil || v.isError() {
		panic("COMMAND LIST: " + v.String())
	}
	names := map[string]bool{"unknown": true}
	for _, e := range v.elems {
		names[e.text] = true
	}
	names[exchange] = names["dump"] && names["restore"]
	return func(args []string) bool { return names[strings.ToLower(args[0])] }
}

// A fault that is planted is found, and the script shrinks to what shows it.
func TestFindsFault(t *testing.T) {
	st := &stage{socket: enginetest.StartRedis(t).Socket, commands: slices.Clone(commands.All())}
	known := vocabulary(st.commands)
	i := slices.IndexFunc(st.commands, func(c engine.Command) bool { return c.Name == "strlen" })
	right := st.commands[i].Run
	st.commands[i].Run = func(c *engine.Call) {
		if e := c.DB.Peek(c.Args[1]); e.Exists() && e.Type() == keyspace.String && e.StringLen() == 20 {
			c.Out.Int(-1)
			return
		}
		right(c)
	}
	for seed := range uint64(20) {
		s := makeScript("strings", seed, 300, known)
		d, err := st.play(s)
		if err != nil {
			t.Fatal(err)
		}
		if d == nil {
			continue
		}
		small, d := st.shrunk(s, d)
		if len(small.steps) > 4 || !strings.HasPrefix(strings.ToLower(d.what), "strlen") || d.ours != ":-1" {
			t.Errorf("seed %d: shrunk to\n%s%v", seed, small, d)
		}
		return
	}
	t.Error("the fault was not found")
}
