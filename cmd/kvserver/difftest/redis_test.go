package difftest

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"
)

// patience bounds every wait for redis-server.
const patience = time.Minute

// A redisServer is redis-server in a script.
type redisServer struct {
	clients         []*redisClient
	control, events *redisClient
}

type redisClient struct {
	conn *net.UnixConn
	in   *bufio.Reader
	id   string
}

// newRedis empties the server and connects the clients of a script.
func newRedis(socket string, clients int) (r *redisServer, err error) {
	r = &redisServer{}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	if r.control, err = dialRedis(socket); err != nil {
		return r, err
	}
	if r.events, err = dialRedis(socket); err != nil {
		return r, err
	}
	for range clients {
		c, err := dialRedis(socket)
		if err != nil {
			return r, err
		}
		r.clients = append(r.clients, c)
		id, err := c.do("client", "id")
		if err != nil {
			return r, err
		}
		c.id = id.text
	}
	if v, err := r.control.do("flushall"); err != nil || v.isError() {
		return r, fmt.Errorf("flushall: %v, %w", v, err)
	}
	if v, err := r.events.do("psubscribe", "__key*__:*"); err != nil || v.isError() {
		return r, fmt.Errorf("psubscribe: %v, %w", v, err)
	}
	return r, nil
}

// defaults undoes what setup changes.
var defaults = []string{"config", "set", "hash-max-listpack-entries", "128", "hash-max-listpack-value", "64", "zset-max-listpack-entries", "128",
	"zset-max-listpack-value", "64", "set-max-intset-entries", "512", "list-max-listpack-size", "-2", "notify-keyspace-events", "", "requirepass", ""}

// close undoes what a script configures, the password with it, and ends the clients.
func (r *redisServer) close() error {
	var err error
	if r.control != nil {
		var v reply
		if v, err = r.control.do(defaults...); err == nil && v.isError() {
			err = fmt.Errorf("%v: %v", defaults, v)
		}
	}
	for _, c := range append([]*redisClient{r.control, r.events}, r.clients...) {
		if c != nil {
			err = errors.Join(err, c.conn.Close())
		}
	}
	return err
}

func dialRedis(socket string) (*redisClient, error) {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	return &redisClient{conn: conn.(*net.UnixConn), in: bufio.NewReaderSize(conn, 1<<16)}, nil
}

// request appends a command as the protocol has it.
func request(b []byte, args []string) []byte {
	b = fmt.Appendf(b, "*%d\r\n", len(args))
	for _, a := range args {
		b = fmt.Appendf(b, "$%d\r\n%s\r\n", len(a), a)
	}
	return b
}

func (c *redisClient) do(args ...string) (reply, error) {
	if _, err := c.conn.Write(request(nil, args)); err != nil {
		return reply{}, err
	}
	return readReply(c.in)
}

// pipeline runs commands of the first client and returns a reply to each.
func (r *redisServer) pipeline(commands [][]string) ([]reply, error) {
	var out []byte
	for _, args := range commands {
		out = request(out, args)
	}
	c := r.clients[0]
	sent := make(chan error, 1)
	go func() {
		_, err := c.conn.Write(out)
		sent <- err
	}()
	var list []reply
	for range commands {
		v, err := readReply(c.in)
		if err != nil {
			return list, fmt.Errorf("reply %d: %w", len(list), err)
		}
		list = append(list, v)
	}
	return list, <-sent
}

// step runs a command of a client and returns what each client is sent.
func (r *redisServer) step(client int, args []string) ([][]reply, error) {
	c := r.clients[client]
	if _, err := c.conn.Write(request(nil, args)); err != nil && !errors.Is(err, syscall.EPIPE) {
		return nil, err
	}
	// The first reply may be of the round in which the command was read; when the second is there that round is over.
	for range 2 {
		if _, err := r.control.do("ping"); err != nil {
			return nil, err
		}
	}
	got := make([][]reply, len(r.clients))
	for i, c := range r.clients {
		b, err := c.waiting()
		if err != nil {
			return nil, err
		}
		if got[i], err = readAll(b); err != nil {
			return nil, err
		}
	}
	return got, nil
}

// waiting returns what has arrived.
func (c *redisClient) waiting() ([]byte, error) {
	raw, err := c.conn.SyscallConn()
	if err != nil {
		return nil, err
	}
	var all []byte
	buf := make([]byte, 1<<16)
	var failed error
	err = raw.Read(func(fd uintptr) bool {
		for {
			n, err := syscall.Read(int(fd), buf)
			if n > 0 {
				all = append(all, buf[:n]...)
				continue
			}
			if err != nil && err != syscall.EAGAIN && err != syscall.ECONNRESET {
				failed = err
			}
			return true
		}
	})
	return all, errors.Join(err, failed)
}

// took returns the keyspace events since the last call.
func (r *redisServer) took() ([]reply, error) {
	if _, err := r.events.conn.Write(request(nil, []string{"ping", "end of events"})); err != nil {
		return nil, err
	}
	var list []reply
	for {
		v, err := readReply(r.events.in)
		if err != nil {
			return list, err
		}
		if len(v.elems) == 2 {
			return list, nil
		}
		list = append(list, v)
	}
}

// dump returns what DUMP says of a key, in the database of the first client.
func (r *redisServer) dump(key string) (reply, error) { return r.clients[0].do("dump", key) }

func (r *redisServer) clientID(i int) string { return r.clients[i].id }
