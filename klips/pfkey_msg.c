// SPDX-License-Identifier: GPL-2.0
/*
 * What each PF_KEY message does. Memory for the answer is taken first, the change
 * comes last: a message that is refused, for whatever reason, changes nothing. Answers
 * leave under kn->lock, so listeners see changes in the order in which they happened.
 */
#include <linux/ipsec.h>

#include "debug.h"
#include "device.h"
#include "eroute.h"
#include "hold.h"
#include "pfkey.h"
#include "pfkey_msg.h"
#include "transform.h"

/* SPIs that are ours to choose from, where GETSPI names none. */
#define SPI_FIRST 0x1000
#define SPI_LAST 0xffffffff
#define CPI_FIRST 0x100		/* of IPCOMP; above: for private use (RFC 3173 3.3) */
#define CPI_LAST 0xefff

static struct klips_net *net_of(struct klips_pfkey_sock *ps)
{
	return klips_net(sock_net(&ps->sk));
}

/* The SA that a message is about. */
static void read_said(const struct klips_pfkey_msg *msg, struct klips_said *said)
{
	const struct sadb_sa *sa = klips_pfkey_ext(msg, SADB_EXT_SA);
	struct klips_pfkey_addr dst;

	klips_pfkey_address(msg, SADB_EXT_ADDRESS_DST, &dst);
	memset(said, 0, sizeof(*said));
	said->dst = dst.addr;
	said->family = dst.family;
	said->spi = sa ? sa->sadb_sa_spi : 0;
	said->proto = klips_pfkey_proto(msg->hdr->sadb_msg_satype);
}

/* The SA that KLIPS_EXT_SAID or one like it names; false: there is no @type. */
static bool read_named(const struct klips_pfkey_msg *msg, u16 type,
		       struct klips_said *said)
{
	const struct klips_ext_said *ext = klips_pfkey_ext(msg, type);
	struct klips_pfkey_addr dst;

	memset(said, 0, sizeof(*said));
	if (!ext)
		return false;
	klips_pfkey_sockaddr(ext + 1, &dst);
	said->dst = dst.addr;
	said->family = dst.family;
	said->spi = ext->spi;
	said->proto = klips_pfkey_proto(ext->satype);
	return true;
}

/* Id of the device that the message names, 0 where it names none; -ENODEV. */
static int read_device(struct klips_net *kn, const struct klips_pfkey_msg *msg,
		       u32 *id)
{
	const struct klips_ext_device *ext = klips_pfkey_ext(msg, KLIPS_EXT_DEVICE);
	struct klips_dev *kd;

	*id = 0;
	if (!ext)
		return 0;
	rcu_read_lock();
	kd = klips_device_by_name(kn, ext->name);
	if (kd)
		*id = kd->id;
	rcu_read_unlock();
	return kd ? 0 : -ENODEV;
}

static void read_limits(const struct klips_pfkey_msg *msg, u16 type,
			struct klips_limits *limits)
{
	const struct sadb_lifetime *ext = klips_pfkey_ext(msg, type);

	if (!ext)
		return;
	limits->packets = ext->sadb_lifetime_allocations;
	limits->bytes = ext->sadb_lifetime_bytes;
	limits->addtime = ext->sadb_lifetime_addtime;
	limits->usetime = ext->sadb_lifetime_usetime;
}

static void read_key(const struct klips_pfkey_msg *msg, u16 type, const u8 **key,
		     unsigned int *bits)
{
	const struct sadb_key *ext = klips_pfkey_ext(msg, type);

	if (!ext)
		return;
	*key = (const u8 *)(ext + 1);
	*bits = ext->sadb_key_bits;
}

static void read_replay(const struct klips_pfkey_msg *msg, struct klips_sa_def *def)
{
	const struct klips_ext_replay *ext = klips_pfkey_ext(msg, KLIPS_EXT_REPLAY);
	const struct sadb_sa *sa = klips_pfkey_ext(msg, SADB_EXT_SA);

	def->window = ext ? ext->window : sa->sadb_sa_replay;
	def->esn = ext && ext->flags & KLIPS_REPLAY_ESN;
}

static __be16 read_port(const struct klips_pfkey_msg *msg, u16 type)
{
	const struct sadb_x_nat_t_port *ext = klips_pfkey_ext(msg, type);

	return ext->sadb_x_nat_t_port_port;
}

/* Into @addr, where the message has it. */
static bool read_host(const struct klips_pfkey_msg *msg, u16 type,
		      union klips_addr *addr)
{
	struct klips_pfkey_addr host;

	if (!klips_pfkey_address(msg, type, &host))
		return false;
	*addr = host.addr;
	return true;
}

