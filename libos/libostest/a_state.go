package libostest

import (
	"net/netip"
	"syscall"

	"github.com/catamaran-os/catamaran/libos"
)

// A call is a control call whose error a scenario looks at.
type call struct {
	name string
	make func(rt *libos.Runtime, qd libos.QD, a netip.AddrPort) error
}

var calls = []call{
	{"bind", func(rt *libos.Runtime, qd libos.QD, a netip.AddrPort) error { return rt.Bind(qd, a) }},
	{"listen", func(rt *libos.Runtime, qd libos.QD, a netip.AddrPort) error { return rt.Listen(qd, 8) }},
	{"accept", func(rt *libos.Runtime, qd libos.QD, a netip.AddrPort) error { _, err := rt.Accept(qd); return err }},
	{"connect", func(rt *libos.Runtime, qd libos.QD, a netip.AddrPort) error { _, err := rt.Connect(qd, a); return err }},
	{"close", func(rt *libos.Runtime, qd libos.QD, a netip.AddrPort) error { _, err := rt.CloseQueue(qd); return err }},
	{"push", func(rt *libos.Runtime, qd libos.QD, a netip.AddrPort) error {
		_, err := rt.Push(qd, libos.Bytes([]byte{1}))
		return err
	}},
	{"pushto", func(rt *libos.Runtime, qd libos.QD, a netip.AddrPort) error {
		_, err := rt.PushTo(qd, libos.Bytes([]byte{1}), a)
		return err
	}},
	{"pop", func(rt *libos.Runtime, qd libos.QD, a netip.AddrPort) error { _, err := rt.Pop(qd); return err }},
	{"shutdown", func(rt *libos.Runtime, qd libos.QD, a netip.AddrPort) error { return rt.Shutdown(qd, syscall.SHUT_WR) }},
	{"localaddr", func(rt *libos.Runtime, qd libos.QD, a netip.AddrPort) error { _, err := rt.LocalAddr(qd); return err }},
	{"remoteaddr", func(rt *libos.Runtime, qd libos.QD, a netip.AddrPort) error { _, err := rt.RemoteAddr(qd); return err }},
	{"option", func(rt *libos.Runtime, qd libos.QD, a netip.AddrPort) error {
		return rt.SetOption(qd, libos.OptNoDelay, 1)
	}},
	{"seek", func(rt *libos.Runtime, qd libos.QD, a netip.AddrPort) error { _, err := rt.Seek(qd, 0, 0); return err }},
	{"truncate", func(rt *libos.Runtime, qd libos.QD, a netip.AddrPort) error { return rt.Truncate(qd, 0) }},
}

// A state is a stream socket of A in a state that control calls find it in.
type state struct {
	name  string
	needs need
	make  func(e *env) *queue
	want  map[string]syscall.Errno // by call
}

