//go:build catdebug || race

package kernel

// checks: the runtime checks lent memory, which allocates.
const checks = true
