// Package kvtest has a server of keys and values for tests: GET, SET and DBSIZE in RESP2, on the loopback interface.
//
// In short: what a client of package load may meet, and what it must not take for an answer.
package kvtest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
)

// A Server is one until the end of its test.
type Server struct {
	Addr netip.AddrPort

	mu    sync.Mutex
	keys  map[string]string
	gets  int
	sets  int
	spoil Spoil
}

// A Spoil makes of a reply what is sent in its place.
type Spoil func(request []string, reply string) string

// Start starts a server.
func Start(t *testing.T) *Server {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Addr: netip.MustParseAddrPort(l.Addr().String()), keys: map[string]string{}}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // the test is over
			}
			all.Go(func() { s.serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return s
}

// Spoil has all replies go through f from now on.
func (s *Server) Spoil(f Spoil) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spoil = f
}

// Counts returns how many requests there were of each kind.
func (s *Server) Counts() (gets, sets int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gets, s.sets
}

// Keys returns how many keys there are.
func (s *Server) Keys() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.keys)
}

func (s *Server) serve(c net.Conn) {
	defer c.Close()
	r, w := bufio.NewReader(c), bufio.NewWriter(c)
	for {
		request, err := read(r)
		if err != nil {
			return // the client has ended, or does not speak RESP and finds out
		}
		if _, err := w.WriteString(s.reply(request)); err != nil {
			return
		}
		if r.Buffered() == 0 && w.Flush() != nil {
			return
		}
	}
}

// read reads an array of bulk strings.
func read(r *bufio.Reader) ([]string, error) {
	n := 0
	if _, err := fmt.Fscanf(r, "*%d\r\n", &n); err != nil {
		return nil, err
	}
	request := make([]string, n)
	for i := range request {
		size := 0
		if _, err := fmt.Fscanf(r, "$%d\r\n", &size); err != nil {
			return nil, err
		}
		b := make([]byte, size+2)
		if _, err := io.ReadFull(r, b); err != nil {
			return nil, err
		}
		if string(b[size:]) != "\r\n" {
			return nil, fmt.Errorf("%q does not end as it should", b)
		}
		request[i] = string(b[:size])
	}
	return request, nil
}

func (s *Server) reply(request []string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	reply := s.answer(request)
	if s.spoil != nil {
		reply = s.spoil(request, reply)
	}
	return reply
}

func (s *Server) answer(request []string) string {
	switch {
	case len(request) == 3 && request[0] == "SET":
		s.sets++
		s.keys[request[1]] = request[2]
		return "+OK\r\n"
	case len(request) == 2 && request[0] == "GET":
		s.gets++
		value, ok := s.keys[request[1]]
		if !ok {
			return "$-1\r\n"
		}
		return fmt.Sprintf("$%d\r\n%s\r\n", len(value), value)
	case len(request) == 1 && request[0] == "DBSIZE":
		return fmt.Sprintf(":%d\r\n", len(s.keys))
	}
	return fmt.Sprintf("-ERR unknown request %q\r\n", request)
}
