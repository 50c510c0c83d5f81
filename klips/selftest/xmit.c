// SPDX-License-Identifier: GPL-2.0
/* Where sequence numbers end (RFC 4303 3.3.3), and what a packet says that it holds when it has got a larger buffer. */
#include <linux/net.h>

#include "selftest.h"

/* The number after @before is @want, 0: there is none. */
static bool test_next(struct klips_sa *sa, u64 before, u64 want)
{
	u64 seq;

	atomic64_set(&sa->seq_out, before);
	if (!take_sequence(sa, 1, &seq))
		return !want && (u64)atomic64_read(&sa->seq_out) == before;
	return seq == want;
}

static bool test_sequence(const char *name, u64 last)
{
	struct klips_sa *sa = kzalloc(sizeof(*sa), GFP_KERNEL);
	bool ok;

	if (!sa) {
		klips_selftest_fail(name, "no memory");
		return false;
	}
	sa->seq_last = last;
	ok = test_next(sa, 0, 1) && test_next(sa, last - 1, last) &&
	     test_next(sa, last, 0) && test_next(sa, last, 0) &&
	     test_next(sa, U32_MAX, last == U32_MAX ? 0 : 1ULL << 32);
	kfree(sa);
	if (ok)
		klips_selftest_ok(name);
	else
		klips_selftest_fail(name, "wrong number");
	return ok;
}

/* One that nobody else knows. */
static void test_destructor(struct sk_buff *skb)
{
}

/* A packet of @sk's gets room: it holds what it says, and the socket has paid for that until it is gone, or for nothing. */
static bool test_owner(struct sock *sk, void (*destructor)(struct sk_buff *skb))
{
	struct sk_buff *skb = alloc_skb(100, GFP_KERNEL), *roomy;
	bool ok;

	if (!skb)
		return false;
	skb_put_zero(skb, 100);
	if (destructor)
		skb_set_owner_w(skb, sk);
	else
		skb->sk = sk;
	skb->destructor = destructor ?: test_destructor;
	roomy = make_room(skb, 1000, 2000);
	ok = roomy && skb_headroom(roomy) >= 1000 && skb_tailroom(roomy) >= 2000 &&
	     roomy->truesize >= SKB_TRUESIZE(skb_end_offset(roomy)) &&
	     refcount_read(&sk->sk_wmem_alloc) == 1 + (roomy->sk ? roomy->truesize : 0);
	kfree_skb(roomy ?: skb);
	return ok && refcount_read(&sk->sk_wmem_alloc) == 1;
}

static bool test_room(const char *name)
{
	struct socket *sock;
	bool ok;

	if (sock_create_kern(&init_net, AF_INET, SOCK_DGRAM, IPPROTO_UDP, &sock)) {
		klips_selftest_fail(name, "no socket");
		return false;
	}
	ok = test_owner(sock->sk, sock_wfree) && test_owner(sock->sk, NULL);
	sock_release(sock);
	if (ok)
		klips_selftest_ok(name);
	else
		klips_selftest_fail(name, "it is not accounted, or not there");
	return ok;
}

bool klips_selftest_xmit(void)
{
	bool ok = test_sequence("sequence numbers of 32 bits", U32_MAX);

	ok = test_room("room in packets of a socket") && ok;
	return test_sequence("sequence numbers of 64 bits", U64_MAX) && ok;
}
