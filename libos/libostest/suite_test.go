package libostest

import (
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A recorder is a TB that keeps failures.
type recorder struct {
	name     string
	failures []string
	logs     []string
}

func (r *recorder) Helper()      {}
func (r *recorder) Name() string { return r.name }
func (r *recorder) Failed() bool { return len(r.failures) > 0 }

func (r *recorder) Logf(format string, args ...any) {
	r.logs = append(r.logs, fmt.Sprintf(format, args...))
}

func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

// record runs one scenario and returns its failures. A panic of what is tested is one.
func record(t *testing.T, open Opener, id string) []string {
	t.Helper()
	for _, s := range all() {
		if s.id != id {
			continue
		}
		r := &recorder{name: id}
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer func() {
				if p := recover(); p != nil {
					r.Errorf("panic: %v", p)
				}
			}()
			runOne(r, open, &s, false, newNotes())
		}()
		<-done
		return r.failures
	}
	t.Fatalf("no scenario %s", id)
	return nil
}

// TestRejects runs scenarios against a reference that is wrong in one way. Each of them has to fail.
func TestRejects(t *testing.T) {
	wrong := func(call string, e syscall.Errno) faults { return faults{errnos: map[string]syscall.Errno{call: e}} }
	for _, c := range []struct {
		name   string
		faults faults
		memq   bool
		ids    string
	}{
		{"socket errno", wrong("socket", syscall.EINVAL), false, "A.socket.domain A.socket.type"},
		{"bind errno", wrong("bind", syscall.EADDRINUSE), false, "A.bind.twice A.state.connected A.udp.bind"},
		{"listen errno", wrong("listen", syscall.EINVAL), false, "A.state.unbound A.state.listening"},
		{"connect errno", wrong("connect", syscall.EALREADY), false, "A.state.connecting A.state.listening A.state.failed"},
		{"refused errno", wrong("refused", syscall.ETIMEDOUT), false, "A.connect.refused A.state.failed C.close.pending.accept"},
		{"ports are not given back", faults{keepPorts: true}, false, "A.bind.again A.udp.bind C.close.restart"},
		{"newest connection first", faults{lifo: true}, false, "A.accept.order"},
		{"cancelled pop keeps its data", faults{cancelTakes: true}, false, "B.cancel.pop"},
		{"cancelled pop keeps its data", faults{cancelTakes: true}, true, "B.cancel.pop B.cancel.pop.middle"},
		{"cancel does nothing", faults{noCancel: true}, false, "B.cancel.pop B.cancel.push B.cancel.accept B.cancel.twice B.waitany.order"},
		{"close forgets what is pending", faults{forgetOnClose: true}, false,
			"C.close.pending.accept C.close.pending.pop C.close.pending.push C.close.pending.connect A.udp.close"},
		{"close ends pops as the stream", faults{closeEOF: true}, false, "C.close.pending.pop C.close.pop.late"},
		{"close ends one kind after the other", faults{closeByKind: true}, false, "C.close.pending.order"},
		{"close drops what is unread", faults{dropUnread: true}, false, "C.close.unsent C.remote.data"},
		{"no end of stream", faults{noFin: true}, false, "C.remote.eof C.half.write C.half.pending"},
		{"no reset", faults{noReset: true}, false, "C.reset.pop C.reset.close"},
		{"a byte is lost", faults{loseByte: true}, false, "D.sizes D.segments D.clients.1 D.udp.sizes"},
		{"a byte is lost", faults{loseByte: true}, true, "D.sizes D.segments D.boundaries"},
		{"a bit is wrong", faults{flipByte: true}, false, "D.sizes D.segments D.duplex D.zerowindow D.udp.popbefore E.exhausted.stream"},
		{"a bit is wrong", faults{flipByte: true}, true, "D.sizes D.pops E.free.pushed"},
		{"messages are joined", faults{merge: true}, true, "D.boundaries"},
		{"wrong source", faults{wrongSource: true}, false, "D.udp.popbefore D.udp.source D.udp.wildcard"},
		{"connected socket takes all", faults{promiscuous: true}, false, "D.udp.connected"},
		{"pushes get stuck", faults{stuck: 100000}, false, "D.sizes D.duplex D.zerowindow E.exhausted.stream"},
		{"memory is not freed", faults{leaky: true}, false, "B.wait.zero D.pops E.alloc.sizes"},
		{"memory is freed twice", faults{blind: true}, false, "E.free.double E.alloc.many"},
		{"a descriptor leaks", faults{leakFD: true}, true, "B.wait.zero"},
	} {
		name := c.name
		if c.memq {
			name += ", memory queue"
		}
		t.Run(name, func(t *testing.T) {
			patience := time.Duration(0)
			if c.memq {
				patience = 50 * time.Millisecond
			}
			for _, id := range strings.Fields(c.ids) {
				failures := record(t, refOpener(c.faults, c.memq, patience), id)
				if len(failures) == 0 {
					t.Errorf("%s passes", id)
					continue
				}
				if testing.Verbose() {
					t.Logf("%s: %.200s", id, failures[0])
				}
				if good := record(t, refOpener(faults{}, c.memq, 0), id); len(good) > 0 {
					t.Errorf("%s fails without the fault too: %s", id, good[0])
				}
			}
		})
	}
}