// states is the table of libos.SockState. Calls that would succeed are not in it.
var states = []state{
	{"unbound", 0, func(e *env) *queue { return e.a.stream() }, map[string]syscall.Errno{
		"listen": syscall.EDESTADDRREQ, "accept": syscall.EINVAL, "push": syscall.ENOTCONN, "pushto": syscall.ENOTCONN,
		"pop": syscall.ENOTCONN, "shutdown": syscall.ENOTCONN, "remoteaddr": syscall.ENOTCONN}},
	{"bound", 0, func(e *env) *queue { return e.a.stream().bind(e.a.any()) }, map[string]syscall.Errno{
		"bind": syscall.EINVAL, "accept": syscall.EINVAL, "push": syscall.ENOTCONN, "pushto": syscall.ENOTCONN,
		"pop": syscall.ENOTCONN, "shutdown": syscall.ENOTCONN, "remoteaddr": syscall.ENOTCONN}},
	{"listening", 0, func(e *env) *queue { return e.a.stream().bind(e.a.any()).listen(8) }, map[string]syscall.Errno{
		"bind": syscall.EINVAL, "listen": syscall.EADDRINUSE, "connect": syscall.EOPNOTSUPP, "push": syscall.ENOTCONN,
		"pushto": syscall.ENOTCONN, "pop": syscall.ENOTCONN, "shutdown": syscall.ENOTCONN, "remoteaddr": syscall.ENOTCONN}},
	{"connecting", needDead, func(e *env) *queue { q, _ := e.connecting(); return q }, map[string]syscall.Errno{
		"bind": syscall.EINVAL, "listen": syscall.EADDRINUSE, "accept": syscall.EINVAL, "connect": syscall.EINPROGRESS,
		"push": syscall.ENOTCONN, "pushto": syscall.ENOTCONN, "pop": syscall.ENOTCONN, "shutdown": syscall.ENOTCONN,
		"remoteaddr": syscall.ENOTCONN}},
	{"connected", 0, func(e *env) *queue { q, _ := e.connected(); return q }, map[string]syscall.Errno{
		"bind": syscall.EINVAL, "listen": syscall.EINVAL, "accept": syscall.EINVAL, "connect": syscall.EISCONN,
		"pushto": syscall.EISCONN}},
	{"accepted", 0, func(e *env) *queue { _, q := e.connected(); return q }, map[string]syscall.Errno{
		"bind": syscall.EINVAL, "listen": syscall.EINVAL, "accept": syscall.EINVAL, "connect": syscall.EISCONN,
		"pushto": syscall.EISCONN}},
	{"failed", 0, func(e *env) *queue {
		q := e.a.stream()
		e.fails(q.connect(e.closedPort(stream)), syscall.ECONNREFUSED)
		return q
	}, map[string]syscall.Errno{
		"bind": syscall.EINVAL, "listen": syscall.EINVAL, "accept": syscall.EINVAL, "connect": syscall.EINVAL,
		"push": syscall.ENOTCONN, "pushto": syscall.ENOTCONN, "pop": syscall.ENOTCONN, "shutdown": syscall.ENOTCONN,
		"remoteaddr": syscall.ENOTCONN}},
	{"cancelled", needDead, func(e *env) *queue {
		q, t := e.connecting()
		e.must(q.rt.Cancel(t.qt))
		e.fails(t, syscall.ECANCELED)
		return q
	}, map[string]syscall.Errno{
		"bind": syscall.EINVAL, "listen": syscall.EINVAL, "accept": syscall.EINVAL, "connect": syscall.EINVAL,
		"push": syscall.ENOTCONN, "pushto": syscall.ENOTCONN, "pop": syscall.ENOTCONN, "shutdown": syscall.ENOTCONN,
		"remoteaddr": syscall.ENOTCONN}},
	{"closed", 0, func(e *env) *queue { return &queue{e.a, e.closed()} }, allCalls(syscall.EBADF)},
	{"closing", 0, func(e *env) *queue { q, _ := e.connected(); q.close(); return q }, allCalls(syscall.EBADF)},
	{"badqd", 0, func(e *env) *queue { return &queue{e.a, libos.QD(0x7123456789)} }, allCalls(syscall.EBADF)},
	{"zeroqd", 0, func(e *env) *queue { return &queue{e.a, 0} }, allCalls(syscall.EBADF)},
}

func allCalls(n syscall.Errno) map[string]syscall.Errno {
	m := map[string]syscall.Errno{}
	for _, c := range calls {
		m[c.name] = n
	}
	return m
}

// controlCalls is every call in every state in which it is a mistake.
func controlCalls() (list []scenario) {
	for _, s := range states {
		list = append(list, scenario{"A.state." + s.name, needStream | byFamily | s.needs, Options{}, func(e *env) {
			q := s.make(e)
			addr := e.b.port(7)
			for _, c := range calls {
				want, ok := s.want[c.name]
				if !ok {
					continue
				}
				e.errno(c.name+" on a socket that is "+s.name, c.make(q.rt, q.qd, addr), want)
			}
		}})
	}
	return list
}
