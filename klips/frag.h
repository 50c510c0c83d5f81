/* SPDX-License-Identifier: GPL-2.0 */
/* Fragments put together again, where the whole is needed to decide on it. */
#ifndef KLIPS_FRAG_H
#define KLIPS_FRAG_H

#include <linux/skbuff.h>
#include <klips/types.h>

struct klips_dev;
struct klips_net;

/* Whose fragments these are: those of different ones do not mix. */
struct klips_frag_from {
	struct klips_net *kn;
	struct klips_dev *kd;		/* counts what is lost; NULL: it is in the journal only */
	u32 user;			/* 0, or in: by which SA they came, its id */
	bool inbound;
};

/*
 * Takes a fragment, with skb->data at its IP header; skb->cb is lost. KLIPS_OK: *@skb is the whole datagram now, which may
 * be cut again by whoever sends it, and *@largest the size of its largest fragment. KLIPS_FRAG_WAITS: it was taken, and
 * will be counted when its fate is known. Else why it is dropped: it is still the caller's.
 *
 * A datagram counts as one packet, when it is whole. Each fragment of one that never is counts as one that came and was
 * dropped. RCU read lock held, BH off.
 */
#define KLIPS_FRAG_WAITS (KLIPS_OK + 1)

int klips_frag_gather(const struct klips_frag_from *from, struct sk_buff **skb, unsigned int *largest);

/* Drops what waits on @kd, which is about to go: it holds references on the device. May sleep. */
void klips_frag_flush(struct klips_net *kn, struct klips_dev *kd);

int klips_frag_net_init(struct klips_net *kn);
/* No device of the namespace is left. */
void klips_frag_net_exit(struct klips_net *kn);

/* What a namespace has, and may have. */
struct klips_frag_limits {
	unsigned int datagrams, max_datagrams;
	unsigned int kbytes, max_kbytes;
	unsigned long lost;		/* datagrams that had to go for others */
};

void klips_frag_limits(struct klips_net *kn, struct klips_frag_limits *limits);

#endif
