#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_interrupts.h>

#include "ethdev.h"
#include "gate.h"

#define NAP_USEC 200    // between two turns, at least
#define BLIND_USEC 1000 // of a nap that nothing ends

struct cat_slot cat_slots[CAT_SLOTS];
atomic_int cat_closed;
static atomic_int control;

static int polling(void)
{
	for (int i = 0; i < CAT_SLOTS; i++)
		if (atomic_load(&cat_slots[i].busy))
			return 1;
	return 0;
}

static int event = -1; // our source in the interrupt thread: an eventfd

// sources returns the epoll instance of the interrupt thread, which EAL does not tell: the one that watches our eventfd
// (proc(5), /proc/pid/fdinfo). EAL makes a new one whenever its sources change. -1: it cannot be found.
static int sources(void)
{
	char path[64], line[256];
	DIR *dir = opendir("/proc/self/fdinfo");
	struct dirent *d;
	int found = -1, tfd;

	if (!dir)
		return -1;
	while (found < 0 && (d = readdir(dir))) {
		snprintf(path, sizeof path, "/proc/self/fdinfo/%.20s", d->d_name);
		FILE *f = fopen(path, "re");
		if (!f)
			continue;
		while (found < 0 && fgets(line, sizeof line, f))
			if (sscanf(line, "tfd: %d", &tfd) == 1 && tfd == event)
				found = atoi(d->d_name);
		fclose(f);
	}
	closedir(dir);
	return found;
}

// close_gate waits for the control path with the gate open: making a device can take a second.
static void close_gate(void)
{
	for (;;) {
		while (atomic_load(&control))
			usleep(NAP_USEC);
		atomic_store(&cat_closed, 1);
		if (!atomic_load(&control))
			break;
		atomic_store(&cat_closed, 0);
	}
	while (polling())
		sched_yield();
}

// turn runs in the interrupt thread, once a turn, and naps until another of its sources is ready.
static void turn(void *arg)
{
	uint64_t count;
	struct pollfd p = { .events = POLLIN };

	(void)arg;
	atomic_store(&cat_closed, 0);
	usleep(NAP_USEC);
	p.fd = sources();
	if (p.fd >= 0 && read(event, &count, sizeof count) == sizeof count) {
		poll(&p, 1, -1);
		count = 1;
		if (write(event, &count, sizeof count) != sizeof count)
			abort(); // an eventfd that was just emptied takes 1
	} else {
		usleep(BLIND_USEC);
	}
	close_gate();
}

int cat_gate_open(void)
{
	static struct rte_intr_handle *handle;
	int r;

	if (handle)
		return 0;
	event = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	if (event < 0)
		return -errno;
	handle = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_PRIVATE);
	if (!handle) {
		close(event);
		return -ENOMEM;
	}
	if ((r = rte_intr_fd_set(handle, event)) || (r = rte_intr_type_set(handle, RTE_INTR_HANDLE_EXT)) ||
	    (r = rte_intr_callback_register(handle, turn, NULL)) < 0) {
		rte_intr_instance_free(handle);
		handle = NULL;
		close(event);
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
