//go:build dpdk && linux && cgo

package dpdk

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/dpdk/internal/ethdev"
)

// Device is an open port. Close must not be called while another goroutine is inside a call on one of its queues.
type Device struct {
	port     int
	offloads link.Offloads
	pieces   int
	info     ethdev.PortInfo
	config   Config
	closed   bool
	mac      net.HardwareAddr
	queues   []*Queue
	lost     losses
}

// revive returns the socket of a client of memif, which its driver does not connect again; "" if the port is none.
func (d *Device) revive() string {
	if d.info.Driver != "net_memif" || strings.Contains(d.info.Devargs, "role=server") || strings.Contains(d.info.Devargs, "role=master") {
		return ""
	}
	for _, arg := range strings.Split(d.info.Devargs, ",") {
		if path, ok := strings.CutPrefix(arg, "socket="); ok {
			return path
		}
	}
	return "/run/memif.sock" // ETH_MEMIF_DEFAULT_SOCKET_FILENAME
}

// setUp configures and starts the port.
func (d *Device) setUp() error {
	c := &d.config
	if c.MTU != d.info.MTU {
		if err := ethdev.SetMTU(d.port, c.MTU); err != nil && c.MTU > d.info.MTU {
			return fmt.Errorf("set MTU %d: its driver %s refuses it, leave it at %d: %w", c.MTU, d.info.Driver, d.info.MTU, err)
		}
	}
	rxd, txd, offloads, err := ethdev.Configure(d.port, c.Queues, c.MTU, c.Descriptors, c.Offload)
	if err != nil {
		return fmt.Errorf("configure %d queues: %w", c.Queues, err)
	}
	if offloads.Checksum {
		d.offloads |= link.TxChecksum
	}
	if offloads.Segmentation {
		d.offloads |= link.TxSegmentation
	}
	d.pieces = offloads.Pieces
	revive := d.revive()
	for i := range c.Queues {
		socket := ""
		if i == 0 {
			socket = revive
		}
		raw, err := ethdev.NewQueue(ethdev.QueueConfig{Port: d.port, Queue: i, Frames: c.Frames, Room: d.room(), RX: rxd, TX: txd,
			Offloads: offloads, Revive: socket})
		if raw != nil {
			d.queues = append(d.queues, newQueue(d, raw))
			d.queues[0].lost = &d.lost
		}
		if err != nil {
			return fmt.Errorf("set up queue %d with %d mbufs: %w; give EAL more memory (-m), or the port fewer frames", i, c.Frames, err)
		}
	}
	err = ethdev.Start(d.port, c.Promiscuous, c.MAC)
	if err != nil && revive == "" { // else there is no peer yet
		return fmt.Errorf("start: %w", err)
	}
	for _, q := range d.queues {
		q.raw.Started(err == nil)
	}
	if d.mac = d.info.MAC; c.MAC != nil {
		d.mac = slices.Clone(c.MAC)
	}
	if [6]byte(d.mac) == [6]byte{} {
		d.mac = randomMAC()
	}
	return nil
}

// randomMAC makes a locally administered address (IEEE 802) for a port without one.
func randomMAC() net.HardwareAddr {
	mac := make(net.HardwareAddr, 6)
	rand.Read(mac) // never fails
	mac[0] = mac[0]&^1 | 2
	return mac
}

// room is the longest frame that an mbuf takes.
func (d *Device) room() int { return max(2048, d.config.MTU+link.EthernetHeaderLen+4) }

// Info describes the port.
func (d *Device) Info() link.Info {
	return link.Info{
		Driver: d.info.Driver, Name: d.info.Name, MAC: d.mac, MTU: d.config.MTU, Queues: len(d.queues), Mode: "poll-mode",
		Virtual: d.info.Bus == "vdev", Offloads: d.offloads, Pieces: d.pieces,
	}
}

// Queue returns the i-th queue.
func (d *Device) Queue(i int) link.Queue {
	if i < 0 || i >= len(d.queues) {
		return nil
	}
	return d.queues[i]
}

// Close stops the port and closes it. A virtual device is taken away with what it has in the file system. With the last port
// EAL's own files go.
func (d *Device) Close() error {
	eal.Lock()
	defer eal.Unlock()
	if d.closed {
		return nil
	}
	err := d.tearDown()
	delete(eal.devices, d.port)
	if len(eal.devices) == 0 {
		err = errors.Join(err, removeFiles())
	}
	if err != nil {
		return fmt.Errorf("close dpdk port %s: %w", d.info.Name, err)
	}
	return nil
}

func (d *Device) tearDown() (err error) {
	d.closed = true
	if eal.devices[d.port] == d { // drivers read the counters of queues that must have been set up
		d.lost.read(d.port)
	}
	// A port that was never started, or whose peer went, is stopped all the same.
	err = ethdev.Stop(d.port)
	for _, q := range d.queues {
		q.closed = true
		q.raw.Detach()
	}
	if d.info.Devargs != "" {
		eal.vdevs[d.info.Name] = d.info.Devargs
	}
	err = errors.Join(err, ethdev.Remove(d.port))
	eal.dead = append(eal.dead, d.queues...)
	buryDead()
	return err
}
