package main

import (
	cryptorand "crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/catamaran-os/catamaran/api"
	"github.com/catamaran-os/catamaran/api/flags"
	"github.com/catamaran-os/catamaran/cmd/kvserver/commands"
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
)

func serve(c *cli.Context) (err error) {
	opts, err := flags.Parse(c)
	if err != nil {
		return err
	}
	set, err := readSettings(c)
	if err != nil {
		return err
	}
	log := logger(c.App.ErrWriter)
	for _, note := range set.notes {
		log("%s", note)
	}
	cfg, addr := set.config, set.listen
	var room func(int) int
	if opts.Config.LibOS == api.Kernel { // each client has a descriptor of the process
		if room, err = raiseFiles(); err != nil {
			return err
		}
		if most := room(cfg.MaxClients); most < cfg.MaxClients {
			log("maxclients is %d instead of %d: the limit of open files allows no more; raise it (ulimit -Hn)", most, cfg.MaxClients)
			cfg.MaxClients = most
		}
	}
	id, err := runID()
	if err != nil {
		return err
	}
	rt, closeAll, err := opts.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	var signals atomic.Int32
	defer notify(rt, &signals)()

	e := engine.New(engine.Options{
		Config: cfg, Commands: commands.All(), Seed: rand.Uint64(), Clock: time.Now, Sleep: time.Sleep,
		Log: log,
		Server: engine.Server{LibOS: rt.Info().LibOS, PID: os.Getpid(), RunID: id, Started: time.Now(), Config: set.path,
			Memory: residentMemory, CPU: cpuTime, ClientRoom: room},
	})
	s := newServer(rt, e)
	s.gather = newGatherer(rt.Info().LibOS, opts.Config.Idle)
	local, err := s.listen(addr)
	if err != nil {
		return flags.Remedy(fmt.Errorf("listen on %v: %w", addr, err))
	}
	e.Server.Port = int(local.Port())
	cfg.Port, cfg.Bind = int(local.Port()), local.Addr().String()
	info := rt.Info()
	if _, err := fmt.Fprintf(c.App.Writer, "listening tcp %v libos=%s dev=%s mode=%s\n", local, info.LibOS, dash(info.Device),
		dash(info.Mode)); err != nil {
		return err
	}
	return s.run(&signals)
}

// notify interrupts the runtime at SIGINT and SIGTERM and counts them.
func notify(rt *api.Runtime, signals *atomic.Int32) (stop func()) {
	ch := make(chan os.Signal, 2)
	done := make(chan struct{})
	signal.Notify(ch, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		for {
			select {
			case <-ch:
				signals.Add(1)
				rt.Interrupt()
			case <-done:
				return
			}
		}
	}()
	return func() { signal.Stop(ch); close(done) }
}

// logger writes lines with the time.
func logger(w io.Writer) func(string, ...any) {
	return func(format string, args ...any) {
		// There is nowhere to say that the log cannot be written.
		_, _ = fmt.Fprintf(w, "%s %s\n", time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), fmt.Sprintf(format, args...))
	}
}

// runID returns 40 random hexadecimal digits, which name this run of the server.
func runID() (string, error) {
	var b [20]byte
	if _, err := cryptorand.Read(b[:]); err != nil {
		return "", fmt.Errorf("make a run id: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
