package engine

const errDefrag refusal = "Active defragmentation cannot be enabled: it requires a Redis server compiled with a modified Jemalloc like the one shipped by default with the Redis source distribution"

// inertOptions are those of what is not here: persistence, replication, cluster, threads, scripts, defragmentation. Clients,
// tools and configuration files set them all the same.
var inertOptions = func() map[string]option {
	m := map[string]option{
		"save":                              inertSave(),
		"appendonly":                        inertNo("appendonly", "there is no append-only file"),
		"appendfsync":                       inertWord("appendfsync", "everysec", "always", "everysec", "no"),
		"auto-aof-rewrite-percentage":       inertNumber("auto-aof-rewrite-percentage", 100, 0, maxInt32),
		"active-expire-effort":              inertNumber("active-expire-effort", 1, 1, 10),
		"activedefrag":                      inertNo("activedefrag", errDefrag),
		"min-replicas-to-write":             inertNumber("min-replicas-to-write", 0, 0, maxInt32),
		"repl-backlog-size":                 inertSize("repl-backlog-size", 1<<20, 1, maxInt),
		"repl-diskless-sync-delay":          inertNumber("repl-diskless-sync-delay", 5, 0, maxInt32),
		"replicaof":                         fixed(inertEmpty("replicaof", "there is no replication")),
		"tcp-backlog":                       fixed(inertNumber("tcp-backlog", 511, 0, maxInt32)),
		"loglevel":                          inertWord("loglevel", "notice", "debug", "verbose", "notice", "warning"),
		"logfile":                           fixed(inertEmpty("logfile", "the log goes to the standard error")),
		"busy-reply-threshold":              inertNumber("busy-reply-threshold", 5000, 0, maxInt),
		"maxmemory-clients":                 inertPercent("maxmemory-clients"),
		"maxmemory-eviction-tenacity":       inertNumber("maxmemory-eviction-tenacity", 10, 0, 100),
		"sanitize-dump-payload":             inertWord("sanitize-dump-payload", "no", "no", "yes", "clients"),
		"stream-node-max-bytes":             inertSize("stream-node-max-bytes", 4096, 0, maxInt),
		"stream-node-max-entries":           inertNumber("stream-node-max-entries", 100, 0, maxInt),
		"hll-sparse-max-bytes":              inertSize("hll-sparse-max-bytes", 3000, 0, maxInt),
		"tracking-table-max-keys":           inertNumber("tracking-table-max-keys", 1000000, 0, maxInt),
		"latency-tracking-info-percentiles": inertPercentiles("latency-tracking-info-percentiles", "50 99 99.9"),
		"shutdown-timeout":                  inertNumber("shutdown-timeout", 10, 0, maxInt32),
		"shutdown-on-sigint":                inertWords("shutdown-on-sigint", "default", "default", "save", "nosave", "now", "force"),
		"shutdown-on-sigterm":               inertWords("shutdown-on-sigterm", "default", "default", "save", "nosave", "now", "force"),
		"proc-title-template":               inertText("proc-title-template", "{title} {listen-addr} {server-mode}"),
		"daemonize":                         fixed(inertNo("daemonize", "the server stays in the foreground")),
		"supervised":                        fixed(inertWord("supervised", "no", "no")),
		"cluster-enabled":                   fixed(inertNo("cluster-enabled", "there is no cluster mode")),
		"io-threads":                        fixed(inertNumber("io-threads", 1, 1, 1)),
		"protected-mode":                    inertNo("protected-mode", "there is no protected mode: choose whom to serve by --listen and requirepass"),
		"key-load-delay":                    hidden(inertNumber("key-load-delay", 0, -1<<31, maxInt32)),
	}
	for name, value := range map[string]string{
		"rdbcompression": "yes", "rdbchecksum": "yes", "rdb-del-sync-files": "no", "no-appendfsync-on-rewrite": "no",
		"aof-load-truncated": "yes", "aof-use-rdb-preamble": "yes", "stop-writes-on-bgsave-error": "yes",
		"activerehashing": "yes", "dynamic-hz": "yes", "jemalloc-bg-thread": "yes", "disable-thp": "yes",
		"lazyfree-lazy-eviction": "no", "lazyfree-lazy-expire": "no", "lazyfree-lazy-server-del": "no", "lazyfree-lazy-user-flush": "no",
		"replica-serve-stale-data": "yes", "repl-diskless-sync": "yes", "close-on-replica-write": "yes",
		"set-proc-title": "yes", "always-show-logo": "no", "crash-log-enabled": "yes",
	} {
		m[name] = inertYesNo(name, value)
	}
	return m
}()
