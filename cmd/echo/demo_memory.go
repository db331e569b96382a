package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/catamaran-os/catamaran/api"
)

// demoStall is how long one operation may take before the run has failed.
const demoStall = 10 * time.Second

// demoMemory runs both stacks inside this process, which needs no privilege.
func demoMemory(ctx context.Context, out, progress io.Writer, duration time.Duration, why error) error {
	rows := []*demoRow{{server: "kernel", client: "kernel"}, {server: "netstack", client: "netstack"}}
	p := &printer{w: progress}
	for round := range demoRounds {
		for _, r := range rows {
			p.printf("round %d of %d: %s\n", round+1, demoRounds, r.name())
			res, err := measureMemory(ctx, r.server == "netstack", duration)
			if err != nil {
				return fmt.Errorf("%s: %w", r.name(), err)
			}
			r.rounds = append(r.rounds, res)
		}
	}
	remedy := "Run as root to see AF_XDP over a veth between two network namespaces"
	if os.Geteuid() == 0 {
		remedy = "With CAP_SYS_ADMIN and CAP_NET_ADMIN you would see AF_XDP over a veth between two network namespaces"
	}
	return demoReport(out, rows, duration, fmt.Sprintf("Kernel loopback, and netstack over a link in memory, in one process. %s (%s).", remedy, onOneLine(why.Error())))
}

// measureMemory runs a server and a client on a goroutine each.
func measureMemory(ctx context.Context, netstack bool, duration time.Duration) (demoResult, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	at := netip.MustParseAddrPort("127.0.0.1:0")
	server, client := api.Config{LibOS: api.Kernel}, api.Config{LibOS: api.Kernel}
	if netstack {
		a, b, err := api.NewPipe()
		if err != nil {
			return demoResult{}, err
		}
		at = netip.MustParseAddrPort("10.99.0.12:7007")
		client = api.Config{LibOS: api.Pipe, End: a, Addrs: []netip.Prefix{netip.MustParsePrefix("10.99.0.11/24")}}
		server = api.Config{LibOS: api.Pipe, End: b, Addrs: []netip.Prefix{netip.MustParsePrefix("10.99.0.12/24")}}
	}
	ready := make(chan netip.AddrPort, 1)
	served := make(chan error, 1)
	go func() {
		defer close(ready)
		served <- onRuntime(ctx, server, func(s *session) error { return s.serve(at, ready) })
	}()
	var res demoResult
	addr, ok := <-ready
	if !ok {
		return res, fmt.Errorf("server: %w", errors.Join(<-served, closeEnd(client.End)))
	}
	err := onRuntime(ctx, client, func(s *session) (err error) {
		res, err = s.measure(addr, duration)
		return err
	})
	if err != nil {
		cancel() // the server may wait for a client that is gone
	}
	return res, errors.Join(err, <-served)
}

func closeEnd(e *api.PipeEnd) error {
	if e == nil {
		return nil
	}
	return e.Close()
}

// A session is a runtime and the context that ends its waits.
type session struct {
	ctx context.Context
	rt  *api.Runtime
}

// onRuntime opens a runtime for the calling goroutine, calls f and closes the runtime.
func onRuntime(ctx context.Context, c api.Config, f func(*session) error) error {
	rt, err := api.Open(c)
	if err != nil {
		return err
	}
	return errors.Join(f(&session{ctx, rt}), rt.Close())
}

// wait waits for an operation, and gives up when the context ends or, if limit is not zero, after limit.
func (s *session) wait(qt api.QToken, err error, limit time.Duration) (api.QResult, error) {
	if err != nil {
		return api.QResult{}, err
	}
	const slice = 100 * time.Millisecond
	for waited := time.Duration(0); ; waited += slice {
		res, err := s.rt.Wait(qt, slice)
		switch {
		case err == nil:
			return res, res.Err
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return res, err
		case s.ctx.Err() != nil:
			return res, s.ctx.Err()
		case limit != 0 && waited >= limit:
			return res, fmt.Errorf("no answer in %v: %w", limit, err)
		}
	}
}

