package netstack_test

import (
	"flag"
	"testing"

	"github.com/catamaran-os/catamaran/libos/netstack/scripttest"
)

var update = flag.Bool("update", false, "write the golden files of TestProtocol")

// TestProtocol runs the scenarios of testdata/protocol, each with what its comment says must hold.
func TestProtocol(t *testing.T) { scripttest.Test(t, "testdata/protocol", *update) }
