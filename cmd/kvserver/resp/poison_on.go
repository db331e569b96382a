//go:build catdebug || race

package resp

// poison overwrites arguments that are no longer valid, so that keeping one too long shows.
func poison(b []byte) {
	for i := range b {
		b[i] = 0xdb
	}
}
