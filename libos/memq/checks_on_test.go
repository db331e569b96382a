//go:build catdebug || race

package memq_test

// checks: the runtime checks lent memory, which allocates.
const checks = true
