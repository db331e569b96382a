// Package require decides what a test does when the machine lacks something.
//
// A developer's machine may be too old or unprivileged for a test; continuous integration must not be, because a test
// that skips there is a test that nobody runs. CATAMARAN_REQUIRE=all in the environment turns every skip into a failure.
//
// In short: Skip skips here and fails in CI.
package require

import (
	"os"
	"testing"
)

// Skip ends the test as skipped for reason, or as failed if CATAMARAN_REQUIRE is "all".
func Skip(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CATAMARAN_REQUIRE") == "all" {
		t.Fatal("CATAMARAN_REQUIRE=all allows no skip: " + reason)
	}
	t.Skip(reason)
}
