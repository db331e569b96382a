//go:build dpdk && linux && cgo

package ethdev

// #include <stdlib.h>
// #include "ethdev.h"
import "C"

import (
	"net"
	"unsafe"
)

// PortInfo describes a port.
type PortInfo struct {
	Name, Driver, Bus        string
	Devargs                  string // "name,args" of a port that was made by arguments
	MAC                      net.HardwareAddr
	MTU, MaxMTU              int
	MaxRxQueues, MaxTxQueues int
	Hash                     uint64 // RTE_ETH_RSS flow types
}

// Find returns the number of the port with that name, which may be a PCI address.
func Find(name string) (port int, ok bool) {
	c := C.CString(name)
	defer C.free(unsafe.Pointer(c))
	var p C.uint16_t
	ok = C.cat_port_find(c, &p) == 0
	return int(p), ok
}

// Valid reports whether a port has that number.
func Valid(port int) bool {
	return port >= 0 && port <= 0xffff && C.cat_port_valid(C.uint16_t(port)) != 0
}

// Ports returns the numbers of all ports.
func Ports() (all []int) {
	for p := C.cat_port_next(0); p >= 0; p = C.cat_port_next(C.uint16_t(p + 1)) {
		all = append(all, int(p))
	}
	return all
}

// Probe makes a device of arguments such as "net_null0,size=64".
func Probe(devargs string) error {
	c := C.CString(devargs)
	defer C.free(unsafe.Pointer(c))
	return errno(C.cat_probe(c))
}

// RingPair makes two ports, net_ring_ and the names, joined by rings of that size, a power of two.
func RingPair(a, b string, size int) error {
	ca, cb := C.CString(a), C.CString(b)
	defer C.free(unsafe.Pointer(ca))
	defer C.free(unsafe.Pointer(cb))
	return errno(C.cat_ring_pair(ca, cb, C.uint(size)))
}

// Info describes a port.
func Info(port int) (PortInfo, error) {
	var i C.struct_cat_port_info
	if err := errno(C.cat_port_info(C.uint16_t(port), &i)); err != nil {
		return PortInfo{}, err
	}
	return PortInfo{
		Name: C.GoString(&i.name[0]), Driver: C.GoString(&i.driver[0]), Bus: C.GoString(&i.bus[0]), Devargs: C.GoString(&i.devargs[0]),
		MAC: C.GoBytes(unsafe.Pointer(&i.mac[0]), 6), MTU: int(i.mtu), MaxMTU: int(i.max_mtu),
		MaxRxQueues: int(i.max_rx_queues), MaxTxQueues: int(i.max_tx_queues),
		Hash: uint64(i.rss),
	}, nil
}

// SetMTU sets the MTU of a port.
func SetMTU(port, mtu int) error { return errno(C.cat_port_set_mtu(C.uint16_t(port), C.uint16_t(mtu))) }

// Offloads are what a port does for packets that are sent, of at most so many pieces.
type Offloads struct {
	Checksum, Segmentation, ipChecksum bool
	Pieces                             int
}

// Configure gives a port its queues, with as many descriptors as it takes of those wanted, and with offloads if it has them.
func Configure(port, queues, mtu, descriptors int, offload bool) (rx, tx int, o Offloads, err error) {
	rxd, txd := C.uint16_t(descriptors), C.uint16_t(descriptors)
	var c C.struct_cat_offloads
	err = errno(C.cat_port_configure(C.uint16_t(port), C.uint16_t(queues), C.uint16_t(mtu), flag(offload), &rxd, &txd, &c))
	return int(rxd), int(txd), Offloads{c.checksum != 0, c.segmentation != 0, c.ip_csum != 0, int(c.pieces)}, err
}

func flag(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

// Start starts a port, which delivers frames for mac, too, unless that is nil.
func Start(port int, promiscuous bool, mac net.HardwareAddr) error {
	var m *C.uint8_t
	if mac != nil {
		m = (*C.uint8_t)(unsafe.Pointer(&mac[0]))
	}
	return errno(C.cat_port_start(C.uint16_t(port), flag(promiscuous), m))
}

// Stop stops a port, which is polled no more.
func Stop(port int) error { return errno(C.cat_port_stop(C.uint16_t(port))) }

// Remove closes a stopped port, and takes a virtual device away.
func Remove(port int) error { return errno(C.cat_port_remove(C.uint16_t(port))) }

// PortStats are frames that a port has lost.
type PortStats struct{ Missed, Errors, NoMbuf, TxErrors uint64 }

// Stats returns what a port tells of its losses. The counters of a driver may begin anew.
func Stats(port int) (PortStats, error) {
	var s C.struct_cat_port_stats
	err := errno(C.cat_port_stats(C.uint16_t(port), &s))
	return PortStats{uint64(s.missed), uint64(s.errors), uint64(s.nombuf), uint64(s.tx_errors)}, err
}
