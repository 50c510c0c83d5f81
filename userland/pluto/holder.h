/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A process that does nothing but have duplicates of pluto's sockets: it lives on when pluto is killed, and gives them to the
 * next one. It listens at the unix socket that is its descriptor 0, hears what the service manager would hear (FDSTORE=1,
 * FDSTOREREMOVE=1, FDNAME=), and ends when it has neither a socket nor a pluto.
 */
#ifndef PLUTO_HOLDER_H
#define PLUTO_HOLDER_H

#define HOLDER_ARG "--hold"		/* pluto's only argument then */
#define HOLDER_MAX 512			/* sockets; FileDescriptorStoreMax= in ipsec.service */
#define HOLDER_NAME 128
#define HOLDER_TEXT 256			/* of a message */
#define HOLDER_LAST "."			/* follows the last one that it gives; the others are names */

/* The whole of that process: its exit status. */
int holder_run(void);

#endif
