package peer

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"syscall"
	"time"

	"github.com/catamaran-os/catamaran/api"
	"github.com/catamaran-os/catamaran/hack/bench/load"
	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/afxdp"
	"github.com/catamaran-os/catamaran/link/dpdk"
)

// A frame of the ring ping-pong is Ethernet, IPv4 and UDP headers, which the XDP program steers by, and a request.
const (
	ipAt      = link.EthernetHeaderLen
	udpAt     = ipAt + 20
	payloadAt = udpAt + 8
)

var broadcast = net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// resend is after how long a client takes its frame, or the reply to it, for lost.
const resend = 50 * time.Millisecond

// linkUp is how long a port of DPDK may be without a link before its ping-pong begins.
const linkUp = 10 * time.Second

// A ring is one queue of an interface, or of a port of DPDK.
type ring struct {
	device link.Device
	queue  link.Queue
	mac    net.HardwareAddr
	rx     [64]link.Frame
	tx     [1]link.Frame
}

func openRing(c Config) (*ring, error) {
	if c.LibOS == api.DPDK {
		d, err := dpdk.Open(dpdk.Config{EAL: c.EAL})
		if err != nil {
			return nil, err
		}
		return &ring{device: d, queue: d.Queue(0), mac: d.Info().MAC}, nil
	}
	d, err := afxdp.Open(afxdp.Config{Interface: c.Device, Addrs: []netip.Addr{c.IP.Addr()}})
	if err != nil {
		return nil, err
	}
	q, err := d.OpenQueue(0)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return &ring{device: d, queue: q, mac: d.Info().MAC}, nil
}

// isUDP reports whether a frame is one of the ping-pong: everything else on the interface is dropped.
func isUDP(b []byte) bool {
	return len(b) > payloadAt && b[12] == 0x08 && b[13] == 0x00 && b[ipAt] == 0x45 && b[ipAt+9] == 17
}

// serveRing turns each frame round in place.
func serveRing(ctx context.Context, c Config, ready func() error) (err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	r, err := openRing(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.device.Close()) }()
	if err := ready(); err != nil {
		return err
	}
	for i := 0; i%lookAround != 0 || ctx.Err() == nil; i++ {
		n, err := r.queue.RxBurst(r.rx[:])
		if err != nil && !errors.Is(err, syscall.ENETDOWN) { // before and after a client of DPDK
			return fmt.Errorf("receive: %w", err)
		}
		for _, f := range r.rx[:n] {
			if !isUDP(f.Data) {
				r.tx[0] = f
				r.queue.Free(r.tx[:])
				continue
			}
			swap(f.Data[0:6], f.Data[6:12])
			copy(f.Data[6:12], r.mac) // it came to the broadcast address
			swap(f.Data[ipAt+12:ipAt+16], f.Data[ipAt+16:ipAt+20])
			swap(f.Data[udpAt:udpAt+2], f.Data[udpAt+2:udpAt+4])
			if err := r.send(f); err != nil {
				return err
			}
		}
	}
	return nil
}

func swap(a, b []byte) {
	for i := range a {
		a[i], b[i] = b[i], a[i]
	}
}

