//go:build !linux

package pipe

import "errors"

// An event does not exist where there is no eventfd: Arm returns no descriptor, and the device must be polled.
type event struct{}

func (e *event) reset() (fd int, err error) { return -1, errors.ErrUnsupported }
func (e *event) set() error                 { return nil }
func (e *event) close()                     {}
