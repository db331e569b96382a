// Package libostest is the conformance suite of the libOSes: one list of scenarios that each of them passes.
//
// A libOS calls Run in a test with an Opener, which makes a Pair: two runtimes that reach each other, or one runtime where
// the libOS has no network, and what the suite may use on them. Every scenario gets a Pair of its own, and a second one
// for IPv6 where there are addresses. One goroutine drives both runtimes, A and B in turn, with wait calls that do not
// block; where the pair has a virtual clock it advances it whenever nothing moves. A condition that does not come true
// within a generous bound fails the scenario with a list of what is outstanding.
//
// After each scenario the suite closes what is open, waits for every token that was issued, compares the memory in use
// with that at the beginning, closes the pair, and compares descriptors and goroutines of the process.
//
// A scenario has a stable id, such as B.waitany.fairness:
//
//	A  control calls      C  close and pending operations    E  memory
//	B  tokens and waits   D  data
//
// A scenario that a libOS cannot have is not skipped but listed with the reason. The suite ends with a table of all ids
// and a line "conformance NAME: 61 ran, 3 not applicable".
//
// In short: Run(t, open), read the table at the end.
package libostest
