// Ping-pong of one frame over a port of DPDK, with nothing between the program and rte_eth_rx_burst and rte_eth_tx_burst: the floor
// that package link/dpdk is measured against. Both ends poll.
//
//	pingpong server --eal ARGS                            until SIGTERM
//	pingpong client --eal ARGS --size N --duration MS     prints one line of JSON, latencies in microseconds
//	pingpong --version
//
// A frame is Ethernet, IPv4 and UDP headers and N bytes of payload, a number in the first eight. The server swaps addresses and
// ports in place. A frame with the number of all ones is the last: the server answers it and polls no more, because memif's
// driver takes its rings down under a poll when the client goes.
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_version.h>

#define DESCRIPTORS 1024
#define MBUFS 8192 // as link/dpdk has by default
#define BURST 64
#define IP_AT 14
#define UDP_AT 34
#define PAYLOAD_AT 42
#define LAST UINT64_MAX
#define RESEND 50000000 // ns until a frame, or the reply to it, is taken for lost
#define LINK_UP 10000000000 // ns that the peer may take to come

#define BUCKETS (1 << 20) // of the histogram, 1 ns each; the last has what is above
#define PORT 0

static volatile sig_atomic_t stopped;
static struct rte_mempool *pool;
static uint32_t histogram[BUCKETS];

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static void die(const char *what, int err)
{
	fprintf(stderr, "pingpong: %s: %s\n", what, err ? rte_strerror(err < 0 ? -err : err) : "wrong");
	exit(1);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// start_eal starts EAL with arguments that spaces are between.
static void start_eal(char *args)
{
	char *argv[64] = {"pingpong"};
	int argc = 1;

	for (char *a = strtok(args, " "); a; a = strtok(NULL, " ")) {
		if (argc == 63)
			die("too many arguments for EAL", 0);
		argv[argc++] = a;
	}
	if (rte_eal_init(argc, argv) < 0)
		die("start EAL", rte_errno);
	if (rte_eth_dev_count_avail() != 1)
		die("the number of ports of EAL is not 1", 0);
}

static void start_port(void)
{
	struct rte_eth_conf conf;
	uint16_t rxd = DESCRIPTORS, txd = DESCRIPTORS;
	int err;

	memset(&conf, 0, sizeof conf);
	pool = rte_pktmbuf_pool_create("frames", MBUFS, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, rte_socket_id());
	if (!pool)
		die("make a pool of mbufs", rte_errno);
	if ((err = rte_eth_dev_configure(PORT, 1, 1, &conf)) || (err = rte_eth_dev_adjust_nb_rx_tx_desc(PORT, &rxd, &txd)))
		die("configure the port", err);
	if ((err = rte_eth_rx_queue_setup(PORT, 0, rxd, rte_eth_dev_socket_id(PORT), NULL, pool)) ||
	    (err = rte_eth_tx_queue_setup(PORT, 0, txd, rte_eth_dev_socket_id(PORT), NULL)))
		die("set up queues", err);
	if ((err = rte_eth_dev_start(PORT)))
		die("start the port", err);
}

static void end(void)
{
	rte_eth_dev_stop(PORT);
	rte_eth_dev_close(PORT);
	rte_eal_cleanup();
}

static uint64_t number(const uint8_t *b)
{
	uint64_t n;

	memcpy(&n, b + PAYLOAD_AT, sizeof n);
	return n;
}

// is_udp tells a frame of the ping-pong from others.
static bool is_udp(const struct rte_mbuf *m)
{
	const uint8_t *b = rte_pktmbuf_mtod(m, const uint8_t *);

	return m->nb_segs == 1 && m->data_len >= PAYLOAD_AT + 8 && b[12] == 0x08 && b[13] == 0x00 && b[IP_AT] == 0x45 && b[IP_AT + 9] == 17;
}

static void swap(uint8_t *a, uint8_t *b, int n)
{
	uint8_t t[8];

	memcpy(t, a, n);
	memcpy(a, b, n);
	memcpy(b, t, n);
}

static void send_frame(struct rte_mbuf *m)
{
	if (rte_eth_tx_burst(PORT, 0, &m, 1) == 0)
		rte_pktmbuf_free(m);
}

static void serve(void)
{
	struct rte_mbuf *m[BURST];
	bool last = false;

	printf("listening on port %d\n", PORT);
	fflush(stdout);
	while (!stopped && !last) {
		int n = rte_eth_rx_burst(PORT, 0, m, BURST);

		for (int i = 0; i < n; i++) {
			uint8_t *b = rte_pktmbuf_mtod(m[i], uint8_t *);

			if (!is_udp(m[i])) {
				rte_pktmbuf_free(m[i]);
				continue;
			}
			last = last || number(b) == LAST;
			swap(b, b + 6, 6);
			swap(b + IP_AT + 12, b + IP_AT + 16, 4);
			swap(b + UDP_AT, b + UDP_AT + 2, 2);
			send_frame(m[i]);
		}
	}
	while (!stopped)
		usleep(10000);
}

// exchange sends a frame with a number and polls for its reply, which has the same payload. It returns how long that took, in ns,
// and 0 if no reply came.
static uint64_t exchange(uint8_t *frame, int len, uint64_t n)
{
	struct rte_mbuf *burst[BURST], *m = rte_pktmbuf_alloc(pool);
	uint64_t start, took;
	bool answered = false;

	if (!m)
		die("take an mbuf", ENOMEM);
	memcpy(frame + PAYLOAD_AT, &n, sizeof n);
	memcpy(rte_pktmbuf_mtod(m, void *), frame, len);
	m->data_len = m->pkt_len = len;
	start = now();
	send_frame(m);
	for (int i = 1; i % 256 || now() - start < RESEND; i++) {
		int got = rte_eth_rx_burst(PORT, 0, burst, BURST);

		if (got == 0)
			continue;
		took = now() - start;
		for (int k = 0; k < got; k++) {
			const uint8_t *b = rte_pktmbuf_mtod(burst[k], const uint8_t *);

			// A late reply to an earlier frame has another number.
			answered = answered || (is_udp(burst[k]) && burst[k]->data_len == len &&
				!memcmp(b + IP_AT + 16, frame + IP_AT + 12, 4) && !memcmp(b + PAYLOAD_AT, frame + PAYLOAD_AT, len - PAYLOAD_AT));
		}
		rte_pktmbuf_free_bulk(burst, got);
		if (answered)
			return took ? took : 1;
	}
	return 0;
}

static double percentile(uint64_t requests, double percent)
{
	uint64_t want = requests * percent / 100, sum = 0;

	for (int i = 0; i < BUCKETS; i++) {
		sum += histogram[i];
		if (sum >= want && sum > 0)
			return i / 1e3;
	}
	return 0;
}

static void await_link(void)
{
	struct rte_eth_link link;

	for (uint64_t start = now(); now() - start < LINK_UP && !stopped; usleep(1000)) {
		memset(&link, 0, sizeof link);
		if (!rte_eth_link_get_nowait(PORT, &link) && link.link_status == RTE_ETH_LINK_UP)
			return;
	}
	die("wait for the server", ETIMEDOUT);
}

static void drive(int size, int ms)
{
	static const uint8_t head[PAYLOAD_AT] = {255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 8, 0,
		0x45, [IP_AT + 8] = 64, 17, 0, 0, 10, 99, 0, 11, 10, 99, 0, 12, 0x1b, 0x58, 0x1b, 0x58};
	uint8_t frame[2048] = {0};
	int len = PAYLOAD_AT + size;
	uint64_t requests = 0, lost = 0, max = 0, begin, until, elapsed;

	memcpy(frame, head, sizeof head);
	frame[IP_AT + 3] = len - IP_AT; // at most 255 bytes
	frame[UDP_AT + 5] = len - UDP_AT;
	await_link();
	begin = now();
	until = begin + (uint64_t)ms * 1000000;
	for (uint64_t n = 1; now() < until && !stopped; n++) {
		uint64_t took = exchange(frame, len, n);

		if (!took) {
			lost++;
			continue;
		}
		requests++;
		max = took > max ? took : max;
		histogram[took < BUCKETS ? took : BUCKETS - 1]++;
	}
	elapsed = now() - begin;
	exchange(frame, len, LAST);
	// A server that has lost its core for a while is late; more is an error.
	printf("{\"requests\":%" PRIu64 ",\"rate\":%.1f,\"p50_us\":%.3f,\"p90_us\":%.3f,\"p99_us\":%.3f,\"p999_us\":%.3f,\"max_us\":%.3f,"
		"\"errors\":%" PRIu64 "}\n", requests, requests * 1e9 / elapsed, percentile(requests, 50), percentile(requests, 90),
		percentile(requests, 99), percentile(requests, 99.9), max / 1e3, lost * 100 > requests ? lost : 0);
}

int main(int argc, char **argv)
{
	char *eal = NULL;
	int size = 22, ms = 2000;

	if (argc == 2 && !strcmp(argv[1], "--version")) {
		printf("%s\n", rte_version());
		return 0;
	}
	for (int i = 2; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--eal"))
			eal = argv[i + 1];
		else if (!strcmp(argv[i], "--size"))
			size = atoi(argv[i + 1]);
		else if (!strcmp(argv[i], "--duration"))
			ms = atoi(argv[i + 1]);
	}
	if (argc < 4 || !eal || size < 8 || size > 200 || ms < 1 || (strcmp(argv[1], "server") && strcmp(argv[1], "client"))) {
		fprintf(stderr, "usage: pingpong server|client --eal ARGS [--size N] [--duration MS]\n");
		return 2;
	}
	signal(SIGTERM, stop);
	signal(SIGINT, stop);
	start_eal(eal);
	start_port();
	if (!strcmp(argv[1], "server"))
		serve();
	else
		drive(size, ms);
	end();
	return 0;
}
