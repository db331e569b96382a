package enginetest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
)

// A Peer is a redis-server whose replies are compared as they are, in RESP3 with what it pushes.
type Peer struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

// StartPeer is StartRedis for replies as they are, with what is pushed told apart.
func StartPeer(t testing.TB) *Peer {
	t.Helper()
	r := StartRedis(t)
	return &Peer{t: t, conn: r.conn, in: bufio.NewReader(r.conn)}
}

// Do runs a command and returns the reply, none if all of it is pushed, and what was pushed by then: of RESP3.
func (p *Peer) Do(args ...string) (reply []byte, pushes [][]byte) {
	p.t.Helper()
	const marker = "$12\r\nend of reply\r\n"
	var out bytes.Buffer
	request(&out, args)
	request(&out, []string{"echo", "end of reply"}) // pushes may follow the reply
	if _, err := p.conn.Write(out.Bytes()); err != nil {
		p.t.Fatal(err)
	}
	for {
		frame, err := readFrame(p.in, nil)
		switch {
		case err != nil:
			p.t.Fatalf("%q: %v", args, err)
		case frame[0] == '>':
			pushes = append(pushes, frame)
		case string(frame) == marker:
			return reply, pushes
		case reply == nil:
			reply = frame
		default:
			p.t.Fatalf("%q: more than one reply: %q", args, frame)
		}
	}
}

// Frames runs a command and returns the reply and what was pushed, as Peer's Do does.
func (c *Client) Frames(args ...string) (reply []byte, pushes [][]byte) {
	c.d.t.Helper()
	c.Run(args...)
	in := bufio.NewReader(bytes.NewReader(c.Raw()))
	for {
		frame, err := readFrame(in, nil)
		switch {
		case err == io.EOF && frame == nil:
			return reply, pushes
		case err != nil:
			c.d.t.Fatalf("%q: %v", args, err)
		case frame[0] == '>':
			pushes = append(pushes, frame)
		case reply == nil:
			reply = frame
		default:
			c.d.t.Fatalf("%q: more than one reply: %q", args, frame)
		}
	}
}

func request(w *bytes.Buffer, args []string) {
	fmt.Fprintf(w, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(w, "$%d\r\n%s\r\n", len(a), a)
	}
}

// readFrame appends one reply or push as it is.
func readFrame(r *bufio.Reader, raw []byte) ([]byte, error) {
	line, err := r.ReadBytes('\n')
	if err != nil {
		return raw, err
	}
	raw = append(raw, line...)
	n := 0
	switch line[0] {
	case '$', '=':
		if _, err := fmt.Sscanf(string(line[1:]), "%d", &n); err != nil || n < 0 {
			return raw, err
		}
		start := len(raw)
		raw = append(raw, make([]byte, n+2)...)
		_, err = io.ReadFull(r, raw[start:])
		return raw, err
	case '*', '~', '>', '%':
		if _, err := fmt.Sscanf(string(line[1:]), "%d", &n); err != nil {
			return raw, err
		}
		if line[0] == '%' {
			n *= 2
		}
		for range n {
			if raw, err = readFrame(r, raw); err != nil {
				return raw, err
			}
		}
	}
	return raw, nil
}

// Unordered shows a reply with the elements of an array, set or map in sorted order, each elements as one: 2 for fields
// with their values. What is not such a reply is shown as it is.
func Unordered(raw []byte, each int) (string, error) {
	head, rest, _ := bytes.Cut(raw, []byte("\r\n"))
	if len(head) == 0 || !bytes.ContainsAny(head[:1], "*~%") {
		return Text(raw)
	}
	var elements []string
	for len(rest) > 0 {
		var parts []string
		for range each {
			text, left, err := reply(rest)
			if err != nil {
				return "", err
			}
			parts, rest = append(parts, text), left
		}
		elements = append(elements, strings.Join(parts, " "))
	}
	slices.Sort(elements)
	return string(head) + " " + strings.Join(elements, ", "), nil
}
