package engine

import (
	"strings"
	"time"

	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

// Options are what a host gives to New.
type Options struct {
	Config   *Config
	Commands []Command            // of the families; the engine's own are added
	Seed     uint64               // of random choices
	Clock    func() time.Time     // measures commands, for SLOWLOG and INFO commandstats; nil: nothing is measured
	Sleep    func(time.Duration)  // what DEBUG SLEEP does; nil: it is refused
	Log      func(string, ...any) // one line for the operator; nil: nowhere
	Server   Server
}

// Server is what INFO tells of the host.
type Server struct {
	Version string
	LibOS   string
	Port    int
	PID     int
	RunID   string
	Started time.Time
	Config  string // path of the configuration file
	// Memory returns the resident bytes of the process, for INFO; may be nil.
	Memory func() int64
	// CPU returns the system and user time that the process has used; may be nil.
	CPU func() (sys, user time.Duration)
	// ClientRoom makes room for n clients and returns for how many there is; may be nil.
	ClientRoom func(n int) int
}

// Stats counts what happened, for INFO. The host adds what it reads and writes.
type Stats struct {
	Connections, Rejected     uint64
	Commands                  uint64
	InputBytes, OutputBytes   uint64
	OutputLimitDisconnections uint64
	QueryLimitDisconnections  uint64
	Dirty                     uint64 // changes
	PeakMemory                int64
	Errors                    map[string]uint64 // by their first word
	ErrorReplies              uint64
}

// An Engine is one server without its sockets. It belongs to one goroutine.
type Engine struct {
	Config *Config
	Store  *keyspace.Store
	Stats  Stats
	Server Server
	// Buffer returns memory for a message to a session that has none, which the host takes back with the output; nil: it is
	// allocated.
	Buffer func() []byte
	// Stopping is set by SHUTDOWN: the host ends.
	Stopping bool

	commands map[string]*Command
	recent   recent
	sessions map[uint64]*Session
	monitors map[*Session]struct{}
	nextID   uint64
	pending  []*Session
	looked   []*Session
	calls    []*Call // by depth
	depth    int
	now      int64 // Unix milliseconds
	micros   int64 // Unix microseconds
	clock    func() time.Time
	sleep    func(time.Duration)
	log      func(string, ...any)
	slowlog  slowlog
	latency  latency

	watched  map[watchKey]map[*Session]struct{}
	waiting  map[watchKey]*waiters
	ready    []watchKey
	serving  bool
	channels channels
	pause    pause
	nextTick int64
	rate     rate
}

// New makes an engine.
func New(o Options) *Engine {
	if o.Config == nil {
		o.Config = DefaultConfig()
	}
	e := &Engine{
		Config: o.Config, Store: keyspace.New(o.Config.Databases, o.Seed), Server: o.Server,
		commands: map[string]*Command{}, sessions: map[uint64]*Session{}, monitors: map[*Session]struct{}{},
		clock: o.Clock, sleep: o.Sleep, log: o.Log,
		watched: map[watchKey]map[*Session]struct{}{}, waiting: map[watchKey]*waiters{},
	}
	if e.log == nil {
		e.log = func(string, ...any) {}
	}
	e.Stats.Errors = map[string]uint64{}
	e.channels.init()
	for _, list := range [][]Command{own, o.Commands} {
		for i := range list {
			c := list[i].own(nil)
			e.commands[strings.ToLower(c.Name)] = c
		}
	}
	e.Store.OnExpired = func(db *keyspace.DB, key []byte) { e.removed(db, key, NotifyExpired, "expired") }
	e.Store.OnEvicted = func(db *keyspace.DB, key []byte) { e.removed(db, key, NotifyEvicted, "evicted") }
	e.Store.OnMissed = func(db *keyspace.DB, key []byte) { e.Notify(NotifyKeyMiss, "keymiss", key, db) }
	e.Apply()
	return e
}

// Apply takes over what has changed in Config.
func (e *Engine) Apply() {
	e.Store.Policy = e.Config.MaxMemoryPolicy
	e.Store.LFU = keyspace.LFU{LogFactor: e.Config.LFULogFactor, DecayMinutes: e.Config.LFUDecayTime}
	if e.Config.MaxMemory > 0 || e.Config.Timeout > 0 {
		e.wantTick(e.now)
	}
}

// removed is what follows when a key has gone without a command.
func (e *Engine) removed(db *keyspace.DB, key []byte, class Class, event string) {
	e.touch(db, key)
	e.Notify(class, event, key, db)
}

// SetNow sets the time: once a round, before commands.
func (e *Engine) SetNow(t time.Time) {
	e.micros = t.UnixMicro()
	e.now = e.micros / 1000
	e.Store.SetNow(e.now)
}

// Now returns the time that was set, in Unix milliseconds.
func (e *Engine) Now() int64 { return e.now }

// Micros returns the time that was set, in Unix microseconds.
func (e *Engine) Micros() int64 { return e.micros }

// Sleep blocks the host's goroutine, for DEBUG SLEEP, and reports whether the host allows it.
func (e *Engine) Sleep(d time.Duration) bool {
	if e.sleep == nil {
		return false
	}
	e.sleep(d)
	if e.clock != nil {
		e.SetNow(e.clock())
	}
	return true
}

// Logf writes a line for the operator.
func (e *Engine) Logf(format string, args ...any) { e.log(format, args...) }
