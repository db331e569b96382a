package main

import (
	"fmt"
	"io"
	"runtime"
)

// mallocs returns how many objects the process has allocated on the Go heap. It stops the world for a moment.
func mallocs() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// printHeap writes a line about the Go heap: bytes in use, with what is not collected yet; bytes of goroutine stacks; objects
// allocated since the start; collections.
func printHeap(w io.Writer) error {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	_, err := fmt.Fprintf(w, "go heap=%d stacks=%d mallocs=%d collections=%d\n", m.HeapInuse, m.StackInuse, m.Mallocs, m.NumGC)
	return err
}
