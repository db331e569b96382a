//go:build !catdebug && !race

package mem

import "github.com/catamaran-os/catamaran/libos"

// checks is false: see checks_on.go for what -tags catdebug and -race add.
const checks = false

type (
	record     struct{}
	checkState struct{}
)

func (*Arena) noteAlloc(*superblock, uint16, int) {}
func (*Arena) noteFree(*superblock, uint16)       {}
func (*Arena) leaks() error                       { return nil }
func (*checkState) flushQuarantine() error        { return nil }

func (*Arena) holdBack(b *superblock, slot uint16) (*superblock, uint16, bool) { return b, slot, true }

// Describe implements libos.Memory.
func (*Arena) Describe(libos.Handle) string { return "" }
