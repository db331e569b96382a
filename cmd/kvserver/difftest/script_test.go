package difftest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// exchange is no command of Redis: "exchange from to" takes what DUMP says of a key at each server and restores it as another
// key at the other one.
const exchange = "exchange"

// A step is a command of one of the clients. "{1}" in its arguments stands for what CLIENT ID tells client 1.
type step struct {
	client int
	args   []string
}

func (s step) String() string {
	words := make([]string, len(s.args))
	for i, a := range s.args {
		words[i] = a
		if a == "" || strings.ContainsAny(a, " \"'\\") || strconv.Quote(a) != `"`+a+`"` {
			words[i] = strconv.Quote(a)
		}
	}
	return strings.Join(words, " ")
}

// A script is what both servers are asked to do, from empty databases and the configuration that a new server has.
type script struct {
	clients int
	stepped bool // a command may block or write to other clients: look at all of them after each
	steps   []step
}

// String shows a script; a client is named where there are several.
func (s script) String() string {
	var b strings.Builder
	for _, st := range s.steps {
		if s.clients > 1 {
			fmt.Fprintf(&b, "%d> ", st.client)
		}
		fmt.Fprintf(&b, "%s\n", st)
	}
	return b.String()
}

// setup are the steps that a script begins with: limits of the compact encodings that are crossed all the time, the protocol,
// and which events are published.
func setup(m *maker, clients int) []step {
	few := pick(m, "0", "1", "3", "8", "128")
	small := pick(m, "8", "20", "64")
	config := []string{"config", "set", "hash-max-listpack-entries", few, "hash-max-listpack-value", small, "zset-max-listpack-entries", few,
		"zset-max-listpack-value", small, "set-max-intset-entries", pick(m, "0", "3", "8", "512"), "list-max-listpack-size",
		pick(m, "-2", "1", "4", "-1", "128"), "notify-keyspace-events", pick(m, "KEA", "KEAm", "KEAn", "KA", "E$lz", "")}
	steps := []step{{0, config}}
	for c := range clients {
		if m.IntN(2) == 0 {
			steps = append(steps, step{c, []string{"hello", "3"}})
		}
	}
	return steps
}

// makeScript makes the script of a family and a seed, of n steps. known tells which commands the engine has.
func makeScript(family string, seed uint64, n int, known func(args []string) bool) script {
	m := newMaker(seed)
	all := append([]form(nil), families[family]...)
	for range 4 { // most commands are of the family
		all = append(all, families[family]...)
	}
	for _, name := range sortedNames() {
		if name != "transactions" {
			all = append(all, families[name]...)
		}
	}
	s := script{clients: 1, steps: setup(m, 1)}
	// SORT reads keys in an order of its own, in vain too.
	misses := strings.HasSuffix(s.steps[0].args[len(s.steps[0].args)-1], "m")
	may := func(args []string) bool {
		return known(args) && !(misses && strings.HasPrefix(strings.ToLower(args[0]), "sort"))
	}
	for range n {
		s.steps = append(s.steps, step{0, m.next(all, may)})
	}
	s.steps = append(s.steps, look(known)...)
	return s
}

func sortedNames() []string {
	var names []string
	for name := range families {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// makeStepped makes a script of three clients, and a fourth that looks at what is left.
func makeStepped(family string, seed uint64, n int, known func(args []string) bool) script {
	const clients = 3
	m := newMaker(seed)
	var queuing [clients]bool
	s := script{clients: clients + 1, stepped: true, steps: setup(m, clients)}
	for range n {
		c := m.IntN(clients)
		args := m.next(steppedFamilies[family], func(args []string) bool { return known(args) && !(queuing[c] && unqueued(args[0])) })
		switch strings.ToLower(args[0]) {
		case "multi":
			queuing[c] = true
		case "exec", "discard", "reset":
			queuing[c] = false
		}
		s.steps = append(s.steps, step{c, args})
	}
	for _, st := range look(known) {
		s.steps = append(s.steps, step{clients, st.args})
	}
	return s
}

// unqueued reports whether a command is kept out of transactions, as it replies what is no element of EXEC's array.
func unqueued(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, "subscribe") || name == "hello"
}

// next makes a command of one of forms that the engine knows.
func (m *maker) next(forms []form, known func([]string) bool) []string {
	total := 0
	for _, f := range forms {
		total += f.weight
	}
	for {
		at := m.IntN(total)
		i := 0
		for at -= forms[0].weight; at >= 0; at -= forms[i].weight {
			i++
		}
		args := m.command(forms[i])
		if m.IntN(12) == 0 && robust(args) {
			args = m.spoil(args)
		}
		if known(args) {
			return tame(args)
		}
	}
}

// robust reports whether a mistake may be made in a command: it would not wait for a time that counts, and its arguments are
// the same for both servers.
func robust(args []string) bool {
	name := strings.ToLower(args[0])
	if len(args) > 1 && slices.Contains(lexKeys, args[1]) {
		return false // there is to be one score
	}
	return name != exchange && name != "client" && (!strings.HasPrefix(name, "b") || strings.HasPrefix(name, "bit"))
}

// tame changes arguments with which the reply would be a matter of chance: nothing expires while a script runs, as times are
// far off, SPOP takes all members, and a scan meets all elements in one call.
func tame(args []string) []string {
	long := func(i int, from, unit int64) {
		if i >= len(args) {
			return
		}
		if n, err := strconv.ParseInt(args[i], 10, 64); err == nil && n > 0 && n < (from+1000)*unit {
			args[i] = fmt.Sprint((from + 1000 + n*10*slack) * unit)
		}
	}
	// A cursor from the middle and a small COUNT name a part that each server chooses.
	whole := func(i int) {
		if i < len(args) {
			if n, err := strconv.ParseUint(strings.TrimLeft(args[i], "+-"), 10, 64); err == nil && n > 0 {
				args[i] = "0"
			}
		}
		for i++; i+1 < len(args); i++ {
			if strings.EqualFold(args[i], "count") {
				long(i+1, 0, 1)
			}
		}
	}
	switch strings.ToLower(args[0]) {
	case "expire", "setex":
		long(2, 0, 1)
	case "pexpire", "psetex", "restore":
		long(2, 0, 1000)
	case "set", "getex":
		for i, a := range args {
			switch strings.ToLower(a) {
			case "ex":
				long(i+1, 0, 1)
			case "px":
				long(i+1, 0, 1000)
			case "exat":
				long(i+1, base, 1)
			case "pxat":
				long(i+1, base, 1000)
			}
		}
	case "scan":
		whole(1)
	case "hscan", "sscan", "zscan":
		whole(2)
	case "spop":
		if len(args) == 2 {
			return append(args, "100000")
		}
		long(2, 0, 1)
	}
	return args
}

// look are the steps that a script ends with: they tell all that the databases hold.
func look(known func([]string) bool) []step {
	var steps []step
	add := func(args ...string) {
		if known(args) {
			steps = append(steps, step{0, args})
		}
	}
	add("discard")
	for _, db := range []string{"1", "0"} {
		add("select", db)
		add("dbsize")
		add("keys", "*")
		for _, key := range allKeys {
			add("type", key)
			add("object", "encoding", key)
			add("pexpiretime", key)
			add("get", key)
			add("lrange", key, "0", "-1")
			add("hgetall", key)
			add("smembers", key)
			add("zrange", key, "0", "-1", "withscores")
		}
	}
	return steps
}
