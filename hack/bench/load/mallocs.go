package load

import (
	"fmt"
	"io"
	"runtime"
)

// Mallocs returns how many objects this process has allocated on the Go heap. It stops the world for a moment.
func Mallocs() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// PrintHeap writes a line about the Go heap of this process, as echo server does at SIGUSR1.
func PrintHeap(w io.Writer) error {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	_, err := fmt.Fprintf(w, "go heap=%d stacks=%d mallocs=%d collections=%d\n", m.HeapInuse, m.StackInuse, m.Mallocs, m.NumGC)
	return err
}
