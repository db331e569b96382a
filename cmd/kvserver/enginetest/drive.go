// Package enginetest runs commands on an engine without sockets and shows replies as text.
//
//	d := enginetest.New(t, strings.Commands)
//	d.Want(`SET k "a b" PX 100`, "+OK")
//	d.Want("GET k", `"a b"`)
//	d.Advance(time.Second)
//	d.Want("GET k", "nil")
//
// A reply is written as: +OK, -ERR text, :1, "bulk" as a Go string, nil, nil-array, [array, of replies], and with RESP3
// {key: value}, ~[set], >[push], ,1.5 (a double), #t, (123 a big number, txt"verbatim", _ (null). Several replies are separated
// by a line break; no reply, as of a session that blocks, is empty.
//
// In short: a command line in, a line of text out.
package enginetest

import (
	"net/netip"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
)

// start is the time of a new Driver: late enough for expiries in the past.
var start = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// A Driver is an engine and its first client.
type Driver struct {
	*Client
	E *engine.Engine

	t   testing.TB
	now time.Time
}

// A Client is a session that a test speaks for.
type Client struct {
	S *engine.Session
	d *Driver
}

// New makes an engine that has the commands, with the default configuration, which may be changed through E.Config.
func New(t testing.TB, families ...[]engine.Command) *Driver {
	var all []engine.Command
	for _, f := range families {
		all = append(all, f...)
	}
	d := &Driver{E: engine.New(engine.Options{Commands: all, Seed: 1}), t: t, now: start}
	d.E.SetNow(d.now)
	d.Client = d.Connect()
	return d
}

// Connect makes one client more.
func (d *Driver) Connect() *Client {
	addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 1)
	return &Client{S: d.E.Connect(addr, addr), d: d}
}

// Now returns the engine's time.
func (d *Driver) Now() time.Time { return d.now }

// Advance moves the time on and does the work that is due.
func (d *Driver) Advance(by time.Duration) {
	d.Pass(by)
	d.E.Tick()
}

// Pass moves the time on without the work that it brings, so that what has expired is still there to be found.
func (d *Driver) Pass(by time.Duration) {
	d.now = d.now.Add(by)
	d.E.SetNow(d.now)
}

// Want fails the test if the first client's reply to a command line is another.
func (d *Driver) Want(line, reply string) {
	d.t.Helper()
	d.Client.Want(line, reply)
}

// Want fails the test if the reply to a command line is another.
func (c *Client) Want(line, reply string) {
	c.d.t.Helper()
	if got := c.Line(line); got != reply {
		c.d.t.Errorf("%s\n got %s\nwant %s", line, got, reply)
	}
}

// Line runs a command line: words, or Go strings within double quotes.
func (c *Client) Line(line string) string {
	c.d.t.Helper()
	args, err := split(line)
	if err != nil {
		c.d.t.Fatalf("%s: %v", line, err)
	}
	return c.Do(args...)
}

// Do runs a command.
func (c *Client) Do(args ...string) string {
	c.d.t.Helper()
	c.Run(args...)
	return c.Read()
}

// Run runs a command and leaves the reply where it is.
func (c *Client) Run(args ...string) {
	list := make([][]byte, len(args))
	for i, a := range args {
		list[i] = []byte(a)
	}
	c.d.E.Do(c.S, list)
	// The arguments were lent: whatever kept a view of them shows it now.
	for _, a := range list {
		for i := range a {
			a[i] = 0xdd
		}
	}
}

// Read takes what the client has been sent.
func (c *Client) Read() string {
	c.d.t.Helper()
	raw := c.Raw()
	text, err := Text(raw)
	if err != nil {
		c.d.t.Fatalf("reply %q: %v", raw, err)
	}
	return text
}

// Raw takes what the client has been sent, as it is.
func (c *Client) Raw() []byte {
	raw := append([]byte(nil), c.S.Out.Bytes()...)
	c.S.Out.Truncate(0)
	c.d.E.Pending()
	return raw
}
