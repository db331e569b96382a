package server

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
)

// A section is a part of INFO. Clients parse its lines, name:value; what has no meaning here is 0, as in a Redis that does
// not use it.
type section struct {
	name  string
	title string
	extra bool // not among the default ones
	write func(*report, *engine.Engine)
}

var sections = []section{
	{name: "server", title: "Server", write: infoServer},
	{name: "clients", title: "Clients", write: infoClients},
	{name: "memory", title: "Memory", write: infoMemory},
	{name: "persistence", title: "Persistence", write: infoPersistence},
	{name: "stats", title: "Stats", write: infoStats},
	{name: "replication", title: "Replication", write: infoReplication},
	{name: "cpu", title: "CPU", write: infoCPU},
	{name: "modules", title: "Modules", write: func(*report, *engine.Engine) {}},
	{name: "commandstats", title: "Commandstats", extra: true, write: infoCommandstats},
	{name: "errorstats", title: "Errorstats", write: infoErrorstats},
	{name: "cluster", title: "Cluster", write: func(r *report, _ *engine.Engine) { r.line("cluster_enabled", 0) }},
	{name: "keyspace", title: "Keyspace", write: infoKeyspace},
}

// A report is the text of INFO.
type report struct{ strings.Builder }

func (r *report) line(name string, value any) { fmt.Fprintf(r, "%s:%v\r\n", name, value) }

// size writes a number of bytes, and once more for people.
func (r *report) size(name string, n int64) {
	r.line(name, n)
	r.line(name+"_human", human(n))
}

func human(n int64) string {
	f := float64(n)
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%dB", n)
	case n < 1<<20:
		return fmt.Sprintf("%.2fK", f/(1<<10))
	case n < 1<<30:
		return fmt.Sprintf("%.2fM", f/(1<<20))
	case n < 1<<40:
		return fmt.Sprintf("%.2fG", f/(1<<30))
	}
	return fmt.Sprintf("%.2fT", f/(1<<40))
}

// info replies the sections that the arguments name; all, default and everything stand for several.
func info(c *engine.Call) {
	wanted := map[string]bool{}
	add := func(extra bool) {
		for _, s := range sections {
			if extra || !s.extra {
				wanted[s.name] = true
			}
		}
	}
	if len(c.Args) == 1 {
		add(false)
	}
	for i := 1; i < len(c.Args); i++ {
		switch word := c.Arg(i); word {
		case "default":
			add(false)
		case "all", "everything":
			add(true)
		default:
			wanted[word] = true
		}
	}
	var r report
	for _, s := range sections {
		if !wanted[s.name] {
			continue
		}
		if r.Len() > 0 {
			r.WriteString("\r\n")
		}
		r.WriteString("# " + s.title + "\r\n")
		s.write(&r, c.E)
	}
	c.Out.Verbatim("txt", r.String())
}

func infoServer(r *report, e *engine.Engine) {
	uptime := max(0, e.Now()/1000-e.Server.Started.Unix())
	r.line("redis_version", engine.RedisVersion)
	r.line("redis_mode", "standalone")
	r.line("server_name", "catamaran")
	r.line("libos", e.Server.LibOS)
	r.line("os", runtime.GOOS+" "+runtime.GOARCH)
	r.line("arch_bits", 64)
	r.line("multiplexing_api", e.Server.LibOS)
	r.line("go_version", runtime.Version())
	r.line("process_id", e.Server.PID)
	r.line("run_id", e.Server.RunID)
	r.line("tcp_port", e.Server.Port)
	r.line("server_time_usec", e.Micros())
	r.line("uptime_in_seconds", uptime)
	r.line("uptime_in_days", uptime/86400)
	r.line("hz", e.Config.Hz)
	r.line("configured_hz", e.Config.Hz)
	r.line("lru_clock", e.Now()/1000&(1<<24-1))
	r.line("config_file", e.Server.Config)
}

func infoClients(r *report, e *engine.Engine) {
	var in, out int
	e.Sessions(func(s *engine.Session) {
		in, out = max(in, s.QueryBuffer), max(out, s.Out.Len()+s.InFlight)
	})
	_, blocking := e.Watched()
	r.line("connected_clients", e.Clients())
	r.line("maxclients", e.Config.MaxClients)
	r.line("client_recent_max_input_buffer", in)
	r.line("client_recent_max_output_buffer", out)
	r.line("blocked_clients", e.BlockedClients())
	r.line("total_blocking_keys", blocking)
	r.line("tracking_clients", 0)
}

