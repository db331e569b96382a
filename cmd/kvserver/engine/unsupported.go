package engine

import "strings"

// unsupported has what is left out of Redis, by the commands that would need it.
var unsupported = func() map[string]string {
	m := map[string]string{}
	for what, names := range map[string]string{
		"streams are":                "xadd xrange xrevrange xlen xread xreadgroup xgroup xack xclaim xautoclaim xpending xinfo xdel xtrim xsetid",
		"scripts are":                "eval eval_ro evalsha evalsha_ro script",
		"functions are":              "fcall fcall_ro",
		"the cluster mode is":        "cluster asking readonly readwrite restore-asking migrate",
		"replication is":             "replicaof slaveof psync sync replconf failover role",
		"access control by users is": "acl",
		"modules are":                "module",
		"geographic indexes are":     "geoadd geodist geohash geopos georadius georadius_ro georadiusbymember georadiusbymember_ro geosearch geosearchstore",
		"HyperLogLogs are":           "pfadd pfcount pfmerge pfdebug pfselftest",
		"persistence is":             "lastsave",
	} {
		for name := range strings.FieldsSeq(names) {
			m[name] = what
		}
	}
	return m
}()
