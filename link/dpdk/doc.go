// Package dpdk opens ports of DPDK as devices: a NIC bound to vfio, or one of the virtual devices that run on any machine
// (memif, vhost-user, virtio_user, af_packet, af_xdp and others).
//
// It is built with the tag dpdk, on Linux, with cgo and Debian's libdpdk-dev (22.11 or newer) or the like. Built without, the
// package is there and Open says what is missing.
//
// DPDK's environment, EAL, is started by the first Open of the process, with the arguments of its user, and runs until the
// process ends; several devices share it. When the last one is closed, what EAL has in the file system is removed. All cgo is in
// internal/ethdev.
//
// Frames are mbufs of a pool that each queue has for itself, with a data room for the longest frame of the port's MTU. What comes in
// mbufs of another pool is copied once, and so is what comes in several, unless Config.Offload lets packets have several frames.
// The driver says nothing of the mbufs that it holds; they are counted by what leaves and enters the pool during its calls, so
// that the accounts of a queue are exact while its driver keeps to these.
//
// Of DPDK's threads one matters to a poller: drivers of virtual devices undo their rings in EAL's interrupt thread when a peer
// goes away. Its handlers and polls exclude each other, without a lock in the poll (internal/ethdev/gate.h).
//
// A port is polled: there is no descriptor to sleep on (link.Queue.Arm).
//
// Sources: doc.dpdk.org/guides-22.11, prog_guide (poll mode driver, mbuf, mempool) and nics; the drivers' own code where that
// differs.
package dpdk
