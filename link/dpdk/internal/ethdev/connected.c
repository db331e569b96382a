#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "ethdev.h"

// cat_connected looks at every descriptor: the driver does not tell its own. The name of an abstract socket follows a zero (unix(7)).
int cat_connected(const char *path)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *d;
	int found = 0;

	if (!dir)
		return 1;
	while (!found && (d = readdir(dir))) {
		struct sockaddr_un peer;
		socklen_t n = sizeof peer, m = sizeof(int);
		int type = 0, fd = atoi(d->d_name);

		memset(&peer, 0, sizeof peer);
		if (d->d_name[0] == '.' || getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &m) || type != SOCK_SEQPACKET ||
		    getpeername(fd, (struct sockaddr *)&peer, &n) || peer.sun_family != AF_UNIX)
			continue;
		found = !strncmp(peer.sun_path + !peer.sun_path[0], path, sizeof peer.sun_path - 1);
	}
	closedir(dir);
	return found;
}
