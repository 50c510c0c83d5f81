/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers at random, the same in every run (xorshift, G. Marsaglia). */
#ifndef KLIPS_TESTS_RND_H
#define KLIPS_TESTS_RND_H

#ifndef RND_SEED
#define RND_SEED 88172645463325252ULL
#endif

static unsigned long long rng = RND_SEED;

/* One below @n. */
static inline unsigned int rnd(unsigned int n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (unsigned int)(rng >> 16) % n;
}

#endif
