package suite

import (
	"fmt"
	"net/netip"

	"github.com/catamaran-os/catamaran/hack/bench/lab"
	"github.com/catamaran-os/catamaran/hack/bench/load"
)

// KVSuite is the suite that compares cmd/kvserver with redis-server, and KVManyKeys its case that tells what the number of
// keys does.
const (
	KVSuite    = "kv"
	KVManyKeys = "keys"
)

// Names of its peers. Unless the name has it, the client is redis-benchmark; in the cases with both ends ours, the client
// of cmd/kvserver is ours.
const (
	KVOurs          = "kvserver"
	KVBlock         = "kvserver, --idle block"
	KVRedis         = "redis-server"
	KVRedisOurs     = "redis-server, our client"
	kvConns         = 50
	kvValue         = 64     // bytes
	kvSmall         = 16     // bytes, where the memory of keys is measured
	kvKeys          = 100000 // that requests are spread over
	kvFew           = 1000
	kvPipeline      = 16
	redisServer     = "redis-server"
	redisBenchmark  = "redis-benchmark"
	kvOpenLoopShare = 0.5
)

// A kvPlan is what a turn does besides running its client: the server is filled with keys before, and looked at
// afterwards.
type kvPlan struct {
	keys        int
	fill, check program
	counted     int  // the client takes a number of requests, not a duration: how many a first look is of; 0: it does not
	memory      bool // to fill it is all
}

// A kvJob makes the entrants of a case.
type kvJob struct {
	*Case
	o         *Options
	benchmark string // path of redis-benchmark; empty: there is none
	redis     string // path of redis-server; empty: there is none
	keys      int
	size      int     // of values, in bytes
	sets      float64 // share of the requests that are SET
	pipeline  int
}

func kv(o *Options) []*Case {
	var all []*Case
	for _, op := range []struct {
		name, title string
		sets        float64
	}{{"set", "SET", 1}, {"get", "GET", 0}} {
		for _, pipeline := range []int{1, kvPipeline} {
			name, title := op.name, fmt.Sprintf("%s, %d bytes, %d connections, kernel sockets", op.title, kvValue, kvConns)
			if pipeline > 1 {
				name, title = fmt.Sprintf("%s-p%d", name, pipeline), fmt.Sprintf("%s, pipelined %d", title, pipeline)
			}
			j := newKV(o, name, title, op.sets)
			j.pipeline = pipeline
			j.add(j.entrant(KVOurs, lab.KernelServer, j.kernelServer(), j.redisClient(lab.KernelServer)))
			j.add(j.entrant(KVBlock, lab.KernelServer, j.blockingServer(), j.redisClient(lab.KernelServer)))
			j.add(j.entrant(KVRedis, lab.KernelServer, j.redisServer(), j.redisClient(lab.KernelServer)))
			all = append(all, j.Case)
		}
		j := newKV(o, "afxdp-"+op.name, fmt.Sprintf("%s, %d bytes, %d connections, server over AF_XDP, client on kernel sockets", op.title,
			kvValue, kvConns), op.sets)
		j.add(j.entrant(KVOurs, lab.StackServer, j.stackServer(), j.redisClient(lab.StackServer)))
		j.add(j.entrant(KVRedis, lab.KernelServer, j.redisServer(), j.redisClient(lab.KernelServer)))
		all = append(all, j.Case)

		j = newKV(o, "ours-"+op.name, fmt.Sprintf("%s, %d bytes, %d connections, both ends ours over AF_XDP", op.title, kvValue, kvConns), op.sets)
		j.add(j.bothOurs(), j.entrant(KVRedis, lab.KernelServer, j.redisServer(), j.redisClient(lab.KernelServer)), j.redisOurs())
		all = append(all, j.Case)
	}
	return append(all, kvManyKeys(o), kvMemory(o), kvOpenLoop(o))
}

// kvOpenLoop has the same client for both, on the stack that the server has.
func kvOpenLoop(o *Options) *Case {
	title := fmt.Sprintf("GET and SET by half, %d bytes, %d connections, open loop at %.0f%% of the peak, over AF_XDP and over kernel sockets",
		kvValue, kvConns, 100*kvOpenLoopShare)
	j := newKV(o, "open-loop", title, 0.5)
	j.Share = kvOpenLoopShare
	j.add(j.bothOurs(), j.redisOurs())
	probe := newKV(o, "", "", j.sets)
	probe.add(probe.bothOurs(), probe.redisOurs())
	j.peak = &peak{probes: probe.Entrants}
	return j.Case
}

// kvManyKeys shows what the number of keys does to latency: caches, and the collector of ours.
func kvManyKeys(o *Options) *Case {
	title := fmt.Sprintf("90%% GET, 10%% SET, %d bytes, %d connections, kernel sockets, our client, by number of keys", kvValue, kvConns)
	j := newKV(o, KVManyKeys, title, 0.1)
	j.Bases = nil
	for _, peer := range []string{KVOurs, KVRedis} {
		for _, n := range []int{o.Keys, kvFew} {
			j.keys = n
			server := j.kernelServer()
			if peer == KVRedis {
				server = j.redisServer()
			}
			name := fmt.Sprintf("%s, %d keys", peer, n)
			j.add(j.entrant(name, lab.KernelServer, server, j.ourClient(lab.KernelClient, lab.KernelServer, "kernel")))
			if n == o.Keys && (peer == KVOurs || j.redis != "") {
				j.Bases = append(j.Bases, name)
			}
		}
	}
	return j.Case
}

func kvMemory(o *Options) *Case {
	j := newKV(o, "memory", fmt.Sprintf("Memory of %d keys of 16 bytes with values of %d", o.Keys, kvSmall), 1)
	j.Load, j.Conns, j.keys, j.size = load.KVFill, 1, o.Keys, kvSmall
	for _, e := range []*Entrant{
		j.entrant(KVOurs, lab.KernelServer, j.kernelServer(), j.end(load.KVFill, lab.KernelServer)),
		j.entrant(KVRedis, lab.KernelServer, j.redisServer(), j.end(load.KVFill, lab.KernelServer)),
	} {
		if e != nil {
			e.kv.memory = true
		}
		j.add(e)
	}
	return j.Case
}

func newKV(o *Options, name, title string, sets float64) *kvJob {
	j := &kvJob{o: o, keys: kvKeys, size: kvValue, sets: sets, pipeline: 1,
		Case: &Case{Suite: KVSuite, Name: name, Title: title, Load: load.KV, Conns: kvConns, Bases: []string{KVOurs}}}
	j.benchmark, _ = j.tool(o, redisBenchmark, "redis-tools")
	var ok bool
	if j.redis, ok = j.tool(o, redisServer, "redis-server"); ok && o.Version != nil {
		j.Notes = append(j.Notes, o.Version(j.redis))
	}
	return j
}

// add leaves out what cannot be made.
func (j *kvJob) add(all ...*Entrant) {
	for _, e := range all {
		if e != nil {
			j.Case.add(e)
		}
	}
}

// entrant is nil without its server or its client.
func (j *kvJob) entrant(peer string, at netip.Prefix, server, client program) *Entrant {
	if len(server.argv) == 0 || len(client.argv) == 0 {
		return nil
	}
	e := &Entrant{Peer: peer, Place: Apart, server: server, client: client,
		kv: &kvPlan{keys: j.keys, fill: j.end(load.KVFill, at), check: j.end(load.KVCheck, at)}}
	if client.argv[0] == j.benchmark {
		e.kv.counted = kvLook * j.pipeline
	}
	return e
}
