// Package fault is a device around a device that harms traffic on purpose, by seed.
//
//	service -> TxBurst -> [partition, drop, corrupt, duplicate, delay, reorder] -> device
//	service <- RxBurst <- [partition, drop, corrupt, duplicate, delay, reorder] <- device
//
// Each queue and direction has a random generator of its own, seeded with Config.Seed, and draws the same number of
// values for each frame. So one seed and one sequence of calls give one sequence of faults, whatever other queues do.
// Time is Config.Now and nothing else: a virtual clock makes delays part of the replay.
//
// A frame that is delayed, reordered or duplicated is copied into memory of this package, which is bounded, and the
// device's own frame is freed or passed on at once. So the accounts of the device sum at every moment, and are the
// accounts here. A copy goes on when a burst finds its time come: RxBurst releases both directions, TxBurst its own. It
// needs a free frame of the device to go on in, and waits where its caller holds them all.
//
// There is no timer: while any copy is held back, Arm returns false, and the queue must be polled. Next tells the time
// at which polling will release something, for a loop that moves a virtual clock.
//
// In short: a bad network that can be replayed.
package fault
