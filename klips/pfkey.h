/* SPDX-License-Identifier: GPL-2.0 */
/* The PF_KEY socket and its messages. */
#ifndef KLIPS_PFKEY_H_INTERNAL
#define KLIPS_PFKEY_H_INTERNAL

#include <linux/types.h>

struct klips_hold;
struct klips_net;
struct klips_sa;
struct net;
union klips_addr;

/*
 * Whether klips serves @net: only namespaces of the first user namespace, unless the
 * module parameter unprivileged_userns=1 says otherwise. Any context.
 */
bool klips_pfkey_serves(const struct net *net);

/* Registers family PF_KEY; -EEXIST where af_key has it (says so and what to type). */
int klips_pfkey_init(void);
void klips_pfkey_exit(void);

int klips_pfkey_net_init(struct klips_net *kn);
void klips_pfkey_net_exit(struct klips_net *kn);

/* Sends SADB_EXPIRE for a soft or hard limit to all sockets. Any context; never sleeps. */
void klips_pfkey_expire(struct klips_sa *sa, bool hard);

/*
 * Sends SADB_X_NAT_T_NEW_MAPPING to all sockets: an authenticated packet of @sa came from
 * @src (family of the SA), UDP port @sport. Any context; never sleeps.
 */
void klips_pfkey_new_mapping(struct klips_sa *sa, const union klips_addr *src,
			     __be16 sport);

/* Whether somebody has registered for ESP, to hear of traps. Any context; never sleeps. */
bool klips_pfkey_listens(struct klips_net *kn);

/*
 * Sends the SADB_ACQUIRE of @h to all who have registered for ESP; false: nobody got it. Any context, no lock
 * of @h held; never sleeps.
 */
bool klips_pfkey_acquire(struct klips_hold *h);

#endif
