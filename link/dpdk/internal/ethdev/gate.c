#include <errno.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_interrupts.h>

#include "ethdev.h"
#include "gate.h"

#define NAP_USEC 1000

struct cat_slot cat_slots[CAT_SLOTS];
atomic_int cat_closed;
static atomic_int control;

static int busy(void)
{
	if (atomic_load(&control))
		return 1;
	for (int i = 0; i < CAT_SLOTS; i++)
		if (atomic_load(&cat_slots[i].busy))
			return 1;
	return 0;
}

// turn runs in the interrupt thread, once a turn.
static void turn(void *arg)
{
	(void)arg;
	atomic_store(&cat_closed, 0);
	usleep(NAP_USEC);
	atomic_store(&cat_closed, 1);
	while (busy())
		sched_yield();
}

int cat_gate_open(void)
{
	static struct rte_intr_handle *handle;
	int fd, r;

	if (handle)
		return 0;
	fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK); // never read, so always ready
	if (fd < 0)
		return -errno;
	handle = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_PRIVATE);
	if (!handle) {
		close(fd);
		return -ENOMEM;
	}
	if ((r = rte_intr_fd_set(handle, fd)) || (r = rte_intr_type_set(handle, RTE_INTR_HANDLE_EXT)) ||
	    (r = rte_intr_callback_register(handle, turn, NULL)) < 0) {
		rte_intr_instance_free(handle);
		handle = NULL;
		close(fd);
		return -EIO;
	}
	return 0;
}

void cat_enter_control(void)
{
	for (;;) {
		atomic_fetch_add(&control, 1);
		if (!atomic_load(&cat_closed))
			return;
		atomic_fetch_sub(&control, 1);
		sched_yield();
	}
}

void cat_leave_control(void) { atomic_fetch_sub(&control, 1); }

int cat_slot_take(void)
{
	for (int i = 0; i < CAT_SLOTS; i++) {
		int free = 0;
		if (atomic_compare_exchange_strong(&cat_slots[i].used, &free, 1))
			return i;
	}
	return -1;
}

void cat_slot_give(uint16_t slot) { atomic_store(&cat_slots[slot].used, 0); }
