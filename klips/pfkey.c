// SPDX-License-Identifier: GPL-2.0
/*
 * The PF_KEY socket: who may have one, how messages come in and go out, and who gets to
 * see them. What they say is for pfkey_msg.c.
 *
 * Locks: kn->pfkey_lock for changes of the list of sockets, RCU to walk it. A socket
 * lives until a grace period after its release (SOCK_RCU_FREE), so a broadcast that still
 * sees it may queue to it; what it queued goes with the socket.
 */
#include <linux/capability.h>
#include <linux/module.h>
#include <linux/rculist.h>
#include <linux/user_namespace.h>

#include "debug.h"
#include "journal.h"
#include "pfkey.h"
#include "pfkey_msg.h"

static bool unprivileged_userns;
module_param(unprivileged_userns, bool, 0644);
MODULE_PARM_DESC(unprivileged_userns,
		 "Serve network namespaces of user namespaces too, whose root may be anybody (default: no)");

bool klips_pfkey_serves(const struct net *net)
{
	return net->user_ns == &init_user_ns || READ_ONCE(unprivileged_userns);
}

static struct proto klips_key_proto = {
	.name = "KLIPS_KEY",
	.owner = THIS_MODULE,
	.obj_size = sizeof(struct klips_pfkey_sock),
};

void klips_pfkey_queue(struct sock *sk, struct sk_buff *skb)
{
	skb_set_owner_r(skb, sk);
	skb_queue_tail(&sk->sk_receive_queue, skb);
	if (!sock_flag(sk, SOCK_DEAD))
		sk->sk_data_ready(sk);
}

void klips_pfkey_lost(struct sock *sk)
{
	WRITE_ONCE(sk->sk_err, ENOBUFS);
	if (!sock_flag(sk, SOCK_DEAD))
		sk_error_report(sk);
}

bool klips_pfkey_deliver(struct sock *sk, struct sk_buff *skb)
{
	if (atomic_read(&sk->sk_rmem_alloc) < READ_ONCE(sk->sk_rcvbuf)) {
		klips_pfkey_queue(sk, skb);
		return true;
	}
	kfree_skb(skb);
	klips_pfkey_lost(sk);
	return false;
}

void klips_pfkey_broadcast(struct klips_net *kn, struct sk_buff *skb)
{
	struct klips_pfkey_sock *ps;

	rcu_read_lock();
	list_for_each_entry_rcu(ps, &kn->pfkey_sockets, node) {
		struct sk_buff *copy = skb_clone(skb, GFP_ATOMIC);

		if (copy)
			klips_pfkey_deliver(&ps->sk, copy);
		else
			klips_pfkey_lost(&ps->sk);
	}
	rcu_read_unlock();
	consume_skb(skb);
}

bool klips_pfkey_listens(struct klips_net *kn)
{
	struct klips_pfkey_sock *ps;
	bool listens = false;

	rcu_read_lock();
	list_for_each_entry_rcu(ps, &kn->pfkey_sockets, node)
		listens |= test_bit(SADB_SATYPE_ESP, &ps->registered);
	rcu_read_unlock();
	return listens;
}

bool klips_pfkey_tell(struct klips_net *kn, struct sk_buff *skb)
{
	struct klips_pfkey_sock *ps;
	bool told = false;

	rcu_read_lock();
	list_for_each_entry_rcu(ps, &kn->pfkey_sockets, node) {
		struct sk_buff *copy;

		if (!test_bit(SADB_SATYPE_ESP, &ps->registered))
			continue;
		copy = skb_clone(skb, GFP_ATOMIC);
		if (copy)
			told |= klips_pfkey_deliver(&ps->sk, copy);
		else
			klips_pfkey_lost(&ps->sk);
	}
	rcu_read_unlock();
	consume_skb(skb);
	return told;
}

/* A grace period after the last reference: nobody queues any more. */
static void pfkey_destruct(struct sock *sk)
{
	skb_queue_purge(&sk->sk_receive_queue);
}

static int pfkey_release(struct socket *sock)
{
	struct sock *sk = sock->sk;
	struct klips_pfkey_sock *ps;
	struct klips_net *kn;

	if (!sk)
		return 0;
	ps = klips_pfkey_sk(sk);
	kn = klips_net(sock_net(sk));
	spin_lock(&kn->pfkey_lock);
	list_del_rcu(&ps->node);
	spin_unlock(&kn->pfkey_lock);
	sock_orphan(sk);
	sock->sk = NULL;
	klips_pfkey_dump_end(ps);
	sock_put(sk);
	return 0;
}

/*
 * The sender alone is told why its message was refused, as RFC 2367 3.1 wants it:
 * by a header with an errno.
 */
static int answer_error(struct sock *sk, const struct sadb_msg *hdr, int err)
{
	struct sk_buff *skb = klips_pfkey_plain(hdr, err, GFP_KERNEL);

	if (!skb)
		return -ENOBUFS;
	klips_pfkey_deliver(sk, skb);
	return 0;
}

