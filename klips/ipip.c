// SPDX-License-Identifier: GPL-2.0
/* IP in IP (RFC 2003, RFC 2473, RFC 4213): an SA with an outer header and no cryptography. */
#include <linux/ipsec.h>

#include "alg.h"
#include "transform.h"

static int ipip_init(struct klips_sa *sa, const struct klips_sa_def *def)
{
	if (def->mode == IPSEC_MODE_TRANSPORT)
		return -EINVAL;
	sa->alg = klips_alg_find(IPPROTO_IPIP, def->ealg, def->aalg, def->ekey_bits,
				 def->akey_bits);
	return sa->alg ? 0 : -EINVAL;
}

static void ipip_destroy(struct klips_sa *sa)
{
}

static unsigned int ipip_room(const struct klips_sa *sa)
{
	return 0;
}

static unsigned int ipip_max_payload(const struct klips_sa *sa, unsigned int room)
{
	return room;
}

static void ipip_output(struct sk_buff *skb)
{
	klips_pass(skb)->proto = klips_pass(skb)->inner_proto;
	klips_xmit_done(skb, KLIPS_OK);
}

static void ipip_input(struct sk_buff *skb)
{
	klips_pass(skb)->inner_proto = klips_pass(skb)->proto;
	klips_rcv_done(skb, KLIPS_OK);
}

const struct klips_transform klips_ipip = {
	.proto = IPPROTO_IPIP,
	.init = ipip_init,
	.destroy = ipip_destroy,
	.headroom = ipip_room,
	.tailroom = ipip_room,
	.max_payload = ipip_max_payload,
	.output = ipip_output,
	.input = ipip_input,
};
