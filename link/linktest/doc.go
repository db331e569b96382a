// Package linktest is the conformance suite of a polled Ethernet device.
//
// An Opener opens two devices that are connected to each other, and Run puts every scenario through a fresh pair. After
// each call on a queue the suite compares the queue's counters with a model of its own: the four accounts sum to the
// total, the frames held are the ones that the suite holds, every frame that a burst returned or took is counted once.
// So a scenario needs to say only what happens to the pair.
//
// What a device promises is in its Pair. A device that promises little is held to little, but none may panic, lose
// count, allocate in a burst, or keep something after Close. A scenario that a pair cannot have does not apply; Run
// prints a table that says which and why.
//
// The echo scenario moves 200,000 frames, and 10,000,000 with CATAMARAN_LONG=1 in the environment.
//
// In short: linktest.Run(t, open) and the device is one, or the table says why not.
package linktest
