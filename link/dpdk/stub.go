//go:build !(dpdk && linux && cgo)

package dpdk

import (
	"fmt"
	"syscall"

	"github.com/catamaran-os/catamaran/link"
)

// Open returns an error: this program was built without DPDK.
func Open(c Config) (link.Device, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("open dpdk port: this program was built without DPDK; install libdpdk-dev, pkg-config and gcc (apt-get install libdpdk-dev pkg-config gcc) and build it with CGO_ENABLED=1 go build -tags dpdk: %w", syscall.ENOTSUP)
}

// OpenQueue returns the error of Open.
func OpenQueue(c Config, queue int) (link.Device, error) { return Open(c) }
