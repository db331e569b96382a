#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_devargs.h>
#include <rte_bus.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_cycles.h>

#include "ethdev.h"
#include "gate.h"

int cat_port_find(const char *name, uint16_t *port) { return rte_eth_dev_get_port_by_name(name, port); }
int cat_port_valid(uint16_t port) { return rte_eth_dev_is_valid_port(port); }
int cat_port_next(uint16_t from)
{
	uint16_t p = rte_eth_find_next(from);
	return p < RTE_MAX_ETHPORTS ? p : -1;
}

int cat_probe(const char *devargs)
{
	cat_enter_control();
	int r = rte_dev_probe(devargs);
	cat_leave_control();
	return r;
}

int cat_port_info(uint16_t port, struct cat_port_info *info)
{
	struct rte_eth_dev_info d;
	struct rte_ether_addr mac;
	int r;

	memset(info, 0, sizeof *info);
	if ((r = rte_eth_dev_info_get(port, &d)) || (r = rte_eth_macaddr_get(port, &mac)) || (r = rte_eth_dev_get_mtu(port, &info->mtu)) ||
	    (r = rte_eth_dev_get_name_by_port(port, info->name)))
		return r;
	memcpy(info->mac, mac.addr_bytes, sizeof info->mac);
	snprintf(info->driver, sizeof info->driver, "%s", d.driver_name);
	if (d.device) {
		const struct rte_devargs *args = rte_dev_devargs(d.device);
		snprintf(info->bus, sizeof info->bus, "%s", rte_bus_name(rte_dev_bus(d.device)));
		if (args && args->args)
			snprintf(info->devargs, sizeof info->devargs, "%s,%s", args->name, args->args);
	}
	info->max_mtu = d.max_mtu;
	info->max_rx_queues = d.max_rx_queues;
	info->max_tx_queues = d.max_tx_queues;
	info->rss = d.flow_type_rss_offloads;
	return 0;
}

int cat_port_set_mtu(uint16_t port, uint16_t mtu)
{
	cat_enter_control();
	int r = rte_eth_dev_set_mtu(port, mtu);
	cat_leave_control();
	return r;
}

#define RSS_WANTED (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP)
#define RX_WANTED (RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM | RTE_ETH_RX_OFFLOAD_SCATTER)
#define TX_CHECKSUM (RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM)
#define TX_SEGMENTATION (RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_MULTI_SEGS)

#define MOST_PIECES 40 // of 2 KiB: a segment of 64 KiB and its headers

int cat_port_configure(uint16_t port, uint16_t queues, uint16_t mtu, int offload, uint16_t *rxd, uint16_t *txd, struct cat_offloads *o)
{
	struct rte_eth_dev_info d;
	struct rte_eth_conf c;
	int r;

	memset(o, 0, sizeof *o);
	if ((r = rte_eth_dev_info_get(port, &d)))
		return r;
	memset(&c, 0, sizeof c);
	c.rxmode.mtu = mtu;
	c.rxmode.offloads = d.rx_offload_capa & RX_WANTED;
	if (offload)
		o->pieces = MOST_PIECES;
	if (offload && (d.tx_offload_capa & TX_CHECKSUM) == TX_CHECKSUM) {
		o->checksum = 1;
		c.txmode.offloads |= TX_CHECKSUM;
		o->ip_csum = !!(d.tx_offload_capa & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM);
		c.txmode.offloads |= d.tx_offload_capa & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM;
		uint16_t segs = d.tx_desc_lim.nb_seg_max;
		if ((d.tx_offload_capa & TX_SEGMENTATION) == TX_SEGMENTATION && (!segs || segs >= MOST_PIECES)) {
			o->segmentation = 1;
			c.txmode.offloads |= TX_SEGMENTATION;
		}
	}
	if (queues > 1) {
		c.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		c.rx_adv_conf.rss_conf.rss_hf = d.flow_type_rss_offloads & RSS_WANTED;
	}
	cat_enter_control();
	r = rte_eth_dev_configure(port, queues, queues, &c);
	if (!r)
		r = rte_eth_dev_adjust_nb_rx_tx_desc(port, rxd, txd);
	if (*txd < 2 * MOST_PIECES) // a long packet would never find room in the ring
		o->segmentation = 0;
	cat_leave_control();
	return r;
}

// number puts the index of each mbuf into its private area and the mbuf into the table.
static void number(struct rte_mempool *pool, void *arg, void *obj, unsigned i)
{
	struct cat_queue *q = arg;
	(void)pool;
	*(uint64_t *)rte_mbuf_to_priv(obj) = i;
	q->mbufs[i] = obj;
}

#define POOL_OPS "stack"

// new_pool makes a pool without caches by lcore: Go moves the owner from thread to thread, and the count of what is in the pool
// is exact. A stack gives out what was used last, which is in the cache. af_xdp's driver takes the mbufs to lie one behind the other
// (xdp_umem_configure), so there they may cross pages.
static struct rte_mempool *new_pool(uint16_t port, const char *name, uint32_t frames, uint16_t room, int socket)
{
	struct rte_pktmbuf_pool_private sizes = { .mbuf_data_room_size = room, .mbuf_priv_size = RTE_MBUF_PRIV_ALIGN };
	struct rte_eth_dev_info d;
	struct rte_mempool *pool;

