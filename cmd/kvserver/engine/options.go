package engine

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

const (
	maxInt   = 1<<63 - 1
	maxInt32 = 1<<31 - 1
)

// policies are the words of maxmemory-policy, in the order in which Redis lists them.
var policies = []string{"volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl", "allkeys-lru", "allkeys-lfu", "allkeys-random",
	"noeviction"}

var options = map[string]option{
	"maxmemory": size(func(c *Config) *int64 { return &c.MaxMemory }, 0, maxInt),
	"maxmemory-policy": {
		get: func(c *Config) string { return c.MaxMemoryPolicy.String() },
		set: func(c *Config, args []string) error {
			i, err := parseWord(args[0], policies)
			if err == nil {
				c.MaxMemoryPolicy = keyspace.Policy(slices.Index(keyspace.PolicyNames[:], policies[i]))
			}
			return err
		},
	},
	"maxmemory-samples": small(func(c *Config) *int { return &c.MaxMemorySamples }, 1, maxInt32),
	"lfu-log-factor":    small(func(c *Config) *int { return &c.LFULogFactor }, 0, maxInt32),
	"lfu-decay-time":    small(func(c *Config) *int { return &c.LFUDecayTime }, 0, maxInt32),
	"requirepass": {secret: true,
		get: func(c *Config) string { return c.RequirePass },
		set: func(c *Config, args []string) error {
			c.RequirePass = args[0]
			return nil
		},
	},
	"enable-debug-command": fixed(option{
		get: func(c *Config) string { return c.EnableDebugCommand },
		set: func(c *Config, args []string) error {
			i, err := parseWord(args[0], debugAllowed)
			if err == nil {
				c.EnableDebugCommand = debugAllowed[i]
			}
			return err
		},
	}),
	"databases":  fixed(small(func(c *Config) *int { return &c.Databases }, 1, 1<<20)),
	"maxclients": small(func(c *Config) *int { return &c.MaxClients }, 1, 1<<32-1),
	"timeout":    number(func(c *Config) *int64 { return &c.Timeout }, 0, maxInt32),
	"bind":       ofHost(func(c *Config) string { return c.Bind }, "Failed to bind to specified addresses."),
	"port":       ofHost(func(c *Config) string { return strconv.Itoa(c.Port) }, "Unable to listen on this port. Check server logs."),

	"proto-max-bulk-len":        size(func(c *Config) *int64 { return &c.ProtoMaxBulkLen }, 1<<20, maxInt),
	"client-query-buffer-limit": size(func(c *Config) *int64 { return &c.ClientQueryBufferLimit }, 1<<20, maxInt),
	"client-output-buffer-limit": {multi: true,
		get: func(c *Config) string { return c.ClientOutputBufferLimit.String() },
		set: func(c *Config, args []string) error { return c.ClientOutputBufferLimit.SetArgs(args) },
	},
	"notify-keyspace-events": {
		get: func(c *Config) string { return c.NotifyKeyspaceEvents.String() },
		set: func(c *Config, args []string) error {
			class, ok := ParseClass(args[0])
			if !ok {
				return errEventClass
			}
			c.NotifyKeyspaceEvents = class
			return nil
		},
	},
	"slowlog-log-slower-than":   number(func(c *Config) *int64 { return &c.SlowlogLogSlowerThan }, -1, maxInt),
	"slowlog-max-len":           number(func(c *Config) *int64 { return &c.SlowlogMaxLen }, 0, maxInt),
	"latency-monitor-threshold": number(func(c *Config) *int64 { return &c.LatencyMonitorThreshold }, 0, maxInt),
	"latency-tracking":          yesNo(func(c *Config) *bool { return &c.LatencyTracking }),
	"lazyfree-lazy-user-del":    yesNo(func(c *Config) *bool { return &c.LazyfreeLazyUserDel }),
	"hz": {
		get: func(c *Config) string { return strconv.Itoa(c.Hz) },
		set: func(c *Config, args []string) error {
			n, err := parseWithin(args[0], 0, maxInt32)
			if err == nil {
				c.Hz = int(min(max(n, 1), 500))
			}
			return err
		},
	},

	"hash-max-listpack-entries": number(func(c *Config) *int64 { return &c.HashMaxListpackEntries }, 0, maxInt),
	"hash-max-listpack-value":   size(func(c *Config) *int64 { return &c.HashMaxListpackValue }, 0, maxInt),
	"zset-max-listpack-entries": number(func(c *Config) *int64 { return &c.ZSetMaxListpackEntries }, 0, maxInt),
	"zset-max-listpack-value":   size(func(c *Config) *int64 { return &c.ZSetMaxListpackValue }, 0, maxInt),
	"set-max-intset-entries":    number(func(c *Config) *int64 { return &c.SetMaxIntsetEntries }, 0, maxInt),
	"list-max-listpack-size":    number(func(c *Config) *int64 { return &c.ListMaxListpackSize }, -1<<31, maxInt32),
	"list-compress-depth":       number(func(c *Config) *int64 { return &c.ListCompressDepth }, 0, maxInt32),
}

