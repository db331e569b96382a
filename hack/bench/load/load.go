// Package load is what the clients of the benchmark do, whatever stack they do it on.
//
//	echo     a closed loop: each connection sends a request, waits for its reply, compares every byte, sends the next
//	         with a rate an open loop: requests are due at fixed times, and latency counts from these
//	crowd    many connections make a request each; then a few of them go on in a closed loop while the others are idle
//	connect  a closed loop over connections: connect, one request, its reply, close
//	bulk     one way: records of 64 KiB with a number each; the receiver checks the numbers and answers the last record
//	         with how much it received
//	kv       GET and SET of random keys, closed and open as echo; kv-fill stores all keys, kv-check looks for them
//
// Echo and Connect do it over any net.Conn. Peers that have no net.Conn use Request, Meter, Record and Sink, so that all
// of them do the same work on the same bytes.
//
// In short: one protocol, one way to measure, many stacks.
package load

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// Kinds of load.
const (
	Echo    = "echo"
	Connect = "connect"
	Bulk    = "bulk"
	Crowd   = "crowd"

	// Messages is a load within one process, of the peers that have it: messages from one end of a queue to the other.
	Messages = "messages"

	// Loads of servers that speak RESP2. All keys have a value of the same size.
	KV      = "kv"       // GET and SET of random keys
	KVFill  = "kv-fill"  // stores every key once, on an empty server
	KVCheck = "kv-check" // the server has exactly these keys
)

func isKV(kind string) bool { return kind == KV || kind == KVFill || kind == KVCheck }

// Params say what a client does.
type Params struct {
	Kind     string
	Addr     netip.AddrPort // the server's
	Conns    int
	Size     int // bytes of a request; kv: of a value
	Duration time.Duration
	Rate     float64 // echo, kv: requests/s of an open loop; 0: a closed loop
	Active   int     // crowd: connections that go on
	Keys     int     // kv: how many the server has
	Sets     float64 // kv: share of the requests that are SET, from 0 to 1
	// Report gets the result of a crowd while all its connections are open. They stay so until the context is done.
	Report func(Result) error
}

// Validate returns what is wrong with the parameters.
func (p *Params) Validate() error {
	switch {
	case p.Kind != Echo && p.Kind != Connect && p.Kind != Bulk && p.Kind != Crowd && p.Kind != Messages && !isKV(p.Kind):
		return fmt.Errorf("load %q is unknown; use %s, %s, %s, %s, %s, %s, %s or %s", p.Kind, Echo, Connect, Bulk, Crowd, Messages,
			KV, KVFill, KVCheck)
	case !p.Addr.IsValid() || p.Addr.Port() == 0:
		return fmt.Errorf("server address %v is not an address and a port", p.Addr)
	case p.Conns < 1:
		return fmt.Errorf("%d connections are too few; use 1 or more", p.Conns)
	case p.Kind == Bulk && p.Conns != 1:
		return errors.New("load bulk is one stream; use 1 connection")
	case p.Size < minRequest:
		return fmt.Errorf("a request of %d bytes has no room for its number; use %d or more", p.Size, minRequest)
	case p.Rate < 0 || p.Rate > 0 && p.Kind != Echo && p.Kind != KV:
		return fmt.Errorf("rate %v is not for load %s; use 0, echo or kv", p.Rate, p.Kind)
	case isKV(p.Kind) && (p.Keys < 1 || p.Keys > maxKeys):
		return fmt.Errorf("%d keys cannot be; use 1 to %d", p.Keys, maxKeys)
	case isKV(p.Kind) && p.Size < keyDigits:
		return fmt.Errorf("a value of %d bytes has no room for its key; use %d or more", p.Size, keyDigits)
	case p.Sets < 0 || p.Sets > 1:
		return fmt.Errorf("%v of the requests cannot be SET; use 0 to 1", p.Sets)
	case p.Kind == Crowd && (p.Active < 1 || p.Active > p.Conns):
		return fmt.Errorf("%d active connections of %d cannot be; use 1 to %[2]d", p.Active, p.Conns)
	case p.Kind == Crowd && p.Report == nil:
		return errors.New("load crowd has nobody to report to")
	case p.Duration <= 0:
		return fmt.Errorf("duration %v is too short", p.Duration)
	}
	return nil
}

// Grace is how long after the end of the duration a reply may come: a stream that loses frames has to deliver what is in
// its buffers first.
const Grace = 10 * time.Second

// A Result is the outcome of a load, with the names that echo client --json uses. Latencies are microseconds.
type Result struct {
	Requests   uint64  `json:"requests"` // answered, or connections with connect; records with bulk
	Rate       float64 `json:"rate"`     // requests/s
	P50        float64 `json:"p50_us"`
	P90        float64 `json:"p90_us"`
	P99        float64 `json:"p99_us"`
	P999       float64 `json:"p999_us"`
	Max        float64 `json:"max_us"`
	Unsent     uint64  `json:"unsent"` // open loop: requests that were due and could not be sent before the end
	Errors     uint64  `json:"errors"`
	Mismatches uint64  `json:"mismatches"`
	Mallocs    uint64  `json:"mallocs"`                   // objects that the client allocated on the Go heap meanwhile; 0: not known, or none
	Bits       float64 `json:"bits_per_second,omitempty"` // of payload, as the receiver counts; bulk
}
