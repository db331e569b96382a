package lists

import "github.com/catamaran-os/catamaran/cmd/kvserver/engine"

const (
	w = engine.Write
	o = engine.Write | engine.DenyOOM
	f = engine.Fast
	b = engine.NoScript | engine.Blocking
)

// Commands are the commands of lists.
var Commands = []engine.Command{
	{Name: "lpush", Arity: -3, Flags: o | f, First: 1, Last: 1, Step: 1, Run: push(true, false), Group: "list", Since: "1.0.0"},
	{Name: "rpush", Arity: -3, Flags: o | f, First: 1, Last: 1, Step: 1, Run: push(false, false), Group: "list", Since: "1.0.0"},
	{Name: "lpushx", Arity: -3, Flags: o | f, First: 1, Last: 1, Step: 1, Run: push(true, true), Group: "list", Since: "2.2.0"},
	{Name: "rpushx", Arity: -3, Flags: o | f, First: 1, Last: 1, Step: 1, Run: push(false, true), Group: "list", Since: "2.2.0"},
	{Name: "lpop", Arity: -2, Flags: w | f, First: 1, Last: 1, Step: 1, Run: pop(true), Group: "list", Since: "1.0.0"},
	{Name: "rpop", Arity: -2, Flags: w | f, First: 1, Last: 1, Step: 1, Run: pop(false), Group: "list", Since: "1.0.0"},
	{Name: "llen", Arity: 2, Flags: engine.ReadOnly | f, First: 1, Last: 1, Step: 1, Run: length, Group: "list", Since: "1.0.0"},
	{Name: "lindex", Arity: 3, Flags: engine.ReadOnly, First: 1, Last: 1, Step: 1, Run: lindex, Group: "list", Since: "1.0.0"},
	{Name: "linsert", Arity: 5, Flags: o, First: 1, Last: 1, Step: 1, Run: insert, Group: "list", Since: "2.2.0"},
	{Name: "lset", Arity: 4, Flags: o, First: 1, Last: 1, Step: 1, Run: set, Group: "list", Since: "1.0.0"},
	{Name: "lrange", Arity: 4, Flags: engine.ReadOnly, First: 1, Last: 1, Step: 1, Run: lrange, Group: "list", Since: "1.0.0"},
	{Name: "ltrim", Arity: 4, Flags: w, First: 1, Last: 1, Step: 1, Run: ltrim, Group: "list", Since: "1.0.0"},
	{Name: "lrem", Arity: 4, Flags: w, First: 1, Last: 1, Step: 1, Run: lrem, Group: "list", Since: "1.0.0"},
	{Name: "lpos", Arity: -3, Flags: engine.ReadOnly, First: 1, Last: 1, Step: 1, Run: lpos, Group: "list", Since: "6.0.6"},
	{Name: "lmove", Arity: 5, Flags: o, First: 1, Last: 2, Step: 1, Run: lmove, Group: "list", Since: "6.2.0"},
	{Name: "rpoplpush", Arity: 3, Flags: o, First: 1, Last: 2, Step: 1, Run: rpoplpush, Group: "list", Since: "1.2.0"},
	{Name: "blpop", Arity: -3, Flags: w | b, First: 1, Last: -2, Step: 1, Run: blockingPop(true), Group: "list", Since: "2.0.0"},
	{Name: "brpop", Arity: -3, Flags: w | b, First: 1, Last: -2, Step: 1, Run: blockingPop(false), Group: "list", Since: "2.0.0"},
	{Name: "blmove", Arity: 6, Flags: o | b, First: 1, Last: 2, Step: 1, Run: blmove, Group: "list", Since: "6.2.0"},
	{Name: "brpoplpush", Arity: 4, Flags: o | b, First: 1, Last: 2, Step: 1, Run: brpoplpush, Group: "list", Since: "2.2.0"},
	{Name: "lmpop", Arity: -4, Flags: w | engine.MovableKeys, Keys: multiKeys(1), Run: lmpop, Group: "list", Since: "7.0.0"},
	{Name: "blmpop", Arity: -5, Flags: w | engine.Blocking | engine.MovableKeys, Keys: multiKeys(2), Run: blmpop, Group: "list", Since: "7.0.0"},
}