/* ESP in UDP. An original address that is not given is the one that packets have. */
static void read_encap(const struct klips_pfkey_msg *msg, struct klips_sa_def *def)
{
	const struct klips_ext_keepalive *keepalive =
		klips_pfkey_ext(msg, KLIPS_EXT_KEEPALIVE);
	const struct sadb_x_nat_t_type *type =
		klips_pfkey_ext(msg, SADB_X_EXT_NAT_T_TYPE);
	struct klips_encap *encap = &def->encap;

	def->encap_set = def->moved;
	if (!type)
		return;
	def->encap_set = true;
	encap->type = type->sadb_x_nat_t_type_type;
	encap->sport = read_port(msg, SADB_X_EXT_NAT_T_SPORT);
	encap->dport = read_port(msg, SADB_X_EXT_NAT_T_DPORT);
	encap->keepalive = keepalive ? keepalive->seconds : 0;
	encap->oa_src = def->src;
	encap->oa_dst = def->said.dst;
	if (read_host(msg, SADB_X_EXT_NAT_T_OA, &encap->oa_src))
		encap->oa_set = true;
	if (read_host(msg, KLIPS_EXT_OA_DST, &encap->oa_dst))
		encap->oa_set = true;
}

static u8 read_flags(const struct sadb_sa *sa)
{
	return (sa->sadb_sa_flags & SADB_SAFLAGS_NOPMTUDISC ? KLIPS_SA_NOPMTUDISC : 0) |
	       (sa->sadb_sa_flags & SADB_SAFLAGS_DECAP_DSCP ? KLIPS_SA_DECAP_DSCP : 0) |
	       (sa->sadb_sa_flags & SADB_SAFLAGS_NOECN ? KLIPS_SA_NOECN : 0) |
	       (sa->sadb_sa_flags & KLIPS_SAFLAGS_FRAGMENTS ? KLIPS_SA_FRAGMENTS : 0);
}

/* All that ADD and UPDATE say about an SA; keys stay where they are. */
static int read_def(struct klips_net *kn, const struct klips_pfkey_msg *msg,
		    struct klips_sa_def *def)
{
	const struct sadb_x_sa2 *sa2 = klips_pfkey_ext(msg, SADB_X_EXT_SA2);
	const struct sadb_sa *sa = klips_pfkey_ext(msg, SADB_EXT_SA);

	memset(def, 0, sizeof(*def));
	read_said(msg, &def->said);
	read_host(msg, SADB_EXT_ADDRESS_SRC, &def->src);
	def->moved = read_host(msg, KLIPS_EXT_NEW_DST, &def->dst);
	def->flags = read_flags(sa);
	def->mode = sa2 ? sa2->sadb_x_sa2_mode : IPSEC_MODE_ANY;
	def->reqid = sa2 ? sa2->sadb_x_sa2_reqid : 0;
	def->ealg = sa->sadb_sa_encrypt;
	def->aalg = sa->sadb_sa_auth;
	read_key(msg, SADB_EXT_KEY_ENCRYPT, &def->ekey, &def->ekey_bits);
	read_key(msg, SADB_EXT_KEY_AUTH, &def->akey, &def->akey_bits);
	read_replay(msg, def);
	read_encap(msg, def);
	read_limits(msg, SADB_EXT_LIFETIME_SOFT, &def->soft);
	read_limits(msg, SADB_EXT_LIFETIME_HARD, &def->hard);
	return read_device(kn, msg, &def->device);
}

static int handle_add(struct klips_net *kn, const struct klips_pfkey_msg *msg,
		      struct sk_buff *skb)
{
	struct klips_sa_def def;
	int err;

	err = read_def(kn, msg, &def);
	if (err)
		return err;
	if (msg->hdr->sadb_msg_type == SADB_ADD)
		err = klips_sa_add(kn, &def);
	else
		err = klips_sa_update(kn, &def);
	if (err)
		return err;
	klips_pfkey_sa_fill(skb, msg->hdr, klips_sa_lookup(kn, &def.said),
			    KLIPS_PFKEY_SETTINGS);
	return 0;
}

static int handle_getspi(struct klips_net *kn, const struct klips_pfkey_msg *msg,
			 struct sk_buff *skb)
{
	const struct sadb_spirange *range = klips_pfkey_ext(msg, SADB_EXT_SPIRANGE);
	u32 min = SPI_FIRST, max = SPI_LAST;
	struct klips_said said;
	union klips_addr src;
	int err;

