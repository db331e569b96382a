package load

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"testing"
	"time"
)

func TestRequest(t *testing.T) {
	a, b := NewRequest(0, 64), NewRequest(1, 64)
	first := append([]byte(nil), a.Next()...)
	if !a.Intact(first) {
		t.Error("the reply itself is not intact")
	}
	if a.Intact(first[:63]) {
		t.Error("a short reply is intact")
	}
	if a.Next(); a.Intact(first) {
		t.Error("the reply to the request before is intact")
	}
	if other := b.Next(); NewRequest(0, 64).Intact(other) {
		t.Error("the reply of another connection is intact")
	}
	for i := range first {
		r := NewRequest(0, 64)
		reply := append([]byte(nil), r.Next()...)
		reply[i] ^= 1
		if r.Intact(reply) {
			t.Errorf("byte %d is not compared", i)
		}
	}
}

func stream(records int) []byte {
	b := make([]byte, records*RecordSize)
	for i := range records {
		Record(b[i*RecordSize:][:RecordSize], uint64(i), i == records-1)
	}
	return b
}

func TestSink(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	b := stream(5)
	var s Sink
	for rest := b; len(rest) > 0; {
		if reply, ok := s.Reply(); ok {
			t.Fatalf("replied %x with %d bytes to come", reply, len(rest))
		}
		n := min(len(rest), 1+rng.IntN(20000))
		if _, err := s.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	reply, ok := s.Reply()
	if !ok {
		t.Fatal("no reply to the last record")
	}
	res, err := Delivered(5, reply, time.Second)
	if err != nil || res.Bits != 5*RecordSize*8 || res.Requests != 5 {
		t.Errorf("got %+v, %v", res, err)
	}
	if _, err := Delivered(6, reply, time.Second); err == nil {
		t.Error("a stream that lost a record is delivered")
	}
	if _, err := Delivered(5, reply[:7], time.Second); err == nil {
		t.Error("a cut reply is accepted")
	}
}

func TestSinkRejects(t *testing.T) {
	for name, spoil := range map[string]func([]byte) []byte{
		"a record twice":         func(b []byte) []byte { return append(b[:RecordSize:RecordSize], b...) },
		"a record missing":       func(b []byte) []byte { return b[RecordSize:] },
		"a byte missing":         func(b []byte) []byte { return append(b[:100:100], b[101:]...) },
		"an unknown flag":        func(b []byte) []byte { b[8] = 2; return b },
		"bytes after the last":   func(b []byte) []byte { return append(b, 0) },
		"records after the last": func(b []byte) []byte { return append(b, b...) },
	} {
		var s Sink
		if _, err := s.Write(spoil(stream(3))); !errors.Is(err, errRecord) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSchedule(t *testing.T) {
	s := &Schedule{Start: time.Unix(100, 0), Rate: 1000, Conns: 4}
	// Requests of all connections together are evenly spaced.
	for n := range 20 {
		if got, want := s.Due(n%4, uint64(n/4)), s.Start.Add(time.Duration(n)*time.Millisecond); !got.Equal(want) {
			t.Errorf("request %d is due at %v, want %v", n, got, want)
		}
	}
	end := s.Start.Add(10 * time.Millisecond)
	if a, b := s.until(1, end), s.until(2, end); a != 3 || b != 2 {
		t.Errorf("connections 1 and 2 send %d and %d requests in 10 ms, want 3 and 2", a, b)
	}
}

func TestTotal(t *testing.T) {
	a, b := NewMeter(), NewMeter()
	for i := range 99 {
		if err := a.Answered(10*time.Microsecond, i > 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Answered(time.Millisecond, true); err != nil {
		t.Fatal(err)
	}
	r := Total(2*time.Second, a, b)
	if r.Requests != 100 || r.Rate != 50 || r.Mismatches != 1 || int(r.P50) != 10 || int(r.P99) != 10 || r.Max < 999 {
		t.Errorf("got %+v", r)
	}
	if err := a.Answered(time.Hour, true); err == nil {
		t.Error("a latency beyond the histogram is dropped")
	}
}

func TestValidate(t *testing.T) {
	good := Params{Kind: Echo, Addr: netip.MustParseAddrPort("127.0.0.1:7"), Conns: 1, Size: 64, Duration: time.Second}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	crowd := good
	crowd.Kind, crowd.Conns, crowd.Active, crowd.Report = Crowd, 3, 2, func(Result) error { return nil }
	if err := crowd.Validate(); err != nil {
		t.Fatal(err)
	}
	kv := good
	kv.Kind, kv.Keys, kv.Sets, kv.Rate = KV, 10, 1, 5
	if err := kv.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Params){
		"no keys":    func(p *Params) { *p = kv; p.Keys = 0 },
		"keys":       func(p *Params) { *p = kv; p.Keys = maxKeys + 1 },
		"small kv":   func(p *Params) { *p = kv; p.Size = keyDigits - 1 },
		"sets":       func(p *Params) { *p = kv; p.Sets = 1.5 },
		"fill rate":  func(p *Params) { *p = kv; p.Kind = KVFill },
		"kind":       func(p *Params) { p.Kind = "eco" },
		"address":    func(p *Params) { p.Addr = netip.AddrPort{} },
		"port":       func(p *Params) { p.Addr = netip.MustParseAddrPort("127.0.0.1:0") },
		"conns":      func(p *Params) { p.Conns = 0 },
		"bulk conns": func(p *Params) { p.Kind, p.Conns = Bulk, 2 },
		"size":       func(p *Params) { p.Size = 7 },
		"rate":       func(p *Params) { p.Rate = -1 },
		"bulk rate":  func(p *Params) { p.Kind, p.Rate = Bulk, 5 },
		"no active":  func(p *Params) { *p = crowd; p.Active = 0 },
		"active":     func(p *Params) { *p = crowd; p.Active = 4 },
		"report":     func(p *Params) { *p = crowd; p.Report = nil },
		"duration":   func(p *Params) { p.Duration = 0 },
	} {
		p := good
		spoil(&p)
		if err := p.Validate(); err == nil {
			t.Errorf("%s: %+v is valid", name, p)
		}
	}
}

// A server that answers with wrong bytes is found out.
func TestEchoMismatch(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		b := make([]byte, 64)
		for {
			if n, err := c.Read(b); err != nil || n == 0 {
				return
			}
			b[63] ^= 1
			if _, err := c.Write(b); err != nil {
				return
			}
		}
	}()
	p := Params{Kind: Echo, Addr: netip.MustParseAddrPort(listener.Addr().String()), Conns: 1, Size: 64, Duration: 20 * time.Millisecond}
	res, err := Run(context.Background(), p, func(context.Context) (net.Conn, error) { return net.Dial("tcp", p.Addr.String()) })
	if err != nil || res.Requests == 0 || res.Mismatches != res.Requests {
		t.Errorf("got %+v, %v", res, err)
	}
}
