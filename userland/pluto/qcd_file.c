// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qcd_file.h"

#define PATH 300

/* Whole, and nobody else's. What others may have read is not used: they could end our peers' IKE SAs. */
static bool read_secret(const char *path, uint8_t secret[QCD_SECRET])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	uint8_t more[QCD_SECRET + 1];
	struct stat st;
	bool ok;

	if (fd < 0)
		return false;
	ok = !fstat(fd, &st) && S_ISREG(st.st_mode) && !(st.st_mode & 077) && st.st_uid == geteuid() &&
	     read(fd, more, sizeof(more)) == QCD_SECRET;
	close(fd);
	if (ok)
		memcpy(secret, more, QCD_SECRET);
	explicit_bzero(more, sizeof(more));
	return ok;
}

/* By another name first: there is never half of it. */
static bool write_secret(const char *path, const uint8_t secret[QCD_SECRET])
{
	char tmp[PATH + 8];
	bool ok;
	int fd;

	snprintf(tmp, sizeof(tmp), "%s.new", path);
	unlink(tmp);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return false;
	ok = write(fd, secret, QCD_SECRET) == QCD_SECRET && !fsync(fd);
	ok = !close(fd) && ok;
	return ok && !rename(tmp, path);
}

const char *qcd_secret(const char *dir, const uint8_t fresh[QCD_SECRET], uint8_t secret[QCD_SECRET])
{
	char path[PATH];

	memcpy(secret, fresh, QCD_SECRET);
	if (snprintf(path, sizeof(path), "%s/qcd.secret", dir) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return "the path is too long";
	}
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return "cannot make the directory";
	if (read_secret(path, secret))
		return NULL;
	return write_secret(path, fresh) ? NULL : "cannot write the file";
}
