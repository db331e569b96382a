package api_test

import (
	"fmt"
	"log"
	"net/netip"

	"github.com/catamaran-os/catamaran/api"
)

// One runtime is its own peer over kernel sockets: the three descriptors are waited for together.
func Example() {
	rt, err := api.Open(api.Config{LibOS: api.Kernel})
	if err != nil {
		log.Fatal(err)
	}
	defer rt.Close()
	must := func(err error) {
		if err != nil {
			log.Fatal(err)
		}
	}
	wait := func(qt api.QToken, err error) api.QResult {
		must(err)
		res, err := rt.Wait(qt, api.Forever)
		must(err)
		must(res.Err)
		return res
	}

	listener, err := rt.Socket(api.AF_INET, api.SOCK_STREAM)
	must(err)
	must(rt.Bind(listener, netip.MustParseAddrPort("127.0.0.1:0")))
	must(rt.Listen(listener, 16))
	addr, err := rt.LocalAddr(listener)
	must(err)
	accepting, err := rt.Accept(listener)
	must(err)

	client, err := rt.Socket(api.AF_INET, api.SOCK_STREAM)
	must(err)
	wait(rt.Connect(client, addr))
	server := wait(accepting, nil).NewQD

	wait(rt.Push(client, api.Bytes([]byte("hello, deck"))))
	res := wait(rt.Pop(server))
	fmt.Printf("%s\n", res.SGA.Flat())
	must(rt.Free(res.SGA))
	for _, qd := range []api.QD{client, server, listener} {
		wait(rt.CloseQueue(qd))
	}
	// Output: hello, deck
}

// A memory queue keeps message boundaries: one push, one pop.
func ExampleRuntime_Queue() {
	rt, err := api.Open(api.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer rt.Close()
	qd, err := rt.Queue(0)
	if err != nil {
		log.Fatal(err)
	}
	pop, err := rt.Pop(qd)
	if err != nil {
		log.Fatal(err)
	}
	push, err := rt.Push(qd, api.Gather(api.Segment{Data: []byte("one ")}, api.Segment{Data: []byte("message")}))
	if err != nil {
		log.Fatal(err)
	}
	var res [2]api.QResult
	if err := rt.WaitAll([]api.QToken{push, pop}, res[:], api.Forever); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("pushed %d bytes, popped %q\n", res[0].N, res[1].SGA.Flat())
	if err := rt.Free(res[1].SGA); err != nil {
		log.Fatal(err)
	}
	// Output: pushed 11 bytes, popped "one message"
}

// A configuration that cannot work is refused with everything that is wrong about it.
func ExampleConfig_Validate() {
	c := api.Config{LibOS: api.AFXDP, Mode: "fast"}
	fmt.Println(c.Validate())
	// Output: config: Device is empty; name the network interface; Addrs is empty; give the runtime an address of its own, such as 10.0.0.2/24; Mode is "fast"; use auto, zerocopy, copy or generic (invalid argument)
}
