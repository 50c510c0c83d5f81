/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets of key daemons: exempt from the policies of XFRM by one of their own (IP_XFRM_POLICY), and by that from ours. */
#ifndef KLIPS_BYPASS_H
#define KLIPS_BYPASS_H

#include <net/sock.h>
#include <net/xfrm.h>

/* @sk: a full socket. RCU read lock held. */
static inline bool klips_bypasses(const struct sock *sk)
{
	const struct xfrm_policy *pol = rcu_dereference(sk->sk_policy[XFRM_POLICY_OUT]);

	return pol && pol->action == XFRM_POLICY_ALLOW && !pol->xfrm_nr;
}

#endif
