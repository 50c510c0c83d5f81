/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which bytes of a datagram its fragments have brought (RFC 791, RFC 8200 4.5). Pure, no skb in here.
 */
#ifndef KLIPS_PIECES_H
#define KLIPS_PIECES_H

#include "pure.h"

/* Of one datagram. Whoever makes them so small that 64 KiB need more gets nothing through. */
#define KLIPS_PIECES_MAX 128

/* Bytes [from, to) of what follows the header; to > from. */
struct klips_piece {
	struct klips_piece *next;
	u32 from;
	u32 to;
};

struct klips_pieces {
	struct klips_piece *first;	/* in their order, no two overlap */
	u32 count;
	u32 have;			/* bytes in all of them */
	u32 end;			/* where the furthest one ends */
	bool last;			/* the last one is there: @end is that of the datagram */
};

enum klips_piece_fate {
	KLIPS_PIECE_WAITS,		/* taken, others are missing */
	KLIPS_PIECE_WHOLE,		/* taken, it was the last that was missing */
	KLIPS_PIECE_AGAIN,		/* the very bytes are there: not taken */
	KLIPS_PIECE_OVERLAPS,		/* not taken: they cannot be of one datagram (RFC 5722) */
	KLIPS_PIECE_TOO_MANY,		/* not taken */
};

/* Whether the datagram may be cut there: no piece of it is so small that it does not show the ports (RFC 1858, RFC 3128). */
bool klips_piece_plausible(u32 from, u32 to, bool last);

/* Takes @p, with from and to, or not. @last: no other follows it. */
enum klips_piece_fate klips_pieces_add(struct klips_pieces *all, struct klips_piece *p, bool last);

#endif
