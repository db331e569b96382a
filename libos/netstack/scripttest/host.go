package scripttest

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/libos/mem"
	"github.com/catamaran-os/catamaran/libos/netstack"
	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/pipe"
)

// A host is a runtime with one stack, and the end of its cable.
type host struct {
	name   string
	rt     *libos.Runtime
	engine *netstack.Engine
	arena  *mem.Arena
	cable  link.Device
	end    link.Queue

	sockets map[string]*socket // by name
	pending []*call            // in the order of their start
	results []libos.QResult
	last    []byte // the IP packet that it sent last
}

// newHost opens a host whose cable has its far end here.
func newHost(name string, f Family, cfg netstack.Config, now func() time.Time) (h *host, err error) {
	near, far, err := pipe.New(pipe.Config{MTU: f.mtu(), MAC: macsOf(name)})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("open host %s: %w", name, err), near.Close(), far.Close())
		}
	}()
	arena, err := mem.New(mem.Options{})
	if err != nil {
		return nil, err
	}
	rt, err := libos.New(libos.Options{Memory: arena, Now: now}) // closes the arena if it fails
	if err != nil {
		return nil, err
	}
	dev := wired{near}
	cfg.Memory, cfg.Now, cfg.Addrs = arena, now, []netip.Prefix{f.prefix(name)}
	cfg.Queue, cfg.Info, cfg.Device = dev.Queue(0), dev.Info(), dev
	e, err := netstack.Open(cfg)
	if err != nil {
		return nil, errors.Join(err, rt.Close())
	}
	rt.Add(e)
	return &host{name: name, rt: rt, engine: e, arena: arena, cable: far, end: far.Queue(0),
		sockets: map[string]*socket{}, results: make([]libos.QResult, 16)}, nil
}

// A wired device does not let frames with an unfinished checksum in: a corrupted frame is never taken for one.
type wired struct{ link.Device }

func (d wired) Info() link.Info {
	info := d.Device.Info()
	info.Virtual = false
	return info
}

// close releases everything, and reports what the script's calls have left behind.
func (h *host) close() error {
	var leak error
	if n := h.arena.Stats().InUse; n != 0 {
		leak = fmt.Errorf("host %s: %d bytes of memory are in use", h.name, n)
	}
	return errors.Join(leak, h.rt.Close(), h.cable.Close())
}

// sent takes the frames that the host has sent.
func (h *host) sent() (frames [][]byte, err error) {
	var f [64]link.Frame
	n, err := h.end.RxBurst(f[:])
	for _, x := range f[:n] {
		frames = append(frames, slices.Clone(x.Data))
	}
	h.end.Free(f[:n])
	return frames, err
}

// deliver gives the host a frame. The host is polled between frames, so that there is always room.
func (h *host) deliver(b []byte) error {
	var f [1]link.Frame
	if h.end.Alloc(f[:]) == 0 {
		return fmt.Errorf("no frame for host %s", h.name)
	}
	if len(b) > cap(f[0].Data) {
		h.end.Free(f[:])
		return fmt.Errorf("a frame of %d bytes is too long", len(b))
	}
	f[0].Data = append(f[0].Data, b...)
	n, err := h.end.TxBurst(f[:])
	if n == 0 {
		h.end.Free(f[:])
		err = errors.Join(fmt.Errorf("host %s takes no frame", h.name), err)
	}
	return err
}