	read_said(msg, &said);
	read_host(msg, SADB_EXT_ADDRESS_SRC, &src);
	if (range && range->sadb_spirange_max) {
		min = range->sadb_spirange_min;
		max = range->sadb_spirange_max;
	} else if (said.proto == IPPROTO_COMP) {
		min = CPI_FIRST;
		max = CPI_LAST;
	}
	err = klips_sa_getspi(kn, &said, &src, min, max);
	if (err)
		return err;
	klips_pfkey_sa_fill(skb, msg->hdr, klips_sa_lookup(kn, &said),
			    KLIPS_PFKEY_NAME);
	return 0;
}

/*
 * The SA that @msg names, or NULL. A source address, where it is given and not 0, must be that
 * of the SA. kn->lock held.
 */
static struct klips_sa *find_sa(struct klips_net *kn,
				const struct klips_pfkey_msg *msg)
{
	static const union klips_addr any;
	struct klips_pfkey_addr src;
	struct klips_said said;
	struct klips_sa *sa;

	read_said(msg, &said);
	sa = klips_sa_lookup(kn, &said);
	if (!sa || !klips_pfkey_address(msg, SADB_EXT_ADDRESS_SRC, &src))
		return sa;
	if (memcmp(&src.addr, &any, sizeof(any)) &&
	    memcmp(&src.addr, &sa->src, sizeof(sa->src)))
		return NULL;
	return sa;
}

/* The SA and, with it, its group: the answer names the one that was asked for. */
static int handle_delete(struct klips_net *kn, const struct klips_pfkey_msg *msg,
			 struct sk_buff *skb)
{
	struct klips_sa *sa = find_sa(kn, msg);

	if (!sa)
		return -ESRCH;
	klips_pfkey_sa_fill(skb, msg->hdr, sa, KLIPS_PFKEY_NAME);
	return klips_sa_delete(kn, &sa->said);
}

static int handle_get(struct klips_net *kn, const struct klips_pfkey_msg *msg,
		      struct sk_buff *skb)
{
	struct klips_sa *sa = find_sa(kn, msg);

	if (!sa)
		return -ESRCH;
	klips_pfkey_sa_fill(skb, msg->hdr, sa, KLIPS_PFKEY_ALL);
	return 0;
}

static int handle_flush(struct klips_net *kn, const struct klips_pfkey_msg *msg,
			struct sk_buff *skb)
{
	klips_sa_flush(kn, klips_pfkey_proto(msg->hdr->sadb_msg_satype));
	return 0;
}

static int handle_group(struct klips_net *kn, const struct klips_pfkey_msg *msg,
			struct sk_buff *skb)
{
	struct klips_said saids[KLIPS_GROUP_MAX];
	unsigned int count = 0;

	while (count < KLIPS_GROUP_MAX &&
	       read_named(msg, klips_pfkey_member(count), &saids[count]))
		count++;
	return klips_sa_group(kn, saids, count);
}

/* All bits of a port that is given, none of one that is not. */
static __be16 whole_port(__be16 port)
{
	return port ? htons(0xffff) : 0;
}

/* The selector of a flow, in canonical form; else -EINVAL. */
static int read_selector(const struct klips_pfkey_msg *msg, u32 device,
			 struct klips_selector *sel)
{
	const struct klips_ext_portmask *mask = klips_pfkey_ext(msg, KLIPS_EXT_PORTMASK);
	struct klips_pfkey_addr src, dst;

	klips_pfkey_address(msg, SADB_EXT_ADDRESS_SRC, &src);
	klips_pfkey_address(msg, SADB_EXT_ADDRESS_DST, &dst);
	memset(sel, 0, sizeof(*sel));
	sel->family = src.family;
	sel->src_plen = src.plen;
	sel->dst_plen = dst.plen;
	sel->proto = src.proto;
	sel->sport = src.port;
	sel->dport = dst.port;
	sel->sport_mask = mask ? mask->src : whole_port(src.port);
	sel->dport_mask = mask ? mask->dst : whole_port(dst.port);
	sel->device = device;
	sel->src = src.addr;
	sel->dst = dst.addr;
	return klips_selector_check(sel);
}

static int handle_addflow(struct klips_net *kn, const struct klips_pfkey_msg *msg,
			  struct sk_buff *skb)
{
	const struct klips_ext_target *target = klips_pfkey_ext(msg, KLIPS_EXT_TARGET);
	bool replace = target->flags & KLIPS_FLOW_REPLACE;
	struct klips_selector sel;
	struct klips_said said;
	bool named;
	u32 device;
	int err;

