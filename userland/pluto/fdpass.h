/* SPDX-License-Identifier: GPL-2.0 */
/* A line of text and a descriptor with it, over a unix socket. */
#ifndef PLUTO_FDPASS_H
#define PLUTO_FDPASS_H

#include <stddef.h>
#include <sys/socket.h>

/* @to NULL: whom @sock is connected to; @fd -1: none. 0 or -errno. */
int fdpass_send(int sock, const struct sockaddr *to, socklen_t to_len, const char *text, int fd);

/* @text ends with zero, cut if it has to be; *fd is the caller's, -1: none came. Bytes of text, 0: the end, or -errno. */
int fdpass_recv(int sock, char *text, size_t size, int *fd);

#endif
