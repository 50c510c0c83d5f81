// SPDX-License-Identifier: GPL-2.0
/* Pure: compiles in user space for its unit test. */
#include "pieces.h"

/* Bytes that are in one piece at the start of each datagram: ports, and of TCP the flags. */
#define FIRST_MIN 16

bool klips_piece_plausible(u32 from, u32 to, bool last)
{
	if (to <= from || (!last && to % 8))
		return false;
	return from ? from >= FIRST_MIN : last || to >= FIRST_MIN;
}

/* Whether the end of the datagram is where @p and the others say, all of them. */
static bool agrees(const struct klips_pieces *all, const struct klips_piece *p, bool last)
{
	if (last)
		return all->last ? all->end == p->to : all->end <= p->to;
	return !all->last || p->to < all->end;
}

enum klips_piece_fate klips_pieces_add(struct klips_pieces *all, struct klips_piece *p, bool last)
{
	struct klips_piece **at = &all->first;

	if (!agrees(all, p, last))
		return KLIPS_PIECE_OVERLAPS;
	while (*at && (*at)->to <= p->from)
		at = &(*at)->next;
	if (*at && (*at)->from < p->to)
		return (*at)->from == p->from && (*at)->to == p->to ? KLIPS_PIECE_AGAIN :
								     KLIPS_PIECE_OVERLAPS;
	if (all->count == KLIPS_PIECES_MAX)
		return KLIPS_PIECE_TOO_MANY;
	p->next = *at;
	*at = p;
	all->count++;
	all->have += p->to - p->from;
	if (p->to > all->end)
		all->end = p->to;
	all->last |= last;
	return all->last && all->have == all->end ? KLIPS_PIECE_WHOLE : KLIPS_PIECE_WAITS;
}
