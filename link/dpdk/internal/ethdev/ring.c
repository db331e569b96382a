#include <errno.h>
#include <stdio.h>

#include <rte_eth_ring.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "ethdev.h"
#include "gate.h"

// ring returns the empty ring of that name.
static struct rte_ring *ring(const char *name, unsigned size)
{
	struct rte_ring *r = rte_ring_lookup(name);
	void *m;

	if (!r)
		return rte_ring_create(name, size, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	while (!rte_ring_dequeue(r, &m))
		rte_pktmbuf_free(m);
	return r;
}

int cat_ring_pair(const char *a, const char *b, unsigned size)
{
	char name[RTE_RING_NAMESIZE];
	struct rte_ring *ab, *ba;
	int r = 0;

	snprintf(name, sizeof name, "cat_%s", a);
	ab = ring(name, size);
	snprintf(name, sizeof name, "cat_%s", b);
	ba = ring(name, size);
	if (!ab || !ba)
		return -ENOMEM;
	cat_enter_control();
	if (rte_eth_from_rings(a, &ba, 1, &ab, 1, SOCKET_ID_ANY) < 0 || rte_eth_from_rings(b, &ab, 1, &ba, 1, SOCKET_ID_ANY) < 0)
		r = -EIO;
	cat_leave_control();
	return r;
}