// send sends a frame, or drops it if the ring is full.
func (r *ring) send(f link.Frame) error {
	r.tx[0] = f
	n, err := r.queue.TxBurst(r.tx[:])
	if n == 0 {
		r.queue.Free(r.tx[:])
	}
	if err != nil && !errors.Is(err, syscall.ENETDOWN) {
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

// up polls until the link is up.
func (r *ring) up(ctx context.Context) error {
	for end := time.Now().Add(linkUp); ctx.Err() == nil; {
		n, err := r.queue.RxBurst(r.rx[:])
		r.queue.Free(r.rx[:n])
		if err == nil || time.Now().After(end) {
			return err
		}
	}
	return ctx.Err()
}

func driveRing(ctx context.Context, c Config, p load.Params) (_ load.Result, err error) {
	if p.Kind != load.Echo || p.Conns != 1 || p.Rate > 0 {
		return load.Result{}, unsupported("raw-ring", fmt.Sprintf("%s of %d connections", p.Kind, p.Conns))
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	r, err := openRing(c)
	if err != nil {
		return load.Result{}, err
	}
	defer func() { err = errors.Join(err, r.device.Close()) }()
	if err := r.up(ctx); err != nil {
		return load.Result{}, fmt.Errorf("wait for the link: %w", err)
	}
	req, m := load.NewRequest(0, p.Size), load.NewMeter()
	template := frame(r.mac, netip.AddrPortFrom(c.IP.Addr(), p.Addr.Port()), p.Addr, p.Size)
	before := load.Mallocs()
	begin := time.Now()
	lost := uint64(0)
	for end := begin.Add(p.Duration); time.Now().Before(end) && ctx.Err() == nil; {
		copy(template[payloadAt:], req.Next())
		answered, err := r.exchange(template, req, m)
		if err != nil {
			return load.Result{}, err
		}
		if !answered {
			lost++
		}
	}
	res := load.Total(time.Since(begin), m)
	res.Mallocs = load.Mallocs() - before
	// A server that has lost its core for a while is late. There is no retransmission here: the client asks again.
	if lost*100 > res.Requests {
		res.Errors = lost
	}
	return res, ctx.Err()
}

// exchange sends a frame and polls for its reply, for a while.
func (r *ring) exchange(data []byte, req *load.Request, m *load.Meter) (bool, error) {
	if r.queue.Alloc(r.tx[:]) == 0 {
		return false, errors.New("no free frame")
	}
	f := r.tx[0]
	f.Data = f.Data[:len(data)]
	copy(f.Data, data)
	start := time.Now()
	if err := r.send(f); err != nil {
		return false, err
	}
	for i := 1; i%lookAround != 0 || time.Since(start) < resend; i++ {
		n, err := r.queue.RxBurst(r.rx[:])
		if err != nil {
			return false, fmt.Errorf("receive: %w", err)
		}
		if n == 0 {
			continue
		}
		took := time.Since(start)
		answered := false
		for _, f := range r.rx[:n] {
			// A late reply to an earlier frame is not intact, and is not the one that is waited for.
			answered = answered || isUDP(f.Data) && bytes.Equal(f.Data[ipAt+16:ipAt+20], data[ipAt+12:ipAt+16]) &&
				req.Intact(f.Data[payloadAt:])
		}
		r.queue.Free(r.rx[:n])
		if answered {
			return true, m.Answered(took, true)
		}
	}
	return false, nil
}

// frame returns a frame to the broadcast address, with a valid header checksum and no UDP checksum.
func frame(mac net.HardwareAddr, from, to netip.AddrPort, size int) []byte {
	b := make([]byte, payloadAt+size)
	copy(b, broadcast)
	copy(b[6:], mac)
	b[12], b[13] = 0x08, 0x00
	b[ipAt] = 0x45
	binary.BigEndian.PutUint16(b[ipAt+2:], uint16(len(b)-ipAt))
	b[ipAt+8], b[ipAt+9] = 64, 17
	a4, b4 := from.Addr().As4(), to.Addr().As4()
	copy(b[ipAt+12:], a4[:])
	copy(b[ipAt+16:], b4[:])
	sum := uint32(0)
	for i := ipAt; i < udpAt; i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	sum = sum>>16 + sum&0xffff
	binary.BigEndian.PutUint16(b[ipAt+10:], ^uint16(sum>>16+sum))
	binary.BigEndian.PutUint16(b[udpAt:], from.Port())
	binary.BigEndian.PutUint16(b[udpAt+2:], to.Port())
	binary.BigEndian.PutUint16(b[udpAt+4:], uint16(len(b)-udpAt))
	return b
}
