package linktest

import (
	"reflect"

	"github.com/catamaran-os/catamaran/link"
)

// A side is a queue whose every call is checked against a model.
type side struct {
	name  string
	q     link.Queue
	held  int // frames that the suite holds
	total int
	last  link.Stats
}

func newSide(name string, q link.Queue) *side {
	if q == nil {
		failf("%s has no queue 0", name)
	}
	s := &side{name: name, q: q, last: q.Stats()}
	s.total = s.last.Accounts.Total
	if s.total <= 0 {
		failf("%s: Accounts.Total is %d", name, s.total)
	}
	s.check("open")
	return s
}

// check compares the queue's counters with the model and returns what they were before.
func (s *side) check(call string) (before link.Stats) {
	before, now := s.last, s.q.Stats()
	a := now.Accounts
	switch {
	case a.Free < 0 || a.RX < 0 || a.Held < 0 || a.TX < 0:
		failf("%s after %s: negative account: %+v", s.name, call, a)
	case a.Sum() != a.Total:
		failf("%s after %s: accounts sum to %d, want %d: %+v", s.name, call, a.Sum(), a.Total, a)
	case a.Total != s.total:
		failf("%s after %s: Total is %d, was %d", s.name, call, a.Total, s.total)
	case a.Held != s.held:
		failf("%s after %s: Held is %d, the caller holds %d: %+v", s.name, call, a.Held, s.held, a)
	}
	if name := decreased(&before, &now); name != "" {
		failf("%s after %s: counter %s went down", s.name, call, name)
	}
	s.last = now
	return before
}

// counters are the indices of the uint64 fields of link.Stats.
var counters = func() (fields []int) {
	t := reflect.TypeFor[link.Stats]()
	for i := range t.NumField() {
		if t.Field(i).Type.Kind() == reflect.Uint64 {
			fields = append(fields, i)
		}
	}
	return fields
}()

// decreased names the first counter that is less in now than in before.
func decreased(before, now *link.Stats) string {
	b, n := reflect.ValueOf(before).Elem(), reflect.ValueOf(now).Elem()
	for _, i := range counters {
		if n.Field(i).Uint() < b.Field(i).Uint() {
			return n.Type().Field(i).Name
		}
	}
	return ""
}

func (s *side) rx(f []link.Frame) (n int, err error) {
	n, err = s.q.RxBurst(f)
	if n < 0 || n > len(f) {
		failf("%s: RxBurst of %d frames returned %d", s.name, len(f), n)
	}
	s.held += n
	before := s.check("RxBurst")
	var bytes uint64
	for i := range f[:n] {
		if len(f[i].Data) == 0 {
			failf("%s: RxBurst returned an empty frame", s.name)
		}
		bytes += uint64(len(f[i].Data))
	}
	s.delta("RxBurst", "RxFrames", s.last.RxFrames-before.RxFrames, uint64(n))
	s.delta("RxBurst", "RxBytes", s.last.RxBytes-before.RxBytes, bytes)
	return n, err
}

// tx sends frames that the suite holds.
func (s *side) tx(f []link.Frame) (n int, err error) {
	var bytes [maxBurst]uint64
	for i := range f {
		bytes[i] = uint64(len(f[i].Data))
	}
	n, err = s.q.TxBurst(f)
	if n < 0 || n > len(f) {
		failf("%s: TxBurst of %d frames returned %d", s.name, len(f), n)
	}
	s.held -= n
	before := s.check("TxBurst")
	sent := s.last.TxFrames - before.TxFrames
	if sent > uint64(n) || sent+s.last.TxInvalid-before.TxInvalid < uint64(n) {
		failf("%s: TxBurst took %d frames, counted %d in TxFrames and %d in TxInvalid", s.name, n, sent, s.last.TxInvalid-before.TxInvalid)
	}
	if sent == uint64(n) {
		var sum uint64
		for _, b := range bytes[:n] {
			sum += b
		}
		s.delta("TxBurst", "TxBytes", s.last.TxBytes-before.TxBytes, sum)
	}
	s.delta("TxBurst", "TxBackpressure", s.last.TxBackpressure-before.TxBackpressure, uint64(len(f)-n))
	s.delta("TxBurst", "NotHeld", s.last.NotHeld-before.NotHeld, 0)
	return n, err
}

func (s *side) alloc(f []link.Frame) (n int) {
	n = s.q.Alloc(f)
	if n < 0 || n > len(f) {
		failf("%s: Alloc of %d frames returned %d", s.name, len(f), n)
	}
	s.held += n
	s.check("Alloc")
	for i := range f[:n] {
		if len(f[i].Data) != 0 || cap(f[i].Data) == 0 {
			failf("%s: Alloc returned a frame of %d bytes with room for %d", s.name, len(f[i].Data), cap(f[i].Data))
		}
	}
	return n
}

func (s *side) free(f []link.Frame) {
	s.q.Free(f)
	s.held -= len(f)
	before := s.check("Free")
	s.delta("Free", "NotHeld", s.last.NotHeld-before.NotHeld, 0)
}

func (s *side) arm() (fd int, ok bool) {
	fd, ok = s.q.Arm()
	s.check("Arm")
	return fd, ok
}

func (s *side) delta(call, counter string, got, want uint64) {
	if got != want {
		failf("%s: %s counted %d in %s, want %d", s.name, call, got, counter, want)
	}
}

// alive ends the scenario if err says that an open device that is up does not work.
func (s *side) alive(call string, err error) {
	if err != nil {
		failf("%s: %s: %v", s.name, call, err)
	}
}
