package difftest

import (
	"fmt"
	"net/netip"
	"runtime/debug"
	"time"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
)

// An engineServer is the engine in a script.
type engineServer struct {
	e       *engine.Engine
	clients []*engine.Session
	events  *engine.Session
}

func newEngine(commands []engine.Command, clients int) *engineServer {
	s := &engineServer{e: engine.New(engine.Options{Commands: commands, Seed: 1})}
	s.e.SetNow(time.Now())
	addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 1)
	for range clients {
		s.clients = append(s.clients, s.e.Connect(addr, addr))
	}
	s.events = s.e.Connect(addr, addr)
	s.run(s.events, []string{"psubscribe", "__key*__:*"})
	s.take(s.events)
	return s
}

// run runs a command; if that panics the client is sent the trace. The memory of the arguments is overwritten after it, so that a view that was kept shows.
func (s *engineServer) run(session *engine.Session, args []string) {
	list := make([][]byte, len(args))
	for i, a := range args {
		list[i] = []byte(a)
	}
	defer func() {
		if r := recover(); r != nil {
			session.Out.BulkString(fmt.Sprintf("panic: %v\n%s", r, debug.Stack()))
		}
	}()
	s.e.SetNow(time.Now())
	s.e.Do(session, list)
	for _, a := range list {
		for i := range a {
			a[i] = 0xdd
		}
	}
}

// take returns what a client has been sent.
func (s *engineServer) take(session *engine.Session) []byte {
	killed := session.Killed
	raw := append([]byte(nil), session.Out.Bytes()...)
	session.Out.Truncate(0)
	s.e.Pending()
	if session.CloseAfter || session.Killed {
		s.e.Disconnect(session)
	}
	if killed {
		return nil // its connection is closed at once
	}
	return raw
}

// do runs a command of the first client, which does not block.
func (s *engineServer) do(args []string) (reply, error) {
	s.run(s.clients[0], args)
	list, err := readAll(s.take(s.clients[0]))
	if err != nil {
		return reply{}, err
	}
	if len(list) != 1 {
		return reply{}, fmt.Errorf("%d replies: %s", len(list), texts(list))
	}
	return list[0], nil
}

// step runs a command of a client and returns what each client is sent.
func (s *engineServer) step(client int, args []string) ([][]reply, error) {
	s.run(s.clients[client], args)
	got := make([][]reply, len(s.clients))
	for i, c := range s.clients {
		var err error
		if got[i], err = readAll(s.take(c)); err != nil {
			return nil, err
		}
	}
	return got, nil
}

// took returns the keyspace events since the last call.
func (s *engineServer) took() ([]reply, error) { return readAll(s.take(s.events)) }

func (s *engineServer) clientID(i int) string { return fmt.Sprint(s.clients[i].ID) }
