/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's lists, as far as klips uses them in what is pure, for unit tests. */
#ifndef KLIPS_UNIT_LIST_H
#define KLIPS_UNIT_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list_head {
	struct list_head *next, *prev;
};

#define list_entry(at, type, member) ((type *)((char *)(at) - offsetof(type, member)))
#define list_first_entry(head, type, member) list_entry((head)->next, type, member)
#define list_for_each_entry(at, head, member) \
	for (at = list_entry((head)->next, __typeof__(*at), member); &at->member != (head); \
	     at = list_entry(at->member.next, __typeof__(*at), member))

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline void list_add(struct list_head *at, struct list_head *head)
{
	at->next = head->next;
	at->prev = head;
	head->next->prev = at;
	head->next = at;
}

static inline void list_add_tail(struct list_head *at, struct list_head *head)
{
	list_add(at, head->prev);
}

static inline void list_del(struct list_head *at)
{
	at->next->prev = at->prev;
	at->prev->next = at->next;
}

static inline void list_del_init(struct list_head *at)
{
	list_del(at);
	INIT_LIST_HEAD(at);
}

static inline void list_move_tail(struct list_head *at, struct list_head *head)
{
	list_del(at);
	list_add_tail(at, head);
}

#endif
