package pcap

import (
	"io"
	"testing"

	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/linktest"
	"github.com/catamaran-os/catamaran/link/pipe"
)

func TestConformance(t *testing.T) {
	for _, tt := range []struct {
		name string
		w    func() io.Writer
		cfg  Config
	}{
		{"default", func() io.Writer { return io.Discard }, Config{}},
		{"smallest buffer", func() io.Writer { return io.Discard }, Config{Buffer: 1530}},
		{"writer fails", func() io.Writer { return &failing{left: 100_000} }, Config{Buffer: 4096}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			linktest.Run(t, func(t *testing.T) linktest.Pair {
				a, b, err := pipe.New(pipe.Config{})
				if err != nil {
					t.Fatal(err)
				}
				wrap := func(d link.Device) link.Device {
					c, err := New(d, tt.w(), tt.cfg)
					if err != nil {
						t.Fatal(err)
					}
					return quietClose{c}
				}
				return linktest.Pair{
					A: wrap(a), B: wrap(b),
					Lossless: true,
					SetUp:    func(up bool) error { a.SetUp(up); return nil },
				}
			})
		})
	}
}

// quietClose keeps the writer's error out of a suite that is about the device.
type quietClose struct{ *Device }

func (d quietClose) Close() error {
	d.Device.Close()
	return d.Device.Close()
}

// failing is a writer that fails after some bytes.
type failing struct{ left int }

func (w *failing) Write(b []byte) (int, error) {
	if w.left -= len(b); w.left < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(b), nil
}
