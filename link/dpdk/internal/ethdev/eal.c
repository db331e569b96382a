#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>

#include "ethdev.h"

// What EAL and drivers say is kept, the end of it, for the errors that Go returns.
static pthread_mutex_t said_lock = PTHREAD_MUTEX_INITIALIZER;
static char said[8192];
static size_t said_len;
static FILE *err;  // stderr, which leads here while EAL starts
static FILE *user; // is told all, if the user asked for EAL's log

static ssize_t say(void *cookie, const char *text, size_t n)
{
	(void)cookie;
	size_t all = n;
	// What is critical is the last that a process says.
	int level = rte_log_cur_msg_loglevel();
	if (user || (level > 0 && level <= (int)RTE_LOG_CRIT))
		fwrite(text, 1, n, user ? user : err);
	pthread_mutex_lock(&said_lock);
	if (n > sizeof said) {
		text += n - sizeof said;
		n = sizeof said;
	}
	if (said_len + n > sizeof said) {
		size_t drop = said_len + n - sizeof said;
		memmove(said, said + drop, said_len - drop);
		said_len -= drop;
	}
	memcpy(said + said_len, text, n);
	said_len += n;
	pthread_mutex_unlock(&said_lock);
	return all;
}

int cat_log_take(char *to, int room)
{
	pthread_mutex_lock(&said_lock);
	size_t n = said_len < (size_t)room ? said_len : (size_t)room;
	memcpy(to, said + said_len - n, n);
	said_len = 0;
	pthread_mutex_unlock(&said_lock);
	return n;
}

// EAL prints its help to stdout when it does not like its arguments, and some of what it says to stderr. The C library's two
// streams, which nothing else of a Go program uses, lead to our own while it starts.
int cat_eal_init(int argc, char **argv, int forward)
{
	static FILE *stream;
	FILE *out = stdout;
	int r;

	err = stderr;
	if (!stream) {
		stream = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = say });
		if (!stream) {
			rte_errno = ENOMEM;
			return -1;
		}
		setvbuf(stream, NULL, _IOLBF, 1024);
	}
	user = forward ? err : NULL;
	rte_openlog_stream(stream);
	stdout = stderr = stream;
	r = rte_eal_init(argc, argv);
	fflush(stream);
	stdout = out;
	stderr = err;
	return r;
}

const char *cat_runtime_dir(void) { return rte_eal_get_runtime_dir(); }
const char *cat_strerror(int err) { return rte_strerror(err); }
int cat_errno(void) { return rte_errno; }