// serve echoes on one connection until its end.
func (s *session) serve(at netip.AddrPort, ready chan<- netip.AddrPort) error {
	l, err := s.rt.Socket(api.AF_INET, api.SOCK_STREAM)
	if err != nil {
		return err
	}
	if err := errors.Join(s.rt.Bind(l, at), s.rt.Listen(l, 1)); err != nil {
		return err
	}
	addr, err := s.rt.LocalAddr(l)
	if err != nil {
		return err
	}
	ready <- addr
	qt, err := s.rt.Accept(l)
	res, err := s.wait(qt, err, 0)
	if err != nil {
		return err
	}
	conn := res.NewQD
	if err := s.rt.SetOption(conn, api.OptNoDelay, 1); err != nil {
		return err
	}
	for {
		qt, err := s.rt.Pop(conn)
		got, err := s.wait(qt, err, 0)
		if err != nil {
			return err
		}
		if got.N == 0 {
			qt, err = s.rt.CloseQueue(conn)
			_, err = s.wait(qt, err, demoStall)
			return errors.Join(s.rt.Free(got.SGA), err)
		}
		qt, err = s.rt.Push(conn, got.SGA)
		_, err = s.wait(qt, err, demoStall)
		if err := errors.Join(err, s.rt.Free(got.SGA)); err != nil {
			return err
		}
	}
}

// measure sends one request after the other for the given time.
func (s *session) measure(addr netip.AddrPort, duration time.Duration) (demoResult, error) {
	var res demoResult
	conn, err := s.rt.Socket(api.AF_INET, api.SOCK_STREAM)
	if err != nil {
		return res, err
	}
	qt, err := s.rt.Connect(conn, addr)
	if _, err := s.wait(qt, err, demoStall); err != nil {
		return res, err
	}
	if err := s.rt.SetOption(conn, api.OptNoDelay, 1); err != nil {
		return res, err
	}
	hist := hdrhistogram.New(1, time.Minute.Nanoseconds(), 3)
	request, answer := make([]byte, demoSize), make([]byte, 0, demoSize)
	begin := time.Now()
	now := begin
	for now.Sub(begin) < duration && s.ctx.Err() == nil {
		for i := range request {
			request[i] = byte(res.Requests + uint64(i))
		}
		if answer, err = s.exchange(conn, request, answer[:0]); err != nil {
			return res, err
		}
		end := time.Now()
		if err := hist.RecordValue(end.Sub(now).Nanoseconds()); err != nil {
			return res, err
		}
		now = end
		res.Requests++
		if !bytes.Equal(request, answer) {
			res.Mismatches++
		}
	}
	us := func(percentile float64) float64 { return float64(hist.ValueAtQuantile(percentile)) / 1e3 }
	res.Rate = float64(res.Requests) / now.Sub(begin).Seconds()
	res.P50, res.P90, res.P99, res.P999, res.Max = us(50), us(90), us(99), us(99.9), float64(hist.Max())/1e3
	if s.ctx.Err() != nil {
		return res, s.ctx.Err()
	}
	qt, err = s.rt.CloseQueue(conn)
	_, err = s.wait(qt, err, demoStall)
	return res, err
}

// exchange sends a request and appends its answer, which may come in parts.
func (s *session) exchange(conn api.QD, request, answer []byte) ([]byte, error) {
	qt, err := s.rt.Push(conn, api.Bytes(request))
	if _, err := s.wait(qt, err, demoStall); err != nil {
		return answer, err
	}
	for len(answer) < len(request) {
		qt, err := s.rt.Pop(conn)
		got, err := s.wait(qt, err, demoStall)
		if err != nil {
			return answer, err
		}
		answer = append(answer, got.SGA.Flat()...)
		if err := s.rt.Free(got.SGA); err != nil {
			return answer, err
		}
		if got.N == 0 {
			return answer, fmt.Errorf("the server ended the connection: %w", io.ErrUnexpectedEOF)
		}
	}
	return answer, nil
}
