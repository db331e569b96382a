package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
)

// Serve answers connections of listener, a goroutine each, until ctx is done: it receives records with Bulk, and sends
// everything back otherwise. Errors of a connection end that connection and go to standard error.
func Serve(ctx context.Context, listener net.Listener, kind string) error {
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	defer stop()
	serve := answer
	if kind == Bulk {
		serve = receive
	}
	for {
		c, err := listener.Accept()
		if ctx.Err() != nil {
			if err == nil {
				c.Close()
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("accept: %w", err)
		}
		go func() {
			defer c.Close()
			if err := serve(c); err != nil && ctx.Err() == nil && !errors.Is(err, net.ErrClosed) {
				fmt.Fprintln(os.Stderr, "connection:", err)
			}
		}()
	}
}

// answer uses plain reads and writes: io.Copy would splice(2) kernel sockets.
func answer(c net.Conn) error {
	b := make([]byte, 16<<10)
	for {
		n, err := c.Read(b)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := c.Write(b[:n]); err != nil {
			return err
		}
	}
}

func receive(c net.Conn) error {
	var s Sink
	b := make([]byte, RecordSize)
	for {
		n, err := c.Read(b)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := s.Write(b[:n]); err != nil {
			return err
		}
		if reply, ok := s.Reply(); ok {
			if _, err := c.Write(reply); err != nil {
				return err
			}
			return nil
		}
	}
}
