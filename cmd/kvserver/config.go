package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/catamaran-os/catamaran/api/flags"
	"github.com/catamaran-os/catamaran/cmd/kvserver/conf"
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
)

// samplePort is the port in the messages about addresses, and that of a file that says bind without port.
const samplePort = 6379

func serverFlags() []cli.Flag {
	return append([]cli.Flag{
		flags.String("listen", "127.0.0.1:6379", "local `ADDR:PORT`; port 0 takes a free one"),
		flags.String("config", "", "read options from `FILE`, in the syntax of redis.conf; flags come first"),
		flags.String("maxmemory", "", "`SIZE` of the data at most, such as 100mb; 0 is no limit"),
		flags.String("requirepass", "", "`PASSWORD` that clients have to give; better set CATAMARAN_REQUIREPASS, which ps does not show"),
		flags.Int("databases", 16, "`N` of them"),
	}, flags.Runtime()...)
}

// settings are what the command line, the environment and the configuration file say.
type settings struct {
	config *engine.Config
	listen netip.AddrPort
	path   string   // of the file, from the root; or ""
	notes  []string // for the log
}

// readSettings reads the file, and then the flags, which win.
func readSettings(c *cli.Context) (*settings, error) {
	s := &settings{config: engine.DefaultConfig(), path: c.String("config")}
	var file fileAddr
	if c.IsSet("config") {
		if s.path == "" {
			return nil, flags.Usagef("--config is empty; name a file, or leave it out")
		}
		if err := s.readFile(&file); err != nil {
			return nil, err
		}
	}
	var err error
	if s.listen, err = flags.AddrPort(c, "listen", samplePort); err != nil {
		return nil, err
	}
	if !c.IsSet("listen") {
		s.listen = file.or(s.listen)
	}
	for _, f := range []struct{ name, remedy string }{
		{"maxmemory", "write it as 100mb"},
		{"requirepass", "choose another"},
		{"databases", "give a number from 1 to 1048576"},
	} {
		if !c.IsSet(f.name) {
			continue
		}
		// An empty text would be a size of 0 to Redis: here it is a variable that was forgotten.
		text := fmt.Sprint(c.Value(f.name))
		if text == "" {
			return nil, flags.Usagef("--%s is empty; %s, or leave it out", f.name, f.remedy)
		}
		if err := s.config.Set(f.name, text); err != nil {
			return nil, flags.Usagef("--%s %q: %v; %s", f.name, text, err, f.remedy)
		}
	}
	return s, nil
}

// fileAddr is what bind and port of a file say.
type fileAddr struct {
	addr netip.Addr
	port int // 0: none
}

func (f *fileAddr) or(def netip.AddrPort) netip.AddrPort {
	addr, port := def.Addr(), def.Port()
	if f.addr.IsValid() {
		addr = f.addr
	}
	if f.port > 0 {
		port = uint16(f.port)
	}
	return netip.AddrPortFrom(addr, port)
}

func (s *settings) readFile(addr *fileAddr) error {
	name := s.path // messages call the file as the user does
	path, err := filepath.Abs(name)
	if err != nil {
		return fmt.Errorf("find --config %s: %w; name it with its directory", name, err)
	}
	s.path = path
	r, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("%w; name a --config file that can be read", err)
	}
	lines, err := conf.Parse(r, name)
	if err := errors.Join(err, r.Close()); err != nil {
		return err
	}
	for _, d := range lines {
		switch d.Name {
		case "bind":
			err = addr.bind(d.Args)
		case "port":
			err = addr.setPort(d.Args)
		default:
			err = s.config.SetArgs(d.Name, d.Args)
		}
		if err != nil {
			return &conf.Error{File: name, Line: d.Line, Cause: cause(d, err), Remedy: remedy(d, err)}
		}
		if engine.Inert(d.Name) {
			s.notes = append(s.notes, fmt.Sprintf("%s:%d: %s is accepted and has no effect", name, d.Line, d.Name))
		}
	}
	return nil
}

func cause(d conf.Directive, err error) string {
	if errors.Is(err, engine.ErrUnknownOption) {
		return fmt.Sprintf("%q is no option of this server", d.Name)
	}
	if d.Name == "requirepass" {
		return fmt.Sprintf("requirepass: %v", err)
	}
	return fmt.Sprintf("%s: %v", strings.Join(append([]string{d.Name}, d.Args...), " "), err)
}

// remedies are for directives that need another word than "correct the value".
var remedies = map[string]string{
	"bind":           "give one numeric address, or leave the line out and use --listen",
	"port":           "give a number from 1 to 65535, or use --listen with port 0 for a free one",
	"daemonize":      "take the line out and start the server under a supervisor, such as systemd",
	"supervised":     "take the line out: the server stays in the foreground and prints a line when it listens",
	"logfile":        "take the line out and redirect the standard error",
	"protected-mode": "write protected-mode no, and set requirepass if others can reach --listen",
	"appendonly":     "write appendonly no: the data lives in memory only",
	"replicaof":      "take the line out: the server runs alone",
}

func remedy(d conf.Directive, err error) string {
	if text, ok := remedies[d.Name]; ok {
		return text
	}
	if errors.Is(err, engine.ErrUnknownOption) {
		return "take the line out"
	}
	return "correct the value"
}

// bind takes the address to serve on. Those with a - may be missing, as Redis has it: they are.
func (f *fileAddr) bind(args []string) error {
	var found []string
	for _, arg := range args {
		if !strings.HasPrefix(arg, "-") {
			found = append(found, arg)
		}
	}
	if len(found) != 1 {
		return errors.New("the server listens on one address")
	}
	if found[0] == "*" {
		f.addr = netip.IPv4Unspecified()
		return nil
	}
	addr, err := netip.ParseAddr(found[0])
	if err != nil {
		return errors.New("that is no address")
	}
	f.addr = addr.Unmap()
	return nil
}

func (f *fileAddr) setPort(args []string) error {
	if len(args) != 1 {
		return errors.New("wrong number of arguments")
	}
	n, err := strconv.ParseUint(args[0], 10, 16)
	if err != nil || n == 0 {
		return errors.New("that is no port")
	}
	f.port = int(n)
	return nil
}
