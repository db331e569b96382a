package libostest

import (
	"fmt"
	"strings"
	"testing"
)

// need says what a scenario cannot run without.
type need uint

const (
	needStream   need = 1 << iota // byte-stream sockets
	needDatagram                  // datagram sockets
	needSocket                    // sockets of any kind
	needChannel                   // something to push on and pop from
	needMessages                  // a channel that keeps message boundaries
	needMemq                      // memory queues
	needDead                      // an address without an answer
	needNonLocal                  // an address that is not ours
	needVirtual                   // a virtual clock
	needReal                      // the machine's clock
	needInUse                     // a count of the memory in use
	needChecks                    // a build with -race or -tags catdebug
	wantMisuse                    // reports of misuse go to the scenario
	byFamily                      // run it once with IPv4 and once with IPv6
)

// A scenario is one entry of the list.
type scenario struct {
	id    string
	needs need
	opt   Options
	run   func(e *env)
}

// all returns every scenario in the order in which they run.
func all() []scenario {
	var list []scenario
	for _, section := range [][]scenario{
		controlTCP(), controlCalls(), controlUDP(),
		tokens(), waits(), cancels(),
		closes(), remoteCloses(),
		data(), clients(), datagrams(),
		memory(),
	} {
		list = append(list, section...)
	}
	return list
}

// Run runs every scenario on the pairs that open makes, each as a subtest with its id, and logs a table at the end.
func Run(t *testing.T, open Opener) {
	probe := open(t, Options{})
	if err := probe.Close(); err != nil {
		t.Fatalf("close the first pair: %v", err)
	}
	probe.setDefaults(probe.Advance != nil)
	checkNames(t, probe.NotApplicable)
	var table strings.Builder
	ran, not, failed := 0, 0, 0
	for _, s := range all() {
		families, reason := applies(&s, probe)
		if reason != "" {
			not++
			fmt.Fprintf(&table, "%-28s not applicable: %s\n", s.id, reason)
			continue
		}
		ran++
		note := newNotes()
		if s.needs&byFamily != 0 && len(families) == 1 && families[0].name != "" {
			note.add(families[0].name + " only")
		}
		done := t.Run(s.id, func(t *testing.T) {
			for _, f := range families {
				if f.name == "" {
					runOne(t, open, &s, f.v6, note)
					continue
				}
				t.Run(f.name, func(t *testing.T) { runOne(t, open, &s, f.v6, note) })
			}
		})
		verdict := "ran"
		if !done {
			verdict = "FAILED"
			failed++
		}
		fmt.Fprintf(&table, "%-28s %s%s\n", s.id, verdict, note)
	}
	t.Logf("conformance of %s\n%s", probe.Name, &table)
	summary := fmt.Sprintf("conformance %s: %d ran, %d not applicable", probe.Name, ran, not)
	if failed > 0 {
		summary += fmt.Sprintf(", %d FAILED", failed)
	}
	t.Log(summary)
}

// checkNames refuses a reason for a scenario that does not exist: it would hide a misspelt id.
func checkNames(tb TB, reasons map[string]string) {
	known := map[string]bool{}
	for _, s := range all() {
		known[s.id] = true
	}
	for id := range reasons {
		if !known[id] {
			tb.Errorf("NotApplicable names %q, which is no scenario", id)
		}
	}
}

type family struct {
	name string // of the subtest
	v6   bool
}

// applies returns the families that a scenario runs with, or why it cannot run on such a pair.
func applies(s *scenario, p *Pair) (families []family, reason string) {
	if r, ok := p.NotApplicable[s.id]; ok {
		return nil, r
	}
	for _, c := range []struct {
		need need
		has  bool
		why  string
	}{
		{needStream, p.Stream && !p.Boundaries, "no byte-stream sockets"},
		{needDatagram, p.Datagram, "no datagram sockets"},
		{needSocket, p.Stream || p.Datagram, "no sockets"},
		{needChannel, p.Stream || p.MemoryQueue != nil, "nothing to push on and pop from"},
		{needMessages, p.Datagram || p.MemoryQueue != nil || p.Boundaries, "keeps no message boundaries"},
		{needMemq, p.MemoryQueue != nil, "no memory queues in the pair"},
		{needVirtual, p.Advance != nil, "no virtual clock"},
		{needReal, p.Advance == nil, "on a virtual clock"},
		{needInUse, p.InUse != nil, "memory in use is not counted"},
		{needChecks, checks, "needs -race or -tags catdebug"},
	} {
		if s.needs&c.need != 0 && !c.has {
			return nil, c.why
		}
	}
	for _, v6 := range []bool{false, true} {
		if !p.AddrA.of(v6).IsValid() || !p.AddrB.of(v6).IsValid() {
			continue
		}
		if s.needs&needDead != 0 && !p.DeadRemote.of(v6).IsValid() {
			reason = "no address without an answer"
			continue
		}
		if s.needs&needNonLocal != 0 && !p.NonLocal.of(v6).IsValid() {
			reason = "no address that is not local"
			continue
		}
		f := family{v6: v6}
		if s.needs&byFamily != 0 {
			f.name = "v4"
			if v6 {
				f.name = "v6"
			}
		}
		families = append(families, f)
		if s.needs&byFamily == 0 {
			break
		}
	}
	if len(families) > 0 {
		return families, ""
	}
	if s.needs&(needStream|needDatagram|needSocket|needDead|needNonLocal) != 0 {
		if reason == "" {
			reason = "no addresses"
		}
		return nil, reason
	}
	return []family{{}}, ""
}

// notes are what a scenario reduced, for the table.
type notes struct{ list []string }

func newNotes() *notes { return &notes{} }

func (n *notes) add(s string) {
	for _, have := range n.list {
		if have == s {
			return
		}
	}
	n.list = append(n.list, s)
}

func (n *notes) String() string {
	if len(n.list) == 0 {
		return ""
	}
	return " (" + strings.Join(n.list, "; ") + ")"
}
