// Package scripttest runs protocol scenarios that are written as text, on a virtual clock, and holds what was on the wire
// against a golden file.
//
//	host a                       the wire                       host b
//	runtime, netstack <- pipe -> rules, trace, 10 ms <- pipe -> runtime, netstack
//
// A script is a file of lines. With "hosts a" there is no host b: the script plays it, with inject and expect.
//
//	family v4 | hosts a | config minrto 100ms | neighbors shown | times hidden | stock trace    before all others
//	a: listen 7 | accept | connect b.7 | push 1000 | pop 1000 | shutdown | close | abort | ...  calls: see calls.go
//	a: pop 1 -> eof | connect b.7 -> ETIMEDOUT | await pop -> ECONNRESET | push 1 -> pending    what a call ends with
//	a: stat TCP.ResetsSent 1                                                                    counters of the engine
//	drop 2 a > b: [S] | duplicate a > b: data | corrupt ... | delay 15ms ... | cut | mend       rules of the wire
//	inject b.4000 > a.7: [S] seq 0 win 65535 opts mss:1460 | expect a.7 > b.4000: [S.] ack 1    packets by hand
//	wait 200ms | quiet 2s                                                                       time
//
// Packets are written as the trace shows them: see packet.go. Sequence numbers are relative to the SYN's, and ports that
// a stack has chosen are p1, p2, ...; so a trace depends neither on chance nor on the family of the addresses.
//
// A script without family runs over IPv4 and IPv6 with one golden file. It runs with both ways to process TCP; the trace
// is that of netstack.TCPInline, and has to be the same with TCPStock only if the script says so, as that acknowledges
// earlier. What calls end with is part of the script and holds always.
//
// In short: a script says what must hold, its golden file shows how.
package scripttest
