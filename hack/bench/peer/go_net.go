package peer

import (
	"context"
	"net"

	"github.com/catamaran-os/catamaran/hack/bench/load"
)

func serveGoNet(ctx context.Context, c Config, ready func() error) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Addr.String())
	if err != nil {
		return err
	}
	defer listener.Close() // closed already when Serve has ended in order
	if err := ready(); err != nil {
		return err
	}
	return load.Serve(ctx, listener, c.Kind)
}

func driveGoNet(ctx context.Context, _ Config, p load.Params) (load.Result, error) {
	var d net.Dialer
	return load.Run(ctx, p, func(ctx context.Context) (net.Conn, error) { return d.DialContext(ctx, "tcp", p.Addr.String()) })
}
