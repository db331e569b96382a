package scripttest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A packet is one packet as text, in a script or in the trace:
//
//	a.p1 > b.7: [P.] seq 1:1001 ack 1 win 512       TCP, flags as tcpdump writes them; seq FIRST:END with payload
//	b.7 > a.p1: [S.] seq 0 ack 1 opts mss:1460,sack,ts,ws:7
//	b.7 > a.p1: [.] ack 1 sack 1461:2921            selective acknowledgment of FIRST:END,...
//	b.9 > a.9: udp len 2000
//	b > a: echo-request id 1 seq 2 len 8            and echo-reply
//	x > a: unreachable code port                    of the packet that a sent last; also time-exceeded, bad-parameter
//	a > all: who-has target b                       ARP or neighbor solicitation; "all" is broadcast or multicast
//	b > a: is-at target b mac 2                     ARP reply or neighbor advertisement
//	a > b: fragment id 1 part 0:1480+ proto udp     of an IP packet; + means that more follow
//
// A pattern has the fields that have to be as they say. Its kind may also be any, tcp, or data: TCP with payload.
type packet struct {
	src, dst station
	kind     string
	fields   []field
}

type field struct{ key, value string }

// A station is an address and, if the protocol has them, a port.
type station struct{ host, port string }

func (s station) String() string {
	if s.port == "" {
		return s.host
	}
	return s.host + "." + s.port
}

// get returns the value of a field.
func (p *packet) get(key string) (value string, ok bool) {
	for _, f := range p.fields {
		if f.key == key {
			return f.value, true
		}
	}
	return "", false
}

func (p *packet) set(key, format string, args ...any) {
	p.fields = append(p.fields, field{key, fmt.Sprintf(format, args...)})
}

func (p *packet) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v > %v: %s", p.src, p.dst, p.kind)
	for _, f := range p.fields {
		fmt.Fprintf(&b, " %s %s", f.key, f.value)
	}
	return b.String()
}

func (p *packet) tcp() bool { return p.kind[0] == '[' }

// matches reports whether what is on the wire is as pattern says.
func (p *packet) matches(pattern *packet) bool {
	same := func(s, want station) bool { return s.host == want.host && (want.port == "" || s.port == want.port) }
	if !same(p.src, pattern.src) || !same(p.dst, pattern.dst) {
		return false
	}
	switch pattern.kind {
	case "any":
	case "tcp":
		if !p.tcp() {
			return false
		}
	case "data":
		seq, _ := p.get("seq")
		if !p.tcp() || !strings.Contains(seq, ":") {
			return false
		}
	default:
		if p.kind != pattern.kind {
			return false
		}
	}
	for _, f := range pattern.fields {
		got, _ := p.get(f.key)
		// A segment may be asked for by where it begins.
		if got != f.value && (f.key != "seq" || !strings.HasPrefix(got, f.value+":")) {
			return false
		}
	}
	return true
}

// kinds are the fields of each kind, besides those of IP.
var kinds = map[string]string{
	"[]": "seq ack win opts sack", "data": "seq ack win sack", "tcp": "seq ack win", "any": "",
	"udp": "len", "echo-request": "id seq len", "echo-reply": "id seq len",
	"unreachable": "code", "time-exceeded": "code", "bad-parameter": "code",
	"who-has": "target mac", "is-at": "target mac", "fragment": "id part proto", "protocol": "proto",
}

// ofIP are fields of injected packets, most of them to make one that must be refused: cut is how many bytes of the frame are
// left, mac the sender's, part is the part of the IP payload that a fragment with this id carries. sum and ipsum are "bad".
// What a host sends has via if it goes to another MAC than that of the host with its address.
const ofIP = "ttl version ihl total sum ipsum cut mac part id via"

// parsePacket parses "SRC > DST: KIND FIELD VALUE ...".
func parsePacket(words []string) (*packet, error) {
	text := strings.Join(words, " ")
	if len(words) < 4 || words[1] != ">" || !strings.HasSuffix(words[2], ":") || len(words)%2 != 0 {
		return nil, fmt.Errorf("%q is not SRC > DST: KIND and pairs of FIELD VALUE", text)
	}
	p := &packet{kind: words[3]}
	var err error
	if p.src, err = parseStation(words[0]); err != nil {
		return nil, err
	}
	if p.dst, err = parseStation(strings.TrimSuffix(words[2], ":")); err != nil {
		return nil, err
	}
	kind := p.kind
	if flags, ok := strings.CutPrefix(kind, "["); ok {
		if flags, ok = strings.CutSuffix(flags, "]"); !ok || strings.Trim(flags, tcpFlags) != "" {
			return nil, fmt.Errorf("TCP flags %s are not some of [%s]", kind, tcpFlags)
		}
		kind = "[]"
	}
	own, ok := kinds[kind]
	if !ok {
		return nil, fmt.Errorf("unknown kind of packet %q", kind)
	}
	for i := 4; i < len(words); i += 2 {
		f := field{words[i], words[i+1]}
		if !slices.Contains(strings.Fields(own+" "+ofIP), f.key) {
			return nil, fmt.Errorf("%s has no field %q", kind, f.key)
		}
		if _, twice := p.get(f.key); twice {
			return nil, fmt.Errorf("field %q stands twice", f.key)
		}
		if err := f.check(); err != nil {
			return nil, err
		}
		p.fields = append(p.fields, f)
	}
	return p, nil
}

// check refuses values that cannot be, so that a mistake in a script is found before it runs.
func (f field) check() error {
	ok := false
	switch f.key {
	case "opts":
		_, err := buildOptions(f.value)
		return err
	case "code", "proto":
		ok = true // its meaning depends on the kind and the family: build says
	case "target":
		ok = hosts[f.value] != 0
	case "sum", "ipsum":
		ok = f.value == "bad"
	case "seq", "part":
		_, _, err := parseRange(f.value)
		ok = err == nil
	case "sack":
		ok = true
		for r := range strings.SplitSeq(f.value, ",") {
			_, _, err := parseRange(r)
			ok = ok && err == nil
		}
	default:
		_, err := strconv.ParseUint(f.value, 10, 32)
		ok = err == nil
	}
	if !ok {
		return fmt.Errorf("field %q cannot be %q", f.key, f.value)
	}
	return nil
}

// parseRange parses FIRST:END, FIRST:END+ or FIRST, which is empty.
func parseRange(s string) (first, end uint32, err error) {
	from, to, found := strings.Cut(strings.TrimSuffix(s, "+"), ":")
	if !found {
		to = from
	}
	a, err := strconv.ParseUint(from, 10, 32)
	if err != nil {
		return 0, 0, err
	}
	b, err := strconv.ParseUint(to, 10, 32)
	if err == nil && b < a {
		err = fmt.Errorf("range %q ends before it begins", s)
	}
	return uint32(a), uint32(b), err
}

// parseStation parses HOST or HOST.PORT, where PORT is a number or a name that the trace gave.
func parseStation(s string) (station, error) {
	host, port, found := strings.Cut(s, ".")
	if hosts[host] == 0 {
		return station{}, fmt.Errorf("unknown host %q", host)
	}
	if !found {
		return station{host: host}, nil
	}
	n, err := strconv.Atoi(strings.TrimPrefix(port, "p"))
	if err != nil || n < 1 || n >= firstEphemeral {
		return station{}, fmt.Errorf("port %q is neither 1 to %d nor p1, p2 and so on", port, firstEphemeral-1)
	}
	return station{host, port}, nil
}
