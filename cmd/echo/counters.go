package main

import (
	"fmt"
	"io"

	"github.com/catamaran-os/catamaran/api"
)

// counters are what a server has done.
type counters struct {
	connections       uint64
	requests          uint64 // pops that returned data
	bytesIn, bytesOut uint64
	errors            uint64
}

// print writes the counters of the server and of its libOS, a line each, and what memory there is in use: of the runtime and on the
// Go heap, in bytes.
func (c *counters) print(w io.Writer, stats api.Stats) error {
	_, err := fmt.Fprintf(w, "server connections=%d requests=%d bytes_in=%d bytes_out=%d errors=%d\n", c.connections,
		c.requests, c.bytesIn, c.bytesOut, c.errors)
	if err != nil {
		return err
	}
	if k := stats.Kernel; k != nil {
		_, err = fmt.Fprintf(w, "kernel waits=%d events=%d receives=%d dry=%d sends=%d full=%d starved=%d\n", k.Waits,
			k.Events, k.Receives, k.DryRecvs, k.Sends, k.FullSends, k.Starved)
	}
	if n := stats.Netstack; n != nil && err == nil {
		err = printNetstack(w, n)
	}
	if err != nil {
		return err
	}
	m := &stats.Memory
	if _, err = fmt.Fprintf(w, "memory live=%d in_use=%d mapped=%d limit=%d\n", m.Live, m.InUse, m.Mapped, m.Limit); err != nil {
		return err
	}
	return printHeap(w)
}