/* One message of @len bytes in @buf: 0, or -errno of a write that cannot be answered. */
static int take_message(struct sock *sk, const void *buf, size_t len)
{
	struct klips_pfkey_msg msg;
	int err;

	err = klips_pfkey_frame(buf, len);
	if (err)
		return err;
	err = klips_pfkey_parse(buf, len, &msg);
	if (!err)
		err = klips_pfkey_handle(klips_pfkey_sk(sk), &msg);
	klips_debug(klips_net(sock_net(sk)), KLIPS_DEBUG(PFKEY),
		    "pfkey: message type %u of SA type %u from process %u: %d",
		    msg.hdr->sadb_msg_type, msg.hdr->sadb_msg_satype,
		    msg.hdr->sadb_msg_pid, err);
	if (!err || err == -EINTR)
		return err;
	return answer_error(sk, buf, err);
}

/*
 * Malformed framing fails the write; everything else is answered by a message. The
 * right to send is that of the process that sends and of the one that opened the socket.
 */
static int pfkey_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	struct sock *sk = sock->sk;
	void *buf;
	int err;

	if (msg->msg_flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (msg->msg_controllen)
		return -EINVAL;
	if (!sk_net_capable(sk, CAP_NET_ADMIN))
		return -EPERM;
	if (len < sizeof(struct sadb_msg) || len > KLIPS_PFKEY_MAX_MSG)
		return -EMSGSIZE;
	buf = kmalloc(len, GFP_KERNEL_ACCOUNT);
	if (!buf)
		return -ENOBUFS;
	if (copy_from_iter_full(buf, len, &msg->msg_iter))
		err = take_message(sk, buf, len);
	else
		err = -EFAULT;
	/* There may be keys in it. */
	kfree_sensitive(buf);
	return err ? err : (int)len;
}

static int pfkey_recvmsg(struct socket *sock, struct msghdr *msg, size_t len,
			 int flags)
{
	struct sock *sk = sock->sk;
	struct klips_pfkey_sock *ps = klips_pfkey_sk(sk);
	struct sk_buff *skb;
	size_t copied;
	int err;

	if (flags & (MSG_OOB | MSG_ERRQUEUE))
		return -EOPNOTSUPP;
	skb = skb_recv_datagram(sk, flags, &err);
	if (!skb)
		return err;
	copied = skb->len;
	if (copied > len) {
		msg->msg_flags |= MSG_TRUNC;
		copied = len;
	}
	err = skb_copy_datagram_msg(skb, 0, msg, copied);
	if (!err)
		err = flags & MSG_TRUNC ? skb->len : copied;
	skb_free_datagram(sk, skb);
	if (READ_ONCE(ps->dump.active))
		klips_pfkey_dump_more(ps);
	return err;
}

static const struct proto_ops pfkey_ops = {
	.family = PF_KEY,
	.owner = THIS_MODULE,
	.release = pfkey_release,
	.sendmsg = pfkey_sendmsg,
	.recvmsg = pfkey_recvmsg,
	.poll = datagram_poll,
	.bind = sock_no_bind,
	.connect = sock_no_connect,
	.socketpair = sock_no_socketpair,
	.accept = sock_no_accept,
	.getname = sock_no_getname,
	.ioctl = sock_no_ioctl,
	.listen = sock_no_listen,
	.shutdown = sock_no_shutdown,
	.mmap = sock_no_mmap,
};

static int pfkey_create(struct net *net, struct socket *sock, int protocol,
			int kern)
{
	struct klips_net *kn = klips_net(net);
	struct klips_pfkey_sock *ps;
	struct sock *sk;

	if (!ns_capable(net->user_ns, CAP_NET_ADMIN) || !klips_pfkey_serves(net))
		return -EPERM;
	if (sock->type != SOCK_RAW)
		return -ESOCKTNOSUPPORT;
	if (protocol != PF_KEY_V2)
		return -EPROTONOSUPPORT;
	/* What it may make can drop packets. */
	if (klips_journal_start(kn))
		return -ENOBUFS;
	sk = sk_alloc(net, PF_KEY, GFP_KERNEL, &klips_key_proto, kern);
	if (!sk)
		return -ENOBUFS;
	sock->ops = &pfkey_ops;
	sock_init_data(sock, sk);
	sock_set_flag(sk, SOCK_RCU_FREE);
	sk->sk_destruct = pfkey_destruct;
	ps = klips_pfkey_sk(sk);
	mutex_init(&ps->dump_lock);
	spin_lock(&kn->pfkey_lock);
	list_add_tail_rcu(&ps->node, &kn->pfkey_sockets);
	spin_unlock(&kn->pfkey_lock);
	return 0;
}

static const struct net_proto_family pfkey_family = {
	.family = PF_KEY,
	.owner = THIS_MODULE,
	.create = pfkey_create,
};

int klips_pfkey_net_init(struct klips_net *kn)
{
	INIT_LIST_HEAD(&kn->pfkey_sockets);
	spin_lock_init(&kn->pfkey_lock);
	return 0;
}

/* Sockets hold their namespace: none is left. */
void klips_pfkey_net_exit(struct klips_net *kn)
{
}

int klips_pfkey_init(void)
{
	int err = proto_register(&klips_key_proto, 0);

	if (err)
		return err;
	err = sock_register(&pfkey_family);
	if (!err)
		return 0;
	proto_unregister(&klips_key_proto);
	if (err == -EEXIST)
		pr_err("klips: PF_KEY is taken by another module, af_key: end the programs that use it and type \"modprobe -r af_key\"; to keep it out for good put \"blacklist af_key\" and \"install af_key /bin/false\" into a file in /etc/modprobe.d\n");
	return err;
}

void klips_pfkey_exit(void)
{
	sock_unregister(PF_KEY);
	proto_unregister(&klips_key_proto);
}
