// The gate keeps the handlers of EAL's interrupt thread and polls of ports apart. Drivers of virtual devices undo their rings
// there when a peer goes away, memif without asking whether somebody polls (drivers/net/memif: memif_disconnect unmaps what
// eth_memif_rx reads), and a poll that is under way then crashes the process.
//
// The interrupt thread handles what is ready in turns, and one of its sources is ours. It naps there until another one is ready,
// closes the gate, and goes on when no poll is under way. It opens the gate when it comes to our source again. Polls that
// begin meanwhile return without a frame.
#ifndef CATAMARAN_GATE_H
#define CATAMARAN_GATE_H

#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

#define CAT_SLOTS 256 // queues that can be open at once

struct cat_slot {
	_Alignas(64) atomic_int busy;
	atomic_int used;
};

extern struct cat_slot cat_slots[CAT_SLOTS];
extern atomic_int cat_closed;

// A poll: does not wait.
static inline int cat_enter(uint16_t slot)
{
	atomic_store(&cat_slots[slot].busy, 1);
	if (atomic_load(&cat_closed)) {
		atomic_store_explicit(&cat_slots[slot].busy, 0, memory_order_release);
		sched_yield(); // the interrupt thread may wait for this core
		return 0;
	}
	return 1;
}

static inline void cat_leave(uint16_t slot)
{
	atomic_store_explicit(&cat_slots[slot].busy, 0, memory_order_release);
}

// The control path: waits.
void cat_enter_control(void);
void cat_leave_control(void);

int cat_slot_take(void); // -1: there is none
void cat_slot_give(uint16_t slot);

#endif
