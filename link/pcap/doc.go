// Package pcap is a device around a device that writes what passes to a capture file.
//
// The format is pcap with nanosecond time stamps and link type Ethernet (draft-ietf-opsawg-pcap, sections 4 and 5):
//
//	file header    magic a1b23c4d | major 2, minor 4 | 0 | 0 | snap length | link type 1
//	frame header   seconds | nanoseconds | captured length | original length
//	frame          captured length bytes
//	frame header   ...
//
// Received frames are written as RxBurst returns them; sent ones as the device takes them, so back-pressure does not
// show a frame twice. All frames of a burst have one time, read once from Config.Now.
//
// Each queue collects frames in a buffer of its own, and writes it to the io.Writer when it is full, when the queue
// arms for sleep, and when the device closes. Only that takes a lock. Frames of several queues are therefore in order
// within a buffer, not in the file. A process that is killed loses what its buffers hold.
//
// Capturing never disturbs traffic: the first write error ends it, frames from then on are counted in Counters.Lost,
// and Close returns the error.
//
// In short: tcpdump for a device that the kernel does not see.
package pcap
