package libostest

import (
	"fmt"
	"testing"

	"github.com/catamaran-os/catamaran/libos"
)

func clients() []scenario {
	const needs = needStream | byFamily
	return []scenario{
		{"D.clients.1", needs, Options{}, func(e *env) { concurrent(e, 1, 1000) }},
		{"D.clients.32", needs, Options{}, func(e *env) { concurrent(e, 32, 100) }},
		{"D.clients.1000", needs, Options{}, func(e *env) { concurrent(e, e.most(1000), 5) }},
		{"D.clients.sequential", needs, Options{}, func(e *env) { sequential(e, e.most(1000)) }},
	}
}

// most limits a number of clients.
func (e *env) most(n int) int {
	most := e.p.Clients
	if testing.Short() || checks {
		most = min(most, 200)
	}
	if n > most {
		e.note.add(fmt.Sprintf("%d clients instead of %d", most, n))
	}
	return min(n, most)
}

// A loop runs many conversations at once: each token has a handler.
type loop struct {
	e    *env
	then map[*token]func(libos.QResult)
}

// do calls f with the result of t when it has completed.
func (l *loop) do(t *token, f func(libos.QResult)) { l.then[t] = f }

// until runs handlers until cond holds.
func (l *loop) until(what string, cond func() bool) {
	l.e.Helper()
	var res [64]libos.QResult
	l.e.until(what, func() bool {
		for _, h := range l.e.hosts {
			n, err := h.rt.WaitNext(res[:], 0)
			if err != nil {
				l.e.deadline("wait next", err)
			}
			for _, r := range res[:n] {
				t := l.e.taken(h, r)
				f := l.then[t]
				if f == nil {
					l.e.Fatalf("%v completed, and nobody waits for it", t)
				}
				delete(l.then, t)
				f(r)
			}
		}
		return cond()
	})
}

// An echo is a server on a listener of B: it pushes back what it pops, and closes when the peer does.
type echo struct {
	*loop
	l    *queue
	open int
}

func (s *echo) start() {
	s.do(s.l.accept(), func(res libos.QResult) {
		s.e.must(res.Err)
		s.open++
		s.serve(&queue{s.e.b, res.NewQD})
		s.start()
	})
}

func (s *echo) serve(q *queue) {
	s.do(q.pop(), func(res libos.QResult) {
		s.e.must(res.Err)
		if res.N == 0 {
			s.do(q.close(), func(res libos.QResult) {
				s.e.must(res.Err)
				s.open--
			})
			return
		}
		s.do(q.push(res.SGA), func(res libos.QResult) { s.e.must(res.Err) })
		s.e.free(q.host, res.SGA) // the push keeps it
		s.serve(q)
	})
}

// concurrent has n clients connected at once, each with so many requests of 64 bytes.
func concurrent(e *env, n, requests int) {
	l := &loop{e, map[*token]func(libos.QResult){}}
	server := &echo{loop: l, l: e.b.stream().bind(e.b.any()).listen(libos.MaxBacklog)}
	server.start()
	connected, done := 0, 0
	var qs []*queue
	for range n {
		q := e.a.stream()
		qs = append(qs, q)
		l.do(q.connect(server.l.local()), func(res libos.QResult) {
			e.must(res.Err)
			connected++
		})
	}
	l.until(fmt.Sprintf("%d clients connect", n), func() bool { return connected == n && server.open == n })
	for i, q := range qs {
		request(l, q, uint64(i), requests, func() { done++ })
	}
	l.until(fmt.Sprintf("%d clients have their answers", n), func() bool { return done == n })
	for _, q := range qs {
		l.do(q.close(), func(res libos.QResult) {
			e.must(res.Err)
			done--
		})
	}
	l.until(fmt.Sprintf("%d clients close", n), func() bool { return done == 0 && server.open == 0 })
}

// request sends a request, awaits and checks the answer, and goes on with the next.
func request(l *loop, q *queue, id uint64, left int, done func()) {
	if left == 0 {
		done()
		return
	}
	e := l.e
	want := content(id<<32|uint64(left), 64)
	l.do(q.send(want), func(res libos.QResult) { e.must(res.Err) })
	var got []byte
	var pop func(libos.QResult)
	pop = func(res libos.QResult) {
		e.must(res.Err)
		if res.N == 0 {
			e.Fatalf("client %d: end of stream with %d requests left", id, left)
		}
		got = append(got, res.SGA.Flat()...)
		e.free(q.host, res.SGA)
		switch {
		case len(got) < len(want):
			l.do(q.pop(), pop)
		case hash(got) != hash(want):
			e.Fatalf("client %d: wrong answer with %d requests left", id, left)
		default:
			request(l, q, id, left-1, done)
		}
	}
	l.do(q.pop(), pop)
}

// sequential has n clients one after the other: connect, one request, close.
func sequential(e *env, n int) {
	l := &loop{e, map[*token]func(libos.QResult){}}
	server := &echo{loop: l, l: e.b.stream().bind(e.b.any()).listen(libos.MaxBacklog)}
	server.start()
	for i := range n {
		q := e.a.stream()
		done := false
		l.do(q.connect(server.l.local()), func(res libos.QResult) {
			e.must(res.Err)
			request(l, q, uint64(i), 1, func() {
				l.do(q.close(), func(res libos.QResult) {
					e.must(res.Err)
					done = true
				})
			})
		})
		l.until(fmt.Sprintf("client %d of %d one by one", i, n), func() bool { return done && server.open == 0 })
	}
}
