package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

const (
	perKey   = 20 * time.Microsecond // that storing a key may take
	kvWindow = 64 << 10              // bytes of requests that are written at once
	samples  = 1000                  // keys that a check reads
)

// KVGrace is how long n keys may take to be stored.
func KVGrace(n int) time.Duration { return time.Duration(n) * perKey }

// fill stores every key once, pipelined on one connection, and checks every reply.
func fill(ctx context.Context, p Params, dial Dialer) (Result, error) {
	c, err := openKV(ctx, &p, dial)
	if err != nil {
		return Result{}, err
	}
	defer c.Close()
	replies := bufio.NewReaderSize(c, kvWindow)
	if err := expectKeys(c, replies, 0); err != nil {
		return Result{}, err
	}
	start := time.Now()
	sent := make(chan error, 1)
	go func() {
		err := storeAll(c, &p)
		if err != nil {
			c.Close() // what the receiver waits for
		}
		sent <- err
	}()
	err = storedAll(replies, p.Keys)
	if err != nil {
		c.Close() // what the sender may wait for
	}
	if err := errors.Join(err, <-sent); err != nil {
		return Result{}, err
	}
	res := Result{Requests: uint64(p.Keys), Rate: float64(p.Keys) / time.Since(start).Seconds()}
	return res, expectKeys(c, replies, p.Keys)
}

func storeAll(c net.Conn, p *Params) error {
	w := bufio.NewWriterSize(c, kvWindow)
	r := NewKVRequest(0, p)
	for n := range p.Keys {
		if _, err := w.Write(r.Set(n)); err != nil {
			return fmt.Errorf("store key %d: %w", n, err)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("store the last keys: %w", err)
	}
	return nil
}

func storedAll(replies *bufio.Reader, keys int) error {
	for n := range keys {
		line, err := replies.ReadSlice('\n')
		if err != nil {
			return fmt.Errorf("receive the reply to SET %s: %w", keyOf(n), err)
		}
		if !bytes.Equal(line, stored) {
			return fmt.Errorf("SET %s is answered with %s", keyOf(n), quote(line))
		}
	}
	return nil
}

// check is whether the server still has the keys that were stored, with values of their size, and no others.
func check(ctx context.Context, p Params, dial Dialer) (Result, error) {
	c, err := openKV(ctx, &p, dial)
	if err != nil {
		return Result{}, err
	}
	defer c.Close()
	start := time.Now()
	replies := bufio.NewReaderSize(c, kvWindow)
	if err := expectKeys(c, replies, p.Keys); err != nil {
		return Result{}, err
	}
	r := NewKVRequest(0, &p)
	n := min(p.Keys, samples)
	value := make([]byte, p.Size+2)
	head := fmt.Sprintf("$%d\r\n", p.Size)
	for i := range n {
		key := int(int64(i) * int64(p.Keys) / int64(n))
		if _, err := c.Write(r.Get(key)); err != nil {
			return Result{}, fmt.Errorf("GET %s: %w", keyOf(key), err)
		}
		line, err := replies.ReadString('\n')
		if err != nil || line != head {
			return Result{}, errors.Join(err, fmt.Errorf("GET %s is answered with %s, where %s was due", keyOf(key), quote([]byte(line)), quote([]byte(head))))
		}
		if _, err := io.ReadFull(replies, value); err != nil {
			return Result{}, fmt.Errorf("GET %s: %w", keyOf(key), err)
		}
	}
	return Result{Requests: uint64(n + 1), Rate: float64(n+1) / time.Since(start).Seconds()}, nil
}

func openKV(ctx context.Context, p *Params, dial Dialer) (net.Conn, error) {
	c, err := open(ctx, p, dial)
	if err != nil {
		return nil, err
	}
	if err := c.SetDeadline(time.Now().Add(p.Duration + 2*Grace + KVGrace(p.Keys))); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func expectKeys(c net.Conn, replies *bufio.Reader, want int) error {
	n, err := keysOf(c, replies)
	if err == nil && n != want {
		err = fmt.Errorf("the server has %d keys, not the %d that were stored", n, want)
	}
	return err
}

// keysOf asks for the number of keys.
func keysOf(c net.Conn, replies *bufio.Reader) (int, error) {
	if _, err := c.Write([]byte("*1\r\n$6\r\nDBSIZE\r\n")); err != nil {
		return 0, fmt.Errorf("DBSIZE: %w", err)
	}
	line, err := replies.ReadString('\n')
	if err != nil {
		return 0, fmt.Errorf("DBSIZE: %w", err)
	}
	digits, ok := strings.CutPrefix(strings.TrimSuffix(line, "\r\n"), ":")
	n, err := strconv.Atoi(digits)
	if !ok || err != nil {
		return 0, fmt.Errorf("DBSIZE is answered with %s", quote([]byte(line)))
	}
	return n, nil
}
