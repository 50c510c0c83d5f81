/* SPDX-License-Identifier: GPL-2.0 */
/* Whether the peer of an adopted tunnel lives: told by what goes out and what comes in. Pure. */
#ifndef PLUTO_ADOPT_WATCH_H
#define PLUTO_ADOPT_WATCH_H

#include <stdint.h>

struct adopt_watch {
	uint64_t out, in;		/* packets, when it was heard last */
	uint64_t since;			/* something went out and nothing came in: from then on; 0: it is not so */
};

enum adopt_life {
	ADOPT_LIVES,
	ADOPT_SILENT,			/* it is to be asked */
	ADOPT_DEAD,
};

/* @out and @in: packets so far. Times in milliseconds: silence of @delay is too long, of @delay and @timeout is death. */
enum adopt_life adopt_watch(struct adopt_watch *w, uint64_t out, uint64_t in, uint64_t now, uint64_t delay,
			    uint64_t timeout);

#endif
