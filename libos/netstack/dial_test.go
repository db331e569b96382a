package netstack_test

import (
	"errors"
	"syscall"

	"github.com/catamaran-os/catamaran/libos"
)

// dialing is a connect on a wire.
type dialing struct {
	w  *wire
	qt libos.QToken
}

// result polls for at most some virtual minutes.
func (d *dialing) result() libos.QResult {
	d.w.Helper()
	for range 4 {
		d.w.receive(func([]byte) bool { return false })
		if res, err := d.w.h.rt.Wait(d.qt, 0); err == nil {
			return res
		}
	}
	d.w.Fatal("connect does not end")
	return libos.QResult{}
}

func (d *dialing) fails(want syscall.Errno) {
	d.w.Helper()
	if res := d.result(); !errors.Is(res.Err, want) {
		d.w.Errorf("connect: %v, want %v", res.Err, want)
	}
}

func (d *dialing) cancel() {
	d.w.Helper()
	if err := d.w.h.rt.Cancel(d.qt); err != nil {
		d.w.Fatal(err)
	}
	d.fails(syscall.ECANCELED)
}
