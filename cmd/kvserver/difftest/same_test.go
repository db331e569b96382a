package difftest

import (
	"slices"
	"strconv"
	"strings"
)

// slack is by how much times may differ, in seconds: the servers were asked one after the other. Times in scripts are
// further apart.
const slack = 100

// same reports whether two replies to a command say the same, apart from what Redis leaves open.
func same(args []string, a, b reply) bool {
	if near, unit := timed(args); near && a.kind == ':' && b.kind == ':' {
		x, errx := strconv.ParseInt(a.text, 10, 64)
		y, erry := strconv.ParseInt(b.text, 10, 64)
		if errx == nil && erry == nil && x >= 0 && y >= 0 {
			return max(x-y, y-x) <= slack*unit
		}
	}
	return canonical(args, a).String() == canonical(args, b).String()
}

// timed reports whether a command replies a time, and in how many parts of a second.
func timed(args []string) (bool, int64) {
	switch strings.ToLower(args[0]) {
	case "ttl", "expiretime":
		return true, 1
	case "pttl", "pexpiretime":
		return true, 1000
	}
	return false, 0
}

// canonical takes out of a reply what Redis leaves open.
func canonical(args []string, v reply) reply {
	if v.isError() || v.null {
		return v
	}
	name := strings.ToLower(args[0])
	sub := ""
	if len(args) > 1 {
		sub = strings.ToLower(args[1])
	}
	switch name {
	case "smembers", "spop", "sinter", "sunion", "sdiff", "keys", "hkeys", "hvals":
		return sorted(v, 1)
	case "hgetall":
		return sorted(v, 2)
	case "scan", "sscan":
		return scanned(v, 1)
	case "hscan", "zscan":
		return scanned(v, 2)
	case "srandmember", "hrandfield", "zrandmember":
		return drawn(v)
	case "sort", "sort_ro":
		if v.aggregate() && unsorted(args) {
			v.elems = make([]reply, len(v.elems))
			return v
		}
	case "randomkey", "dump", "hello", "info", "time":
		return anything(v)
	case "object":
		if sub == "idletime" || sub == "refcount" { // small integers are shared
			return anything(v)
		}
	case "memory":
		if sub == "usage" {
			return anything(v)
		}
	case "client":
		if sub == "id" || sub == "list" || sub == "info" {
			return anything(v)
		}
	case "pubsub":
		if sub == "channels" || sub == "shardchannels" {
			return sorted(v, 1)
		}
	}
	return v
}

// unsorted reports whether SORT leaves the order of some elements open: it was told not to sort, or sorts texts by other
// keys, which may be the same.
func unsorted(args []string) bool {
	by, star, alpha := false, false, false
	for i, a := range args[:len(args)-1] {
		if strings.EqualFold(a, "by") {
			by, star = true, strings.Contains(args[i+1], "*")
		}
		alpha = alpha || strings.EqualFold(args[i+1], "alpha")
	}
	return by && (alpha || !star)
}

// sorted orders the elements of an aggregate, n of which belong together.
func sorted(v reply, n int) reply {
	if !v.aggregate() || len(v.elems)%n != 0 {
		return v
	}
	groups := slices.Collect(slices.Chunk(v.elems, n))
	slices.SortFunc(groups, func(a, b []reply) int { return strings.Compare(texts(a), texts(b)) })
	v.elems = slices.Concat(groups...)
	return v
}

// scanned orders what a scan returned; the cursor stays.
func scanned(v reply, n int) reply {
	if v.kind != '*' || len(v.elems) != 2 {
		return v
	}
	v.elems = []reply{v.elems[0], sorted(v.elems[1], n)}
	return v
}

// drawn keeps the shape of a random choice.
func drawn(v reply) reply {
	if !v.aggregate() {
		return anything(v)
	}
	elems := make([]reply, len(v.elems))
	for i, e := range v.elems {
		elems[i] = drawn(e)
	}
	v.elems = elems
	return v
}

// anything keeps the type of a reply.
func anything(v reply) reply {
	return reply{kind: v.kind, text: "..."}
}
