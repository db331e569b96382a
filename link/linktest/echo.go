package linktest

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"

	"github.com/catamaran-os/catamaran/link"
)

// Frames of the echo scenario, and with CATAMARAN_LONG=1 in the environment.
const (
	echoFrames     = 200_000
	echoFramesLong = 10_000_000
)

// Memory may grow by this much in bytes between the first quarter of the echo scenario and its end: the runtime's own
// bookkeeping, and the resident pages of stacks and frames touched for the first time. A frame leaked per thousand
// would be found by the accounts, a byte of heap per frame by this.
const (
	heapSlack = 64 << 10
	rssSlack  = 8 << 20
)

func echo(x *exec) {
	l := x.open()
	total := echoFrames
	if os.Getenv("CATAMARAN_LONG") == "1" {
		total = echoFramesLong
	}
	if l.Faults {
		total /= 10
	}
	var stop atomic.Bool
	join := alongside(func() { l.reflectUntil(&stop) })
	defer func() {
		stop.Store(true)
		join()
	}()

	f := &flow{lab: l, from: l.a, to: l.a, header: l.HeaderAB, expect: l.HeaderBA, total: total}
	var heap, rss uint64
	eventually2(f, func() {
		if heap == 0 && f.received > total/4 {
			heap, rss = memory()
		}
	})
	heapEnd, rssEnd := memory()
	x.note("%d frames sent, %d came back; heap %d -> %d bytes, resident %d -> %d bytes", f.sent, f.received, heap, heapEnd, rss, rssEnd)
	if heapEnd > heap+heapSlack || rssEnd > rss+rssSlack {
		failf("memory grew: heap from %d to %d bytes, resident from %d to %d bytes", heap, heapEnd, rss, rssEnd)
	}
}

// eventually2 runs f to its end; patience is for each step of it rather than for all.
func eventually2(f *flow, each func()) {
	for !f.done() {
		eventually("echoed frames", func() bool {
			moved := f.send() + f.receive()
			each()
			if moved == 0 {
				f.flush()
			}
			return moved > 0 || f.done()
		})
	}
}

// reflectUntil sends back what B receives. Frames of others are freed.
func (l *lab) reflectUntil(stop *atomic.Bool) {
	var f [burst]link.Frame
	for !stop.Load() {
		n, err := l.b.rx(f[:])
		l.b.alive("RxBurst", err)
		if n == 0 {
			runtime.Gosched()
		}
		ours := 0
		for i := range f[:n] {
			if l.Faults && len(f[i].Data) >= len(l.HeaderBA) || bytes.HasPrefix(f[i].Data, l.HeaderAB) {
				copy(f[i].Data, l.HeaderBA)
				f[ours], f[i] = f[i], f[ours]
				ours++
			}
		}
		l.b.free(f[ours:n])
		for sent := 0; sent < ours && !stop.Load(); {
			k, err := l.b.tx(f[sent:ours])
			l.b.alive("TxBurst", err)
			sent += k
			if k == 0 {
				runtime.Gosched()
			}
		}
	}
}

// memory returns the bytes of heap in use, and of memory resident, where the system tells.
func memory() (heap, rss uint64) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if statm, err := os.ReadFile("/proc/self/statm"); err == nil { // proc_pid_statm(5): size resident ..., in pages
		if fields := bytes.Fields(statm); len(fields) > 1 {
			pages, err := strconv.ParseUint(string(fields[1]), 10, 64)
			if err != nil {
				failf("read /proc/self/statm: %v", err)
			}
			rss = pages * uint64(os.Getpagesize())
		}
	}
	return m.HeapAlloc, rss
}
