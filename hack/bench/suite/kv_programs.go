package suite

import (
	"net/netip"
	"strconv"

	"github.com/catamaran-os/catamaran/hack/bench/lab"
	"github.com/catamaran-os/catamaran/hack/bench/load"
)

// kernelServer is cmd/kvserver over kernel sockets, with its default policy.
func (j *kvJob) kernelServer() program {
	return j.ourServer(lab.KernelServer, "adaptive", "--libos", "kernel")
}

// blockingServer sleeps as soon as nothing is there to do, as redis-server does.
func (j *kvJob) blockingServer() program {
	return j.ourServer(lab.KernelServer, "block", "--libos", "kernel")
}

// stackServer is cmd/kvserver over AF_XDP, polling.
func (j *kvJob) stackServer() program {
	return j.ourServer(lab.StackServer, "spin", "--libos", "afxdp", "--dev", lab.Device, "--ip", lab.StackServer.String())
}

func (j *kvJob) ourServer(at netip.Prefix, idle string, more ...string) program {
	if j.o.KVIdle != "" {
		idle = j.o.KVIdle
	}
	return program{mute: true, argv: append([]string{j.o.KVServer, "--listen", target(at), "--idle", idle}, more...)}
}

// redisServer keeps nothing on disk. There is no argv if it is not installed.
func (j *kvJob) redisServer() program {
	if j.redis == "" {
		return program{}
	}
	return program{foreign: true, argv: []string{j.redis, "--bind", lab.KernelServer.Addr().String(), "--port", strconv.Itoa(port),
		"--save", "", "--appendonly", "no", "--protected-mode", "no", "--loglevel", "warning"}}
}

// redisClient is redis-benchmark, without the number of requests.
func (j *kvJob) redisClient(to netip.Prefix) program {
	if j.benchmark == "" {
		return program{}
	}
	test := "get"
	if j.sets > 0 {
		test = "set"
	}
	return program{parse: parseRedisBenchmark, argv: []string{j.benchmark, "-h", to.Addr().String(), "-p", strconv.Itoa(port), "-t", test,
		"-c", strconv.Itoa(j.Conns), "-d", strconv.Itoa(j.size), "-r", strconv.Itoa(j.keys), "-P", strconv.Itoa(j.pipeline), "--csv"}}
}

// ourClient is the load kv of this program on a stack of ours, polling.
func (j *kvJob) ourClient(at, to netip.Prefix, libos string) program {
	o := &job{j.o, load.KV, j.Conns}
	p := o.self("client", "ours", at, to, "--libos", libos, "--tcp", "inline", "--idle", "spin")
	p.argv = append(p.argv, j.sized()...)
	return p
}

// end is a load over kernel sockets, on one connection.
func (j *kvJob) end(kind string, to netip.Prefix) program {
	o := &job{j.o, kind, 1}
	return o.self("client", "go-net", lab.KernelClient, to, j.sized()...)
}

// sized are flags that are given again: the last one counts.
func (j *kvJob) sized() []string {
	return []string{"--size", strconv.Itoa(j.size), "--keys", strconv.Itoa(j.keys), "--sets", strconv.FormatFloat(j.sets, 'g', -1, 64)}
}

func (j *kvJob) bothOurs() *Entrant {
	return j.entrant(KVOurs, lab.StackServer, j.stackServer(), j.ourClient(lab.StackClient, lab.StackServer, "afxdp"))
}

func (j *kvJob) redisOurs() *Entrant {
	return j.entrant(KVRedisOurs, lab.KernelServer, j.redisServer(), j.ourClient(lab.KernelClient, lab.KernelServer, "kernel"))
}
