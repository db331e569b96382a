//go:build catdebug || race

package libostest

// checks is whether libos reports misuse in this build.
const checks = true