	err = read_device(kn, msg, &device);
	if (!err)
		err = read_selector(msg, device, &sel);
	if (err)
		return err;
	named = read_named(msg, KLIPS_EXT_SAID, &said);
	if (target->flags & KLIPS_FLOW_INBOUND)
		return klips_sa_selector_add(kn, &said, &sel, replace);
	return klips_eroute_add(kn, &sel, target->target, named ? &said : NULL,
				target->flags);
}

static int handle_delflow(struct klips_net *kn, const struct klips_pfkey_msg *msg,
			  struct sk_buff *skb)
{
	const struct klips_ext_target *target = klips_pfkey_ext(msg, KLIPS_EXT_TARGET);
	struct klips_selector sel;
	struct klips_said said;
	u32 device;
	int err;

	err = read_device(kn, msg, &device);
	if (err)
		return err;
	if (target->flags & KLIPS_FLOW_CLEAR) {
		klips_eroute_flush(kn, device);
		return 0;
	}
	err = read_selector(msg, device, &sel);
	if (err)
		return err;
	if (!(target->flags & KLIPS_FLOW_INBOUND))
		return klips_eroute_del(kn, &sel);
	read_named(msg, KLIPS_EXT_SAID, &said);
	return klips_sa_selector_del(kn, &said, &sel);
}

/* RFC 2367 3.1.6: the key daemon cannot, or will not. */
static int handle_acquire(struct klips_net *kn, const struct klips_pfkey_msg *msg,
			  struct sk_buff *skb)
{
	return klips_hold_refuse(kn, msg->hdr->sadb_msg_seq);
}

static int handle_debug(struct klips_net *kn, const struct klips_pfkey_msg *msg,
			struct sk_buff *skb)
{
	const struct klips_ext_debug *ext = klips_pfkey_ext(msg, KLIPS_EXT_DEBUG);

	klips_debug_change(kn, ext->set, ext->clear);
	return 0;
}

/* What the answer is made of, and who gets it. */
enum answer {
	ANSWER_SA,			/* about the SA, filled by the handler; to all */
	ANSWER_SA_SENDER,		/* the same, to the sender */
	ANSWER_ECHO,			/* the request; to all */
};

struct handler {
	enum answer answer;
	/* kn->lock held. On error nothing has changed, and @skb is not used. */
	int (*handle)(struct klips_net *kn, const struct klips_pfkey_msg *msg,
		      struct sk_buff *skb);
};

static const struct handler handlers[] = {
	[SADB_GETSPI] = { ANSWER_SA, handle_getspi },
	[SADB_UPDATE] = { ANSWER_SA, handle_add },
	[SADB_ADD] = { ANSWER_SA, handle_add },
	[SADB_DELETE] = { ANSWER_SA, handle_delete },
	[SADB_GET] = { ANSWER_SA_SENDER, handle_get },
	[SADB_ACQUIRE] = { ANSWER_ECHO, handle_acquire },
	[SADB_FLUSH] = { ANSWER_ECHO, handle_flush },
	[KLIPS_SADB_ADDFLOW] = { ANSWER_ECHO, handle_addflow },
	[KLIPS_SADB_DELFLOW] = { ANSWER_ECHO, handle_delflow },
	[KLIPS_SADB_GRPSA] = { ANSWER_ECHO, handle_group },
	[KLIPS_SADB_DEBUG] = { ANSWER_ECHO, handle_debug },
};

static int run_handler(struct klips_pfkey_sock *ps, const struct handler *h,
		       const struct klips_pfkey_msg *msg)
{
	struct klips_net *kn = net_of(ps);
	struct sk_buff *skb;
	int err;

	if (h->answer == ANSWER_ECHO)
		skb = klips_pfkey_echo(msg->hdr, GFP_KERNEL);
	else
		skb = klips_pfkey_sa_alloc(GFP_KERNEL);
	if (!skb)
		return -ENOBUFS;
	err = -EINTR;
	if (mutex_lock_killable(&kn->lock))
		goto out_free;
	err = h->handle(kn, msg, skb);
	if (err)
		goto out_unlock;
	if (h->answer == ANSWER_SA_SENDER)
		klips_pfkey_deliver(&ps->sk, skb);
	else
		klips_pfkey_broadcast(kn, skb);
	mutex_unlock(&kn->lock);
	return 0;

out_unlock:
	mutex_unlock(&kn->lock);
out_free:
	kfree_skb(skb);
	return err;
}

/* RFC 2367 3.1.7 */
static int handle_register(struct klips_pfkey_sock *ps,
			   const struct klips_pfkey_msg *msg)
{
	u8 satype = msg->hdr->sadb_msg_satype;
	struct sk_buff *skb;

	if (!klips_transform_find(klips_pfkey_proto(satype)))
		return -EPROTONOSUPPORT;
	skb = klips_pfkey_supported(msg->hdr);
	if (!skb)
		return -ENOBUFS;
	set_bit(satype, &ps->registered);
	klips_pfkey_deliver(&ps->sk, skb);
	return 0;
}

