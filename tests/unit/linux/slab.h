/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's allocator for unit tests. After unit_fail_after allocations one fails, if it is not negative. */
#ifndef KLIPS_UNIT_SLAB_H
#define KLIPS_UNIT_SLAB_H

#include <stddef.h>
#include <stdlib.h>

#define GFP_KERNEL_ACCOUNT 0
#define GFP_ATOMIC 0

extern int unit_fail_after;

static inline int unit_alloc_fails(void)
{
	return unit_fail_after >= 0 && !unit_fail_after--;
}

static inline void *kzalloc(size_t size, int flags)
{
	(void)flags;
	return unit_alloc_fails() ? NULL : calloc(1, size);
}

static inline void *krealloc(void *p, size_t size, int flags)
{
	(void)flags;
	return unit_alloc_fails() ? NULL : realloc(p, size);
}

#define kfree(p) free(p)
#define kfree_rcu(p, member) free(p)
#define call_rcu(head, free_it) free_it(head)
#ifndef container_of
#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))
#endif

#endif
