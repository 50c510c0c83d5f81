// SPDX-License-Identifier: GPL-2.0
#include "adopt_watch.h"

enum adopt_life adopt_watch(struct adopt_watch *w, uint64_t out, uint64_t in, uint64_t now, uint64_t delay,
			    uint64_t timeout)
{
	if (in != w->in || out == w->out) {
		w->out = out;
		w->in = in;
		w->since = 0;
		return ADOPT_LIVES;
	}
	if (!w->since)
		w->since = now;
	if (now - w->since < delay)
		return ADOPT_LIVES;
	return now - w->since < delay + timeout ? ADOPT_SILENT : ADOPT_DEAD;
}
