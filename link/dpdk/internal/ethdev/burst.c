#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "ethdev.h"
#include "gate.h"

#define LOOK_POLLS 256 // empty polls after which the link is looked at
#define RETRIES_PER_SECOND 10 // while nobody is there to connect to
#define GREETING_SECONDS 10

static inline uint32_t index_of(const struct rte_mbuf *m) { return *(const uint64_t *)rte_mbuf_to_priv((struct rte_mbuf *)m); }

uint32_t cat_available(struct cat_queue *q) { return rte_mempool_avail_count(q->pool); }

static void give(struct cat_queue *q)
{
	void *m[CAT_GIVE];
	for (uint32_t i = 0; i < q->ngive; i++)
		m[i] = q->mbufs[q->give[i]];
	rte_mempool_put_bulk(q->pool, m, q->ngive);
	q->ngive = 0;
}

void cat_give(struct cat_queue *q)
{
	if (q->ngive)
		give(q);
}

int cat_alloc(struct cat_queue *q, int n)
{
	void *m[CAT_BURST];
	int have = rte_mempool_avail_count(q->pool);

	if (have < n && q->ngive) {
		give(q);
		have = rte_mempool_avail_count(q->pool);
	}
	if (n > have)
		n = have;
	if (n <= 0 || rte_mempool_get_bulk(q->pool, m, n))
		return 0;
	for (int i = 0; i < n; i++)
		q->taken[i] = index_of(m[i]);
	return n;
}

// look asks for the state of the link, and starts a port again whose driver does not reconnect by itself. One that waits to be
// greeted is left alone for long: memif's driver panics at the other end when a client goes away before.
static void look(struct cat_queue *q)
{
	struct rte_eth_link link;
	uint64_t now;

	memset(&link, 0, sizeof link);
	if (q->started) {
		q->link = !rte_eth_link_get_nowait(q->port, &link) && link.link_status == RTE_ETH_LINK_UP;
		if (q->link) {
			q->retry = 0;
			return;
		}
	}
	if (!q->revive)
		return;
	now = rte_get_tsc_cycles();
	if (now < q->retry)
		return;
	if (q->started)
		rte_eth_dev_stop(q->port);
	q->started = !rte_eth_dev_start(q->port);
	q->rx_lent = 0;
	q->retry = now + (q->started ? GREETING_SECONDS * rte_get_tsc_hz() : rte_get_tsc_hz() / RETRIES_PER_SECOND);
}

// adopt makes a frame that is in mbufs of others, or in several, one of an mbuf of the queue.
static struct rte_mbuf *adopt(struct cat_queue *q, struct rte_mbuf *m)
{
	struct rte_mbuf *own;
	char *to;

	own = rte_pktmbuf_alloc(q->pool);
	if (!own) {
		q->rx_nombuf++;
		rte_pktmbuf_free(m);
		return NULL;
	}
	if (m->pkt_len > rte_pktmbuf_tailroom(own)) {
		q->rx_long++;
		rte_pktmbuf_free(m);
		rte_pktmbuf_free(own);
		return NULL;
	}
	to = rte_pktmbuf_mtod(own, char *);
	for (struct rte_mbuf *s = m; s; s = s->next) {
		memcpy(to, rte_pktmbuf_mtod(s, char *), s->data_len);
		to += s->data_len;
	}
	own->data_len = own->pkt_len = m->pkt_len;
	own->ol_flags = m->ol_flags;
	rte_pktmbuf_free(m);
	return own;
}

int cat_rx(struct cat_queue *q, int max)
{
	struct rte_mbuf *m[CAT_BURST];
	int n = 0, k, before;

	if (!cat_enter(q->slot))
		return 0;
	if (q->ngive)
		give(q);
	if (!q->started) {
		if (++q->empties % LOOK_POLLS == 1)
			look(q);
		cat_leave(q->slot);
		return 0;
	}
	before = rte_mempool_avail_count(q->pool);
	k = rte_eth_rx_burst(q->port, q->queue, m, max);
	q->rx_lent += before - (int)rte_mempool_avail_count(q->pool);
	if (k == 0) {
		if (++q->empties % LOOK_POLLS == 0)
			look(q);
		cat_leave(q->slot);
		return 0;
	}
	q->empties = 0;
	for (int i = 0; i < k; i++) {
		struct rte_mbuf *f = m[i];
		if (f->pool == q->pool)
			q->rx_lent -= f->nb_segs;
		if ((f->pool != q->pool || f->nb_segs > 1) && !(f = adopt(q, f)))
			continue;
		uint64_t csum = f->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
		q->rx[n].data = rte_pktmbuf_mtod(f, void *);
		q->rx[n].len = f->data_len;
		q->rx[n].index = index_of(f);
		q->rx[n].csum = csum == RTE_MBUF_F_RX_L4_CKSUM_GOOD ? CAT_CSUM_GOOD : csum == RTE_MBUF_F_RX_L4_CKSUM_BAD ? CAT_CSUM_BAD : 0;
		n++;
	}
	cat_leave(q->slot);
	return n;
}

int cat_tx(struct cat_queue *q, int n)
{
	struct rte_mbuf *m[CAT_BURST];
	int sent;

	if (!cat_enter(q->slot))
		return 0;
	if (q->ngive)
		give(q);
	if (!q->started || !q->link) {
		cat_leave(q->slot);
		return 0;
	}
	for (int i = 0; i < n; i++) {
		struct cat_frame *f = &q->tx[i];
		m[i] = q->mbufs[f->index];
		m[i]->ol_flags = 0;
		m[i]->data_off = (char *)f->data - (char *)m[i]->buf_addr;
		m[i]->data_len = m[i]->pkt_len = f->len;
	}
	sent = rte_eth_tx_burst(q->port, q->queue, m, n);
	cat_leave(q->slot);
	return sent;
}
