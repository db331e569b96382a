#include <netinet/in.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_mbuf.h>

#include "ethdev.h"
#include "gate.h"

#define CLOCK_POLLS 16        // empty polls after which the clock is looked at
#define LOOKS_PER_SECOND 1000 // at the link, while nothing comes
#define RETRIES_PER_SECOND 10 // while nobody is there to connect to

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
// greeted is left alone for long: memif's driver panics at the other end when a client goes away before. The other end may also
// hang up, as long as its port is not started.
static void look(struct cat_queue *q)
{
	struct rte_eth_link link;
	uint64_t now;

	memset(&link, 0, sizeof link);
	if (q->started) {
		q->link = !rte_eth_link_get_nowait(q->port, &link) && link.link_status == RTE_ETH_LINK_UP;
		if (q->link) {
			q->retry = q->greeting = 0;
			return;
		}
	}
	if (!q->revive)
		return;
	now = rte_get_tsc_cycles();
	if (now < q->retry)
		return;
	q->retry = now + rte_get_tsc_hz() / RETRIES_PER_SECOND;
	if (q->started && now < q->greeting && cat_connected(q->socket))
		return;
	if (q->started)
		rte_eth_dev_stop(q->port);
	q->started = !rte_eth_dev_start(q->port);
	q->rx_lent = 0;
	q->greeting = now + GREETING_SECONDS * rte_get_tsc_hz();
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

// emit makes the segments of a packet the next frames of a burst.
static int emit(struct cat_queue *q, struct rte_mbuf *m, int n)
{
	uint64_t csum = m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
	uint8_t word = csum == RTE_MBUF_F_RX_L4_CKSUM_BAD ? CAT_CSUM_BAD : 0;

	// NONE: the checksum is not in the packet, but the data is sound (rte_mbuf_core.h), as from a sender on this machine.
	if (csum == RTE_MBUF_F_RX_L4_CKSUM_GOOD || csum == RTE_MBUF_F_RX_L4_CKSUM_NONE)
		word = CAT_CSUM_GOOD;
	while (m) {
		struct rte_mbuf *next = m->next;
		struct cat_frame *f = &q->rx[n++];
		f->data = rte_pktmbuf_mtod(m, void *);
		f->len = m->data_len;
		f->index = index_of(m);
		f->csum = word;
		f->more = next != NULL;
		m->next = NULL;
		m->nb_segs = 1;
		m = next;
	}
	return n;
}

// whole counts the mbufs of a packet by its chain: nb_segs has 16 bits, and a peer of vhost can send packets that are longer. It
// tells whether all are the queue's, with what they hold in their own memory. What a device writes may claim more than that.
static int whole(const struct cat_queue *q, const struct rte_mbuf *m, int *segs)
{
	int own = 1, n = 0;

	for (; m; m = m->next, n++)
		own &= m->pool == q->pool && RTE_MBUF_DIRECT(m) && (uint32_t)m->data_off + m->data_len <= m->buf_len;
	*segs = n;
	return own;
}

// receive fills pending.
static void receive(struct cat_queue *q)
{
	int before = rte_mempool_avail_count(q->pool);
	q->npending = rte_eth_rx_burst(q->port, q->queue, q->pending, CAT_BURST);
	q->pending_at = 0;
	q->rx_lent += before - (int)rte_mempool_avail_count(q->pool);
}

int cat_rx(struct cat_queue *q, int max)
{
	int n = 0;

	if (!cat_enter(q->slot))
		return 0;
	if (q->ngive)
		give(q);
	if (!q->npending && q->started)
		receive(q);
	if (!q->npending) {
		if (++q->empties % CLOCK_POLLS == 0 && rte_get_tsc_cycles() >= q->look_at) {
			look(q);
			q->look_at = rte_get_tsc_cycles() + rte_get_tsc_hz() / LOOKS_PER_SECOND;
		}
		cat_leave(q->slot);
		return 0;
	}
	q->empties = 0;
	for (; q->npending && n < max; q->npending--) {
		struct rte_mbuf *m = q->pending[q->pending_at];
		int segs, own = whole(q, m, &segs);

		if (own && q->pieces && segs > 1) {
			if (segs > max - n && segs <= q->pieces)
				break;
			if (segs > q->pieces) {
				q->rx_long++;
				rte_pktmbuf_free(m);
				m = NULL;
			}
		} else if (!own || segs > 1) {
			int lent = m->pool == q->pool ? segs : 0;
			m = adopt(q, m);
			segs = lent;
		}
		q->rx_lent -= segs;
		q->pending_at++;
		if (m)
			n = emit(q, m, n);
	}
	cat_leave(q->slot);
	return n;
}

// offload asks for what a packet to send wants of the device (rte_mbuf_core.h). head is its first mbuf.
static void offload(const struct cat_queue *q, struct rte_mbuf *head, const struct cat_frame *f)
{
	uint8_t *ip = rte_pktmbuf_mtod_offset(head, uint8_t *, RTE_ETHER_HDR_LEN), *l4 = rte_pktmbuf_mtod_offset(head, uint8_t *, f->l4);
	int v4 = ip[0] >> 4 == 4, tcp = (v4 ? ip[9] : ip[6]) == IPPROTO_TCP;

	head->l2_len = RTE_ETHER_HDR_LEN;
	head->l3_len = f->l4 - RTE_ETHER_HDR_LEN;
	head->ol_flags = (v4 ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6) | (tcp ? RTE_MBUF_F_TX_TCP_CKSUM : RTE_MBUF_F_TX_UDP_CKSUM);
	if (!f->segment)
		return;
	head->l4_len = (l4[12] >> 4) * 4;
	head->tso_segsz = f->segment;
	head->ol_flags |= RTE_MBUF_F_TX_TCP_SEG;
	if (v4 && q->ip_csum) {
		head->ol_flags |= RTE_MBUF_F_TX_IP_CKSUM;
		ip[10] = ip[11] = 0;
	}
	// DPDK wants the sum over the pseudo-header without the length. It is computed anew, since a packet that the driver did not take
	// comes again. A driver with a prepare function writes its own.
	uint16_t sum = v4 ? rte_ipv4_phdr_cksum((struct rte_ipv4_hdr *)ip, head->ol_flags) : rte_ipv6_phdr_cksum((struct rte_ipv6_hdr *)ip, head->ol_flags);
	memcpy(l4 + 16, &sum, sizeof sum);
}

int cat_tx(struct cat_queue *q, int n)
{
	struct rte_mbuf *m[CAT_BURST];
	int first[CAT_BURST + 1], packets = 0, ready, sent, offloads = 0;

	if (!cat_enter(q->slot))
		return 0;
	if (q->ngive)
		give(q);
	if (!q->started || !q->link) {
		cat_leave(q->slot);
		return 0;
	}
	for (int i = 0; i < n; packets++) {
		struct rte_mbuf *head = NULL, *last = NULL;
		first[packets] = i;
		for (int more = 1; more; i++) {
			struct cat_frame *f = &q->tx[i];
			struct rte_mbuf *s = q->mbufs[f->index];
			s->ol_flags = 0;
			s->data_off = (char *)f->data - (char *)s->buf_addr;
			s->data_len = s->pkt_len = f->len;
			if (last) {
				last->next = s;
				head->nb_segs++;
				head->pkt_len += f->len;
			} else {
				head = s;
			}
			last = s;
			more = f->more;
		}
		m[packets] = head;
		if (q->tx[first[packets]].l4) {
			offload(q, head, &q->tx[first[packets]]);
			offloads = 1;
		}
	}
	first[packets] = n;
	ready = offloads ? rte_eth_tx_prepare(q->port, q->queue, m, packets) : packets;
	sent = rte_eth_tx_burst(q->port, q->queue, m, ready);
	if (sent == ready && ready < packets) { // the driver refuses to send this one
		rte_pktmbuf_free(m[sent++]);
		q->tx_refused++;
	}
	cat_leave(q->slot);
	for (int i = first[sent]; i < n; i++) { // stays the caller's
		struct rte_mbuf *s = q->mbufs[q->tx[i].index];
		s->next = NULL;
		s->nb_segs = 1;
	}
	return first[sent];
}
