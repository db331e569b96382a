package main

import (
	"net/netip"

	"github.com/urfave/cli/v2"

	"github.com/catamaran-os/catamaran/api"
	"github.com/catamaran-os/catamaran/api/flags"
)

const samplePort = 7000 // of the addresses in messages

// sharedFlags are those of server and client.
func sharedFlags() []cli.Flag {
	return append([]cli.Flag{flags.String("proto", "tcp", "`PROTO`: tcp or udp")}, flags.Runtime()...)
}

// shared is what sharedFlags say.
type shared struct {
	flags.Options
	proto string // tcp, udp
}

func parseShared(c *cli.Context) (shared, error) {
	opts, err := flags.Parse(c)
	s := shared{Options: opts, proto: c.String("proto")}
	if err == nil && s.proto != "tcp" && s.proto != "udp" {
		err = flags.Usagef("--proto %q is unknown; use tcp or udp", s.proto)
	}
	return s, err
}

// socket makes a socket for addr.
func (s *shared) socket(rt *api.Runtime, addr netip.Addr) (api.QD, error) {
	domain, typ := api.AF_INET, api.SOCK_STREAM
	if addr.Is6() {
		domain = api.AF_INET6
	}
	if s.proto == "udp" {
		typ = api.SOCK_DGRAM
	}
	return rt.Socket(domain, typ)
}