func infoMemory(r *report, e *engine.Engine) {
	used, rss := e.Used(), int64(0)
	if e.Server.Memory != nil {
		rss = e.Server.Memory()
	}
	peak := e.Stats.PeakMemory
	r.size("used_memory", used)
	r.size("used_memory_rss", rss)
	r.size("used_memory_peak", peak)
	r.line("used_memory_peak_perc", fmt.Sprintf("%.2f%%", 100*float64(used)/float64(max(peak, 1))))
	r.line("used_memory_dataset", used)
	r.line("used_memory_startup", 0)
	r.line("allocator_allocated", used)
	r.line("allocator_active", e.Store.Heap.Mapped())
	r.size("maxmemory", e.Config.MaxMemory)
	r.line("maxmemory_policy", e.Config.MaxMemoryPolicy)
	r.line("mem_fragmentation_ratio", fmt.Sprintf("%.2f", float64(rss)/float64(max(used, 1))))
	r.line("mem_clients_normal", clientMemory(e))
	r.line("mem_allocator", "slab")
	r.line("active_defrag_running", 0)
	r.line("lazyfree_pending_objects", e.Store.Garbage())
	r.line("lazyfreed_objects", e.Store.Stats.LazyFreed)
}

func clientMemory(e *engine.Engine) int {
	n := 0
	e.Sessions(func(s *engine.Session) { n += s.QueryBuffer + s.Out.Cap() + s.InFlight })
	return n
}

func infoPersistence(r *report, e *engine.Engine) {
	r.line("loading", 0)
	r.line("async_loading", 0)
	r.line("rdb_changes_since_last_save", e.Stats.Dirty)
	r.line("rdb_bgsave_in_progress", 0)
	r.line("rdb_last_bgsave_status", "ok")
	r.line("aof_enabled", 0)
	r.line("aof_rewrite_in_progress", 0)
	r.line("aof_rewrite_scheduled", 0)
}

func infoStats(r *report, e *engine.Engine) {
	names, patterns, shards := e.Channels()
	keys := &e.Store.Stats
	r.line("total_connections_received", e.Stats.Connections)
	r.line("total_commands_processed", e.Stats.Commands)
	r.line("instantaneous_ops_per_sec", e.CommandRate())
	r.line("total_net_input_bytes", e.Stats.InputBytes)
	r.line("total_net_output_bytes", e.Stats.OutputBytes)
	r.line("rejected_connections", e.Stats.Rejected)
	r.line("expired_keys", keys.Expired)
	r.line("evicted_keys", keys.Evicted)
	r.line("keyspace_hits", keys.Hits)
	r.line("keyspace_misses", keys.Misses)
	r.line("pubsub_channels", names)
	r.line("pubsub_patterns", patterns)
	r.line("pubsubshard_channels", shards)
	r.line("latest_fork_usec", 0)
	r.line("total_forks", 0)
	r.line("total_error_replies", e.Stats.ErrorReplies)
	r.line("unexpected_error_replies", 0)
	r.line("client_query_buffer_limit_disconnections", e.Stats.QueryLimitDisconnections)
	r.line("client_output_buffer_limit_disconnections", e.Stats.OutputLimitDisconnections)
}

func infoReplication(r *report, _ *engine.Engine) {
	r.line("role", "master")
	r.line("connected_slaves", 0)
	r.line("master_failover_state", "no-failover")
	r.line("master_replid", strings.Repeat("0", 40))
	r.line("master_repl_offset", 0)
	r.line("repl_backlog_active", 0)
}

func infoCPU(r *report, e *engine.Engine) {
	if e.Server.CPU == nil {
		return
	}
	sys, user := e.Server.CPU()
	r.line("used_cpu_sys", fmt.Sprintf("%.6f", sys.Seconds()))
	r.line("used_cpu_user", fmt.Sprintf("%.6f", user.Seconds()))
	r.line("used_cpu_sys_children", "0.000000")
	r.line("used_cpu_user_children", "0.000000")
}

func infoCommandstats(r *report, e *engine.Engine) {
	write := func(cmd *engine.Command) {
		u := &cmd.Usage
		if u.Calls+u.Rejected+u.Failed == 0 {
			return
		}
		r.line("cmdstat_"+cmd.FullName(), fmt.Sprintf("calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
			u.Calls, u.Micros, float64(u.Micros)/float64(max(u.Calls, 1)), u.Rejected, u.Failed))
	}
	for _, name := range e.CommandNames() {
		cmd := e.Lookup(name)
		write(cmd)
		cmd.Subcommands(write)
	}
}

func infoErrorstats(r *report, e *engine.Engine) {
	names := make([]string, 0, len(e.Stats.Errors))
	for name := range e.Stats.Errors {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		r.line("errorstat_"+name, fmt.Sprintf("count=%d", e.Stats.Errors[name]))
	}
}

func infoKeyspace(r *report, e *engine.Engine) {
	for i := range e.Store.Databases() {
		if db := e.Store.DB(i); db.Len() > 0 {
			r.line(fmt.Sprintf("db%d", i), fmt.Sprintf("keys=%d,expires=%d,avg_ttl=%d", db.Len(), db.Expires(), db.MeanTTL()))
		}
	}
}