// debugAllowed are the clients that may use DEBUG.
var debugAllowed = []string{"no", "yes", "local"}

func init() { maps.Copy(options, inertOptions) }

// ofHost is an option that the host has settled at its start: it can only be set to what it is.
func ofHost(get func(*Config) string, why refusal) option {
	return option{get: get, set: func(c *Config, args []string) error {
		if args[0] != get(c) {
			return why
		}
		return nil
	}}
}

// optionAliases are older names.
var optionAliases = map[string]string{
	"hash-max-ziplist-entries": "hash-max-listpack-entries",
	"hash-max-ziplist-value":   "hash-max-listpack-value",
	"zset-max-ziplist-entries": "zset-max-listpack-entries",
	"zset-max-ziplist-value":   "zset-max-listpack-value",
	"list-max-ziplist-size":    "list-max-listpack-size",
	"lua-time-limit":           "busy-reply-threshold",
	"slaveof":                  "replicaof",
	"min-slaves-to-write":      "min-replicas-to-write",
	"slave-serve-stale-data":   "replica-serve-stale-data",
}

func lookupOption(name string) (string, option, bool) {
	name = strings.ToLower(name)
	if to, ok := optionAliases[name]; ok {
		name = to
	}
	o, ok := options[name]
	return name, o, ok
}

// Get returns the value of an option.
func (c *Config) Get(name string) (string, bool) {
	_, o, ok := lookupOption(name)
	if !ok {
		return "", false
	}
	return o.get(c), true
}

// OptionNames returns the names of all options, older ones included, in order.
func OptionNames() []string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(options)), maps.Keys(optionAliases))
	slices.Sort(names)
	return names
}

// ErrUnknownOption is the error for an option that is not here.
const ErrUnknownOption refusal = "the option is unknown"

// Set sets an option to a value as CONFIG SET writes it: of an option of several words all of them, with a space between
// two. Errors tell what the value may be.
func (c *Config) Set(name, value string) error {
	name, o, ok := lookupOption(name)
	switch {
	case !ok:
		return ErrUnknownOption
	case !o.multi:
		return o.set(c, []string{value})
	case value == "" && name == "client-output-buffer-limit":
		return nil // as with Redis
	}
	return o.set(c, strings.Split(value, " "))
}

// SetArgs sets an option to the words of a line of a configuration file. Lines that set save add up, as with Redis.
func (c *Config) SetArgs(name string, args []string) error {
	name, o, ok := lookupOption(name)
	switch {
	case !ok:
		return ErrUnknownOption
	case len(args) == 0, len(args) > 1 && !o.multi:
		return errWordCount
	case !o.multi:
		return o.set(c, args)
	}
	if len(args) == 1 {
		args = strings.Split(args[0], " ")
	}
	if before := c.Extra["save"]; name == "save" && before != "" && args[0] != "" {
		args = append(strings.Split(before, " "), args...)
	}
	return o.set(c, slices.Clone(args))
}

// Inert reports whether an option is only accepted, and has no effect.
func Inert(name string) bool {
	_, o, _ := lookupOption(name)
	return o.inert
}

// Fixed reports whether an option can only be set before the start.
func Fixed(name string) bool {
	_, o, ok := lookupOption(name)
	return ok && o.fixed
}
