package scripttest

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"syscall"

	"github.com/catamaran-os/catamaran/libos"
)

// A socket is a descriptor of a host. How far its streams have come says what their bytes are.
type socket struct {
	qd           libos.QD
	peer         string // the host that it hears of
	pushed       int
	got, claimed int // bytes that were popped, and that pops of the script have asked for
}

// A call is an operation of a script.
type call struct {
	verb   string
	on     string // the socket
	text   string
	qt     libos.QToken
	end    int    // pop: where in the stream it ends
	exact  int    // pop of a datagram: its size
	result string // "" while it is pending
}

// verbs are the calls of a script, by name, with their arguments. All but listen take "on NAME", the socket, which is
// "c" unless said. accept and connect make it.
var verbs = map[string]struct {
	args string // what each argument is: n a number, p a port, s a station, w a word
	do   func(w *wire, h *host, c *call, args []string) error
}{
	"listen":    {"p", doListen},    // socket, bind, listen
	"accept":    {"", doAccept},     //
	"bind":      {"p", doBind},      // socket, bind: for a connect from that port
	"connect":   {"s", doConnect},   //
	"push":      {"n", doPush},      // so many bytes
	"pop":       {"n", doPop},       // so many bytes, in as many pops as it takes
	"shutdown":  {"", doShutdown},   // of the sending side
	"close":     {"", doClose},      //
	"abort":     {"", doAbort},      // close that sends RST (OptLinger)
	"keepalive": {"n", doKeepAlive}, // seconds (OptKeepAlive)
	"udp":       {"p", doUDP},       // socket, bind
	"send":      {"ns", doSend},     // a datagram of so many bytes
	"receive":   {"n", doReceive},   // a datagram of so many bytes
	"cancel":    {"w", doCancel},    // the last call with this verb
}

func (w *wire) open(h *host, c *call, typ int) (libos.QD, error) {
	domain := syscall.AF_INET
	if w.family == V6 {
		domain = syscall.AF_INET6
	}
	qd, err := h.rt.Socket(domain, typ)
	if err == nil {
		h.sockets[c.on] = &socket{qd: qd}
	}
	return qd, err
}

func (w *wire) at(host, port string) netip.AddrPort {
	n, _ := strconv.Atoi(port) // checked by the parser
	return netip.AddrPortFrom(w.family.addr(host), uint16(n))
}

func (w *wire) bound(h *host, c *call, typ int, port string) (libos.QD, error) {
	qd, err := w.open(h, c, typ)
	if err == nil {
		err = h.rt.Bind(qd, w.at(h.name, port))
	}
	return qd, err
}

func doListen(w *wire, h *host, c *call, args []string) error {
	c.on = "listener"
	qd, err := w.bound(h, c, syscall.SOCK_STREAM, args[0])
	if err == nil {
		err = h.rt.Listen(qd, 8)
	}
	return err
}

func doBind(w *wire, h *host, c *call, args []string) error {
	_, err := w.bound(h, c, syscall.SOCK_STREAM, args[0])
	return err
}

func doUDP(w *wire, h *host, c *call, args []string) error {
	_, err := w.bound(h, c, syscall.SOCK_DGRAM, args[0])
	return err
}

func doAccept(_ *wire, h *host, c *call, _ []string) (err error) {
	l := h.sockets["listener"]
	if l == nil {
		return fmt.Errorf("%s does not listen", h.name)
	}
	c.qt, err = h.rt.Accept(l.qd)
	return err
}

func doConnect(w *wire, h *host, c *call, args []string) (err error) {
	to, _ := parseStation(args[0]) // checked by the parser
	s := h.sockets[c.on]
	if s == nil {
		if _, err := w.open(h, c, syscall.SOCK_STREAM); err != nil {
			return err
		}
		s = h.sockets[c.on]
	}
	s.peer = to.host
	c.qt, err = h.rt.Connect(s.qd, w.at(to.host, to.port))
	return err
}

// on returns the socket of a call.
func (h *host) on(c *call) (*socket, error) {
	s := h.sockets[c.on]
	if s == nil {
		return nil, fmt.Errorf("%s has no socket %q", h.name, c.on)
	}
	return s, nil
}

func doPush(_ *wire, h *host, c *call, args []string) error {
	s, err := h.on(c)
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(args[0])
	c.qt, err = h.rt.Push(s.qd, libos.Bytes(pattern(h.name, s.pushed, n)))
	s.pushed += n
	return err
}

func doPop(w *wire, h *host, c *call, args []string) error {
	s, err := h.on(c)
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(args[0])
	s.claimed += n
	if c.end = s.claimed; s.got >= c.end {
		w.finish(h, c, "ok") // an earlier pop has brought it along
		return nil
	}
	c.qt, err = h.rt.Pop(s.qd)
	return err
}

func doSend(w *wire, h *host, c *call, args []string) error {
	s, err := h.on(c)
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(args[0])
	to, _ := parseStation(args[1])
	c.qt, err = h.rt.PushTo(s.qd, libos.Bytes(pattern(h.name, 0, n)), w.at(to.host, to.port))
	return err
}

func doReceive(_ *wire, h *host, c *call, args []string) error {
	s, err := h.on(c)
	if err != nil {
		return err
	}
	c.verb = "pop"
	c.exact, _ = strconv.Atoi(args[0])
	c.qt, err = h.rt.Pop(s.qd)
	return err
}

func doShutdown(_ *wire, h *host, c *call, _ []string) error {
	s, err := h.on(c)
	if err != nil {
		return err
	}
	return h.rt.Shutdown(s.qd, syscall.SHUT_WR)
}

func doClose(_ *wire, h *host, c *call, _ []string) error {
	s, err := h.on(c)
	if err != nil {
		return err
	}
	delete(h.sockets, c.on)
	c.qt, err = h.rt.CloseQueue(s.qd)
	return err
}

func doAbort(w *wire, h *host, c *call, args []string) error {
	s, err := h.on(c)
	if err != nil {
		return err
	}
	if err := h.rt.SetOption(s.qd, libos.OptLinger, 0); err != nil {
		return err
	}
	return doClose(w, h, c, args)
}

func doKeepAlive(_ *wire, h *host, c *call, args []string) error {
	s, err := h.on(c)
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(args[0])
	return h.rt.SetOption(s.qd, libos.OptKeepAlive, n)
}

func doCancel(_ *wire, h *host, c *call, args []string) error {
	other := h.find(args[0], c.on)
	if other == nil || other.result != "" {
		return fmt.Errorf("no %s is pending", args[0])
	}
	return h.rt.Cancel(other.qt)
}

// find returns the last call of this kind.
func (h *host) find(verb, on string) *call {
	for i := len(h.pending) - 1; i >= 0; i-- {
		if c := h.pending[i]; strings.Fields(c.text)[0] == verb && c.on == on {
			return c
		}
	}
	return nil
}
