/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between the rooms of PF_KEY: pfkey.c has the sockets, pfkey_msg.c does what a message
 * says, pfkey_build.c writes the answers.
 */
#ifndef KLIPS_PFKEY_MSG_H
#define KLIPS_PFKEY_MSG_H

#include <linux/skbuff.h>
#include <net/sock.h>

#include "net.h"
#include "pfkey_parse.h"
#include "sa.h"

/*
 * A dump that waits for room in the receive buffer. One message is held back, because
 * the last one says that it is the last.
 */
struct klips_pfkey_dump {
	bool active;
	u8 proto;			/* IPPROTO_*, 0: all */
	unsigned long id;		/* of the last SA seen, for klips_sa_next() */
	struct sadb_msg hdr;		/* of the request */
	struct sk_buff *held;
};

struct klips_pfkey_sock {
	struct sock sk;			/* must be first: sk_alloc() */
	struct list_head node;		/* in klips_net.pfkey_sockets, RCU */
	unsigned long registered;	/* bit n: SADB_REGISTER of SA type n */
	struct mutex dump_lock;		/* protects dump; taken after kn->lock, or alone */
	struct klips_pfkey_dump dump;
};

static inline struct klips_pfkey_sock *klips_pfkey_sk(struct sock *sk)
{
	return container_of(sk, struct klips_pfkey_sock, sk);
}

/* pfkey.c; any context, nothing here sleeps. */

/* Puts @skb into the receive queue of @sk, room or not, and takes it. */
void klips_pfkey_queue(struct sock *sk, struct sk_buff *skb);

/* Tells the reader of @sk, by ENOBUFS, that it missed something. */
void klips_pfkey_lost(struct sock *sk);

/* The same where there is room, else klips_pfkey_lost() and false. Takes @skb. */
bool klips_pfkey_deliver(struct sock *sk, struct sk_buff *skb);

/* Delivers @skb to every socket of @kn, and takes it. */
void klips_pfkey_broadcast(struct klips_net *kn, struct sk_buff *skb);

/* The same to those that have registered for ESP; false: nobody got it. */
bool klips_pfkey_tell(struct klips_net *kn, struct sk_buff *skb);

/* pfkey_msg.c; process context, may sleep, no lock held. */

/*
 * Does what @msg says and answers on success. 0, or the -errno that the sender is to be
 * told: then nothing has changed and nothing has been answered.
 */
int klips_pfkey_handle(struct klips_pfkey_sock *ps,
		       const struct klips_pfkey_msg *msg);

/* Sends more of the dump that is under way, as much as the receive buffer takes. */
void klips_pfkey_dump_more(struct klips_pfkey_sock *ps);
/* Forgets it; the socket is closing. */
void klips_pfkey_dump_end(struct klips_pfkey_sock *ps);

/*
 * pfkey_build.c. Every byte of a message is zero unless it is set: no memory of the kernel
 * goes out, and no key, for nothing here reads one.
 */

/* Extensions of messages about an SA; those that the SA has nothing for are left out. */
#define KLIPS_PFKEY_NAME \
	(KLIPS_SLOT_BIT(SADB_EXT_SA) | KLIPS_SLOT_BIT(SADB_EXT_ADDRESS_SRC) | \
	 KLIPS_SLOT_BIT(SADB_EXT_ADDRESS_DST))
#define KLIPS_PFKEY_LIMITS \
	(KLIPS_SLOT_BIT(SADB_EXT_LIFETIME_HARD) | KLIPS_SLOT_BIT(SADB_EXT_LIFETIME_SOFT))
#define KLIPS_PFKEY_NAT_T \
	(KLIPS_SLOT_BIT(SADB_X_EXT_NAT_T_TYPE) | KLIPS_SLOT_BIT(SADB_X_EXT_NAT_T_SPORT) | \
	 KLIPS_SLOT_BIT(SADB_X_EXT_NAT_T_DPORT) | KLIPS_SLOT_BIT(SADB_X_EXT_NAT_T_OA) | \
	 KLIPS_SLOT_BIT(KLIPS_EXT_OA_DST) | KLIPS_SLOT_BIT(KLIPS_EXT_KEEPALIVE))
#define KLIPS_PFKEY_GROUP \
	(KLIPS_SLOT_BIT(KLIPS_EXT_SAID) | KLIPS_SLOT_BIT(KLIPS_EXT_SAID2) | \
	 KLIPS_SLOT_BIT(KLIPS_EXT_SAID3) | KLIPS_SLOT_BIT(KLIPS_EXT_SAID4))
#define KLIPS_PFKEY_SETTINGS \
	(KLIPS_PFKEY_NAME | KLIPS_PFKEY_LIMITS | KLIPS_PFKEY_NAT_T | \
	 KLIPS_SLOT_BIT(SADB_X_EXT_SA2) | KLIPS_SLOT_BIT(KLIPS_EXT_NEW_DST) | \
	 KLIPS_SLOT_BIT(KLIPS_EXT_DEVICE) | KLIPS_SLOT_BIT(KLIPS_EXT_REPLAY))
#define KLIPS_PFKEY_ALL \
	(KLIPS_PFKEY_SETTINGS | KLIPS_PFKEY_GROUP | \
	 KLIPS_SLOT_BIT(SADB_EXT_LIFETIME_CURRENT))

/* An empty buffer that has room for any message about an SA, or NULL. */
struct sk_buff *klips_pfkey_sa_alloc(gfp_t gfp);

/*
 * Writes a message with the header @hdr and those of @parts that @sa has. RCU read lock or
 * kn->lock held. Cannot fail: memory is taken before anything changes.
 */
void klips_pfkey_sa_fill(struct sk_buff *skb, const struct sadb_msg *hdr,
			 struct klips_sa *sa, u64 parts);

/* A message by hand: its header, its extensions of @bytes each, all zero, and at the end its length. */
struct sadb_msg *klips_pfkey_hdr_put(struct sk_buff *skb, const struct sadb_msg *hdr);
void *klips_pfkey_ext_put(struct sk_buff *skb, u16 type, unsigned int bytes);
void klips_pfkey_hdr_finish(struct sk_buff *skb);

/* Bytes of a sockaddr of @family in a message, and one written into them. */
unsigned int klips_pfkey_sockaddr_size(u8 family);
void klips_pfkey_sockaddr_put(void *sockaddr, u8 family, const union klips_addr *addr);

/* SADB_SAFLAGS_* of KLIPS_SA_*. */
u32 klips_pfkey_saflags(u8 flags);

/* The bytes of a request that holds no key, as the answer to it; or NULL. */
struct sk_buff *klips_pfkey_echo(const struct sadb_msg *hdr, gfp_t gfp);

/* The header of a request alone, with @err (-errno or 0); or NULL. */
struct sk_buff *klips_pfkey_plain(const struct sadb_msg *hdr, int err, gfp_t gfp);

/* The answer to REGISTER: what this kernel can do. May sleep. NULL: out of memory. */
struct sk_buff *klips_pfkey_supported(const struct sadb_msg *hdr);

#endif
