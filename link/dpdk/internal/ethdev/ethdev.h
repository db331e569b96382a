// What Go sees of DPDK. Everything else is in the .c files beside it.
#ifndef CATAMARAN_ETHDEV_H
#define CATAMARAN_ETHDEV_H

#include <stdint.h>

struct rte_mbuf;
struct rte_mempool;

#define CAT_BURST 64  // most frames in one call
#define CAT_GIVE 256  // most mbufs that wait to be given back to their pool

#define GREETING_SECONDS 10 // at most, until a peer has greeted a port that was started

#define CAT_CSUM_GOOD 1
#define CAT_CSUM_BAD 2

// A frame in an mbuf of the queue's pool.
struct cat_frame {
	void *data;
	uint32_t len;
	uint32_t index;    // of the mbuf
	uint8_t csum;      // received: CAT_CSUM_GOOD, CAT_CSUM_BAD or 0
	uint8_t more;      // the packet goes on in the next one
	uint16_t l4;       // to send: where the TCP or UDP header begins, whose checksum is the device's; or 0
	uint16_t segment;  // to send: payload of a segment that the device cuts, or 0
};

// A queue is written by its owner alone, in Go and in C.
struct cat_queue {
	struct rte_mempool *pool;
	struct rte_mbuf **mbufs; // by index
	uint32_t total;          // mbufs in the pool
	uint16_t port, queue;
	uint16_t slot;    // of the gate
	uint16_t link;    // 1: up, as last seen
	uint16_t started; // 0: the port could not be started, and is tried again
	uint16_t pieces;  // received packets of so many mbufs are given out as they are
	uint16_t ip_csum; // 1: the device computes the checksum of IPv4 headers, and must when it cuts segments
	uint16_t npending, pending_at;
	uint16_t revive;  // 1: a port that is down is stopped and started again, since its driver does not reconnect by itself
	uint32_t empties; // polls without a frame, in a row
	uint64_t look_at; // TSC cycles at which the link is looked at again
	uint64_t retry;   // and at which a port that is down is started again
	uint64_t greeting; // until when a port that was started waits for its peer
	char socket[108]; // that a port to be revived connects to
	int32_t rx_lent;  // mbufs that the driver took for receiving

	uint64_t rx_nombuf;  // frames dropped here for want of an mbuf
	uint64_t rx_long;    // frames dropped here that no mbuf can hold
	uint64_t tx_refused; // frames that the driver's prepare function refused

	uint32_t ngive;
	uint32_t give[CAT_GIVE]; // indices of mbufs for the pool
	struct rte_mbuf *pending[CAT_BURST]; // received, and not given out
	struct cat_frame rx[CAT_BURST], tx[CAT_BURST];
	uint32_t taken[CAT_BURST];
};

struct cat_port_info {
	char name[64], driver[64], bus[32], devargs[1024];
	uint8_t mac[6];
	uint16_t mtu, max_mtu;
	uint16_t max_rx_queues, max_tx_queues;
	uint64_t rss;
};

// What a port was configured to do for frames that are sent.
struct cat_offloads {
	uint16_t checksum, segmentation, ip_csum;
	uint16_t pieces; // most mbufs of a packet, received or sent
};

struct cat_port_stats {
	uint64_t missed, errors, nombuf, tx_errors;
};

// eal.c
int cat_eal_init(int argc, char **argv, int forward);
int cat_log_take(char *to, int room); // what EAL and drivers said since the last call, at most the end of it
const char *cat_runtime_dir(void);
const char *cat_strerror(int err);
int cat_errno(void);

// gate.c
int cat_gate_open(void);

// connected.c
int cat_connected(const char *path); // whether a descriptor of the process is a socket of memif that is connected to path

// port.c
int cat_port_find(const char *name, uint16_t *port);
int cat_port_valid(uint16_t port);
int cat_port_next(uint16_t from);
int cat_probe(const char *devargs);
int cat_port_info(uint16_t port, struct cat_port_info *info);
int cat_port_set_mtu(uint16_t port, uint16_t mtu);
int cat_port_configure(uint16_t port, uint16_t queues, uint16_t mtu, int offload, uint16_t *rxd, uint16_t *txd, struct cat_offloads *o);
int cat_queue_new(uint16_t port, uint16_t queue, uint32_t frames, uint16_t room, uint16_t rxd, uint16_t txd, struct cat_queue **out);
int cat_port_start(uint16_t port, int promiscuous, const uint8_t *mac);
void *cat_buf(struct rte_mbuf *m);
void cat_queue_started(struct cat_queue *q, int ok);
int cat_port_stop(uint16_t port);
int cat_port_remove(uint16_t port);
void cat_queue_detach(struct cat_queue *q); // the port is stopped: no more polls
void cat_queue_free(struct cat_queue *q);   // and its memory
int cat_port_stats(uint16_t port, struct cat_port_stats *s);

// ring.c
int cat_ring_pair(const char *a, const char *b, unsigned size);

// burst.c
int cat_rx(struct cat_queue *q, int max);
int cat_tx(struct cat_queue *q, int n);
int cat_alloc(struct cat_queue *q, int n);
void cat_give(struct cat_queue *q);
uint32_t cat_available(struct cat_queue *q);

#endif