static int handle_dump(struct klips_pfkey_sock *ps,
		       const struct klips_pfkey_msg *msg)
{
	struct klips_pfkey_dump *dump = &ps->dump;
	int err = -EBUSY;

	mutex_lock(&ps->dump_lock);
	if (!dump->active) {
		dump->proto = klips_pfkey_proto(msg->hdr->sadb_msg_satype);
		dump->id = 0;
		dump->hdr = *msg->hdr;
		/* 0 is the mark of the last message. */
		if (!dump->hdr.sadb_msg_seq)
			dump->hdr.sadb_msg_seq = 1;
		WRITE_ONCE(dump->active, true);
		err = 0;
	}
	mutex_unlock(&ps->dump_lock);
	if (!err)
		klips_pfkey_dump_more(ps);
	return err;
}

/* The next SA as a message; NULL: there is none; -ENOBUFS, and it stays the next. */
static struct sk_buff *dump_next(struct klips_net *kn, struct klips_pfkey_dump *dump)
{
	struct sk_buff *skb = klips_pfkey_sa_alloc(GFP_KERNEL);
	struct klips_sa *sa;

	if (!skb)
		return ERR_PTR(-ENOBUFS);
	rcu_read_lock();
	do {
		sa = klips_sa_next(kn, &dump->id);
	} while (sa && dump->proto && sa->said.proto != dump->proto);
	if (sa)
		klips_pfkey_sa_fill(skb, &dump->hdr, sa, KLIPS_PFKEY_ALL);
	rcu_read_unlock();
	if (sa)
		return skb;
	kfree_skb(skb);
	return NULL;
}

/* dump_lock held. */
static void dump_stop(struct klips_pfkey_dump *dump)
{
	kfree_skb(dump->held);
	dump->held = NULL;
	WRITE_ONCE(dump->active, false);
}

/*
 * One step of a dump: the message held back goes out, the next one takes its place. The
 * last has seq 0. Without any SA that is a header with ENOENT, as other kernels do it.
 */
static void dump_step(struct klips_pfkey_sock *ps)
{
	struct klips_pfkey_dump *dump = &ps->dump;
	struct sk_buff *next = dump_next(net_of(ps), dump);
	struct sk_buff *skb = dump->held;

	if (IS_ERR(next)) {
		/* The reader must not wait for an end that never comes. */
		dump_stop(dump);
		klips_pfkey_lost(&ps->sk);
		return;
	}
	dump->held = next;
	if (next && !skb)
		return;
	if (!next) {
		WRITE_ONCE(dump->active, false);
		dump->hdr.sadb_msg_seq = 0;
		if (!skb)
			skb = klips_pfkey_plain(&dump->hdr, -ENOENT, GFP_KERNEL);
	}
	if (!skb) {
		klips_pfkey_lost(&ps->sk);
		return;
	}
	((struct sadb_msg *)skb->data)->sadb_msg_seq = dump->hdr.sadb_msg_seq;
	klips_pfkey_queue(&ps->sk, skb);
}

/* Messages that one call of the reader may have to wait for, whatever the size of its buffer. */
#define DUMP_BURST 64

void klips_pfkey_dump_more(struct klips_pfkey_sock *ps)
{
	struct sock *sk = &ps->sk;
	unsigned int n;

	mutex_lock(&ps->dump_lock);
	/* Half of the buffer is left to what others have to say. */
	for (n = 0; n < DUMP_BURST && ps->dump.active &&
	     2 * atomic_read(&sk->sk_rmem_alloc) < READ_ONCE(sk->sk_rcvbuf); n++)
		dump_step(ps);
	mutex_unlock(&ps->dump_lock);
}

void klips_pfkey_dump_end(struct klips_pfkey_sock *ps)
{
	mutex_lock(&ps->dump_lock);
	dump_stop(&ps->dump);
	mutex_unlock(&ps->dump_lock);
}

int klips_pfkey_handle(struct klips_pfkey_sock *ps,
		       const struct klips_pfkey_msg *msg)
{
	u8 type = msg->hdr->sadb_msg_type;

	if (type == SADB_REGISTER)
		return handle_register(ps, msg);
	if (type == SADB_DUMP)
		return handle_dump(ps, msg);
	if (type >= ARRAY_SIZE(handlers) || !handlers[type].handle)
		return -EINVAL;
	return run_handler(ps, &handlers[type], msg);
}