	if (rte_eth_dev_info_get(port, &d) || strcmp(d.driver_name, "net_af_xdp"))
		return rte_pktmbuf_pool_create_by_ops(name, frames, 0, RTE_MBUF_PRIV_ALIGN, room, socket, POOL_OPS);
	pool = rte_mempool_create_empty(name, frames, sizeof(struct rte_mbuf) + RTE_MBUF_PRIV_ALIGN + room, 0, sizeof sizes, socket,
					RTE_MEMPOOL_F_NO_IOVA_CONTIG);
	if (!pool)
		return NULL;
	rte_pktmbuf_pool_init(pool, &sizes);
	if (rte_mempool_set_ops_byname(pool, POOL_OPS, NULL) || rte_mempool_populate_default(pool) < 0) {
		rte_mempool_free(pool);
		return NULL;
	}
	rte_mempool_obj_iter(pool, rte_pktmbuf_init, NULL);
	return pool;
}

int cat_queue_new(uint16_t port, uint16_t queue, uint32_t frames, uint16_t room, uint16_t rxd, uint16_t txd, struct cat_queue **out)
{
	static atomic_uint names;
	char name[32];
	int socket = rte_eth_dev_socket_id(port), slot, r;
	struct cat_queue *q = rte_zmalloc("catamaran", sizeof *q, 64);

	if (!q)
		return -ENOMEM;
	q->mbufs = rte_calloc("catamaran", frames, sizeof *q->mbufs, 64);
	snprintf(name, sizeof name, "catamaran%u", atomic_fetch_add(&names, 1));
	q->pool = new_pool(port, name, frames, room, socket);
	slot = cat_slot_take();
	if (!q->mbufs || !q->pool || slot < 0) {
		r = slot < 0 ? -EMFILE : -ENOMEM;
		if (slot >= 0)
			cat_slot_give(slot);
		rte_mempool_free(q->pool);
		rte_free(q->mbufs);
		rte_free(q);
		return r;
	}
	q->slot = slot;
	q->port = port;
	q->queue = queue;
	q->total = frames;
	rte_mempool_obj_iter(q->pool, number, q);
	cat_enter_control();
	if (!(r = rte_eth_rx_queue_setup(port, queue, rxd, socket, NULL, q->pool)))
		r = rte_eth_tx_queue_setup(port, queue, txd, socket, NULL);
	cat_leave_control();
	*out = q; // also after an error: the driver may know the pool, so the port is removed first
	return r;
}

void *cat_buf(struct rte_mbuf *m) { return m->buf_addr; }

// cat_port_start starts a port that delivers multicast frames, as IPv6 needs them (RFC 4861 section 7.2), and with mac, if that is
// not NULL, frames for it: by its filter, or by none. A driver that has no such switch has no filter.
int cat_port_start(uint16_t port, int promiscuous, const uint8_t *mac)
{
	int r;

	cat_enter_control();
	r = rte_eth_dev_start(port);
	if (!r && (r = rte_eth_allmulticast_enable(port)) == -ENOTSUP)
		r = 0;
	if (!r && mac) {
		struct rte_ether_addr a;
		memcpy(a.addr_bytes, mac, sizeof a.addr_bytes);
		promiscuous |= rte_eth_dev_default_mac_addr_set(port, &a) != 0;
	}
	if (!r && promiscuous && (r = rte_eth_promiscuous_enable(port)) == -ENOTSUP)
		r = 0;
	cat_leave_control();
	return r;
}

void cat_queue_started(struct cat_queue *q, int ok)
{
	struct rte_eth_link link;
	memset(&link, 0, sizeof link);
	q->started = ok;
	q->retry = 0;
	q->greeting = rte_get_tsc_cycles() + GREETING_SECONDS * rte_get_tsc_hz(); // see look
	q->rx_lent = q->total - rte_mempool_avail_count(q->pool);
	q->link = ok && !rte_eth_link_get_nowait(q->port, &link) && link.link_status == RTE_ETH_LINK_UP;
}

int cat_port_stop(uint16_t port)
{
	cat_enter_control();
	int r = rte_eth_dev_stop(port);
	cat_leave_control();
	return r;
}

// cat_port_remove closes a stopped port and takes its device away: what a driver has in the file system goes with that, and the
// device can be probed again.
int cat_port_remove(uint16_t port)
{
	struct rte_eth_dev_info d;
	int r = rte_eth_dev_info_get(port, &d);

	if (r)
		return r;
	cat_enter_control();
	r = rte_eth_dev_close(port);
	if (d.device) {
		int s = rte_dev_remove(d.device);
		if (!r)
			r = s;
	}
	cat_leave_control();
	return r;
}

void cat_queue_detach(struct cat_queue *q)
{
	while (q->npending) {
		rte_pktmbuf_free(q->pending[q->pending_at++]);
		q->npending--;
	}
	cat_slot_give(q->slot);
}

void cat_queue_free(struct cat_queue *q)
{
	rte_mempool_free(q->pool);
	rte_free(q->mbufs);
	rte_free(q);
}

int cat_port_stats(uint16_t port, struct cat_port_stats *s)
{
	struct rte_eth_stats e;
	int r = rte_eth_stats_get(port, &e);
	if (!r) {
		s->missed = e.imissed;
		s->errors = e.ierrors;
		s->nombuf = e.rx_nombuf;
		s->tx_errors = e.oerrors;
	}
	return r;
}
