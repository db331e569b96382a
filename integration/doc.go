// Package integration runs the built commands and the engines against real peers: the kernel's own TCP, UDP and ICMP, and
// programs of the distribution, in network namespaces of its own that a plain veth joins.
//
// In short: tests only.
package integration