// TestRejectsGoroutine: a goroutine that a pair leaves behind is noticed.
func TestRejectsGoroutine(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	open := func(tb TB, o Options) *Pair {
		go func() { <-stop }()
		return refOpener(faults{}, true, 0)(tb, o)
	}
	failures := record(t, open, "B.wait.zero")
	if len(failures) != 1 || !strings.Contains(failures[0], "goroutines") {
		t.Errorf("failures %q, want one about goroutines", failures)
	}
}

// TestRejectsClose: the error of a pair's Close fails the scenario.
func TestRejectsClose(t *testing.T) {
	open := func(tb TB, o Options) *Pair {
		p := refOpener(faults{}, true, 0)(tb, o)
		inner := p.Close
		p.Close = func() error {
			if err := inner(); err != nil {
				return err
			}
			return syscall.EBUSY
		}
		return p
	}
	if failures := record(t, open, "B.wait.zero"); len(failures) != 1 {
		t.Errorf("failures %q, want the error of Close", failures)
	}
}

// TestIDs: ids are unique and have the documented form.
func TestIDs(t *testing.T) {
	form := regexp.MustCompile(`^[A-E](\.[a-z0-9]+)+$`)
	seen := map[string]bool{}
	for _, s := range all() {
		if seen[s.id] || !form.MatchString(s.id) {
			t.Errorf("id %q is there twice or has another form", s.id)
		}
		seen[s.id] = true
	}
}

// TestNotApplicable: a reason excludes a scenario, and one for an unknown id is refused.
func TestNotApplicable(t *testing.T) {
	p := &Pair{Traits: Traits{NotApplicable: map[string]string{"D.sizes": "none", "D.size": "misspelt"}}}
	r := &recorder{}
	checkNames(r, p.NotApplicable)
	if len(r.failures) != 1 || !strings.Contains(r.failures[0], `"D.size"`) {
		t.Errorf("failures %q, want one about D.size", r.failures)
	}
	for _, s := range all() {
		if _, reason := applies(&s, p); s.id == "D.sizes" && reason != "none" {
			t.Errorf("D.sizes: reason %q", reason)
		}
	}
}

// TestContent: content differs by offset and by seed, which is what the comparisons rest on.
func TestContent(t *testing.T) {
	a, b := content(1, 1<<16), content(2, 1<<16)
	if hash(a) == hash(b) || hash(a) == hash(a[1:]) || hash(a[:32768]) == hash(a[32768:]) {
		t.Error("content repeats")
	}
	if len(content(1, 0)) != 0 || len(content(1, 13)) != 13 || hash(content(1, 13)) != hash(a[:13]) {
		t.Error("content has another length, or is no prefix of longer content")
	}
}
