package engine

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/conf"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

// Config has the options that CONFIG SET changes, under the names of redis.conf.
type Config struct {
	MaxMemory        int64 // bytes; 0: no limit
	MaxMemoryPolicy  keyspace.Policy
	MaxMemorySamples int
	LFULogFactor     int
	LFUDecayTime     int // minutes

	RequirePass string
	// EnableDebugCommand says who may use DEBUG: no, yes, or local, which is who comes from this machine. Fixed at the start.
	EnableDebugCommand string
	Databases          int // fixed at the start
	MaxClients         int
	Timeout            int64 // seconds after which an idle client is closed; 0: never

	// TCPKeepAlive is for the host: seconds of silence after which a peer is probed; 0: never.
	TCPKeepAlive int64

	// What the host serves on: CONFIG shows them, and cannot change them.
	Bind string
	Port int

	ProtoMaxBulkLen         int64
	ClientQueryBufferLimit  int64
	ClientOutputBufferLimit conf.Limits

	NotifyKeyspaceEvents    Class
	SlowlogLogSlowerThan    int64 // microseconds; negative: off, 0: everything
	SlowlogMaxLen           int64
	LatencyMonitorThreshold int64 // milliseconds; 0: off
	LatencyTracking         bool
	LazyfreeLazyUserDel     bool
	Hz                      int

	// Limits up to which a value is kept in its compact form.
	HashMaxListpackEntries, HashMaxListpackValue int64
	ZSetMaxListpackEntries, ZSetMaxListpackValue int64
	SetMaxIntsetEntries                          int64
	ListMaxListpackSize                          int64 // elements of a node; -1 to -5: 4 to 64 KiB
	ListCompressDepth                            int64

	// Extra holds the options that are accepted for the sake of clients and have no effect.
	Extra map[string]string
}

// DefaultConfig returns the defaults of Redis 7.0.
func DefaultConfig() *Config {
	return &Config{
		MaxMemorySamples: 5, LFULogFactor: 10, LFUDecayTime: 1,
		EnableDebugCommand: "no", Databases: 16, MaxClients: 10000,
		ProtoMaxBulkLen: 512 << 20, ClientQueryBufferLimit: 1 << 30,
		ClientOutputBufferLimit: conf.DefaultLimits(),
		SlowlogLogSlowerThan:    10000, SlowlogMaxLen: 128, LatencyTracking: true, Hz: 10,
		HashMaxListpackEntries: 512, HashMaxListpackValue: 64,
		ZSetMaxListpackEntries: 128, ZSetMaxListpackValue: 64,
		SetMaxIntsetEntries: 512, ListMaxListpackSize: -2,
		Extra: map[string]string{},
	}
}
