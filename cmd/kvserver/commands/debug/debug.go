package debug

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/dump"
	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/keys"
	"github.com/catamaran-os/catamaran/cmd/kvserver/conf"
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
)

// errDisabled is the reply where the option forbids DEBUG.
const errDisabled = "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it " +
	"from a local connection, otherwise you need to set this option in the configuration file, and then restart the server."

// A subcommand takes between low and high arguments after its name.
type subcommand struct {
	low, high int
	run       func(*engine.Call)
}

var subcommands = map[string]subcommand{
	"help":                       {0, 0, help},
	"sleep":                      {1, 1, sleep},
	"set-active-expire":          {1, 1, setActiveExpire},
	"object":                     {1, 2, object},
	"protocol":                   {1, 1, protocol},
	"populate":                   {1, 3, populate},
	"error":                      {1, 1, func(c *engine.Call) { c.Error(string(c.Args[2])) }},
	"log":                        {1, 1, logLine},
	"digest":                     {0, 0, digestAll},
	"digest-value":               {1, math.MaxInt, digestValues},
	"quicklist-packed-threshold": {1, 1, packedThreshold},
	"replybuffer":                {2, 2, func(c *engine.Call) { c.Out.OK() }}, // has its own bounds here
	"reload":                     {0, math.MaxInt, noPersistence},
	"loadaof":                    {0, 0, noPersistence},
}

func debug(c *engine.Call) {
	if allowed := c.E.Config.EnableDebugCommand; allowed != "yes" && (allowed != "local" || !c.S.Remote.Addr().IsLoopback()) {
		c.Error(errDisabled)
		return
	}
	sub, ok := subcommands[c.Arg(1)]
	if n := len(c.Args) - 2; !ok || n < sub.low || n > sub.high {
		c.Error(fmt.Sprintf("ERR unknown subcommand or wrong number of arguments for '%.128s'. Try DEBUG HELP.", c.Args[1]))
		return
	}
	sub.run(c)
}

func noPersistence(c *engine.Call) {
	c.Error("ERR DEBUG " + string(c.Args[1]) + " is not supported: persistence is not supported by this server")
}

// sleep takes what is no number as 0, as Redis does.
func sleep(c *engine.Call) {
	seconds, _ := engine.ParseFloat(c.Args[2])
	seconds = min(max(seconds, 0), math.MaxInt32)
	if !c.E.Sleep(time.Duration(seconds * float64(time.Second))) {
		c.Error("ERR DEBUG SLEEP is not possible here")
		return
	}
	c.Out.OK()
}

func setActiveExpire(c *engine.Call) {
	n, _ := engine.ParseInt(c.Args[2])
	c.E.Store.LazyOnly = n == 0
	c.Out.OK()
}

// packedThreshold accepts a size: all elements are kept alike.
func packedThreshold(c *engine.Call) {
	if n, err := conf.ParseSize(string(c.Args[2])); err != nil || n > math.MaxUint32 {
		c.Error("ERR argument must be a memory value bigger than 1 and smaller than 4gb")
		return
	}
	c.Out.OK()
}

// object tells of a value in Redis's form. The address is that of the entry in the slab.
func object(c *engine.Call) {
	e := c.DB.Peek(c.Args[2])
	if !e.Exists() {
		c.Error(engine.ErrNoKey)
		return
	}
	size := dump.Size(e)
	c.Out.Simple(fmt.Sprintf("Value at:%#x refcount:1 encoding:%s serializedlength:%d lru:%d lru_seconds_idle:%d",
		uint32(e.Ref()), keys.EncodingName(e), size, e.Access(), e.Idle()))
}

func logLine(c *engine.Call) {
	c.E.Logf("DEBUG LOG: %.1024q", c.Args[2])
	c.Out.OK()
}

// populate makes keys that do not exist: prefix:0 with value:0, and so on, filled up with zeros to a size.
func populate(c *engine.Call) {
	n, ok := c.Int(2)
	if !ok {
		return
	}
	prefix, size := "key", int64(0)
	if len(c.Args) > 3 {
		prefix = string(c.Args[3])
	}
	if len(c.Args) > 4 {
		if size, ok = c.Int(4); !ok {
			return
		}
	}
	if n < 0 || size < 0 || size > c.E.Config.ProtoMaxBulkLen {
		c.Error(engine.ErrOutOfRange)
		return
	}
	var key, value []byte
	for i := range n {
		key = strconv.AppendInt(append(append(key[:0], prefix...), ':'), i, 10)
		e := c.DB.Peek(key)
		if e.Exists() {
			continue
		}
		value = strconv.AppendInt(append(value[:0], "value:"...), i, 10)
		if size > 0 {
			padded := make([]byte, size) // SetString may keep it
			copy(padded, value)
			value = padded
		}
		c.DB.SetString(e, key, value, 0)
		c.Notify(key, engine.NotifyNew, "new")
		c.Modified(key, engine.NotifyString, "set")
	}
	c.Out.OK()
}

func help(c *engine.Call) {
	c.Help(
		"DIGEST", "    Return a signature of all databases. It is not that of Redis.",
		"DIGEST-VALUE <key> [<key> ...]", "    Return a signature of each value.",
		"ERROR <string>", "    Return an error with the text <string>.",
		"LOG <message>", "    Write <message> to the log.",
		"OBJECT <key>", "    Tell how <key> is represented.",
		"POPULATE <count> [<prefix>] [<size>]", "    Create <count> strings whose names are <prefix>:<number>.",
		"PROTOCOL <type>", "    Return a value of a type of the protocol: string, integer, double, bignum, null, array, set,",
		"    map, attrib, push, verbatim, true, false.",
		"QUICKLIST-PACKED-THRESHOLD <size>", "    Do nothing.",
		"REPLYBUFFER <setting> <value>", "    Do nothing.",
		"SET-ACTIVE-EXPIRE <0|1>", "    With 0, keys that are due are removed only when they are looked for.",
		"SLEEP <seconds>", "    Stop the server.",
	)
}
