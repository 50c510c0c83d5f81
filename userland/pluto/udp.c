// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/netlink.h>
#include <linux/udp.h>
#include <linux/xfrm.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "kept.h"
#include "plog.h"
#include "pluto.h"
#include "udp.h"

#define DATAGRAMS 64			/* served in one go, so that nobody else waits for long */

static const uint8_t marker[4];

static void received(struct udp *u, const struct sockaddr_storage *from, socklen_t from_len,
		     const uint8_t *data, size_t len)
{
	struct ike_addr local = to_ike_addr(&u->addr, u->port), remote;
	struct ip_addr addr;
	in_port_t port;
	char text[ADDR_TEXT];

	if (!addr_from_sockaddr(&addr, &port, (const struct sockaddr *)from, from_len))
		return;
	if (u->port == 4500) {
		/* A keepalive (RFC 3948 2.3), or ESP that the kernel did not take. */
		if (len < sizeof(marker) || memcmp(data, marker, sizeof(marker)))
			return;
		data += sizeof(marker);
		len -= sizeof(marker);
	}
	remote = to_ike_addr(&addr, ntohs(port));
	plog_debug(CONF_DEBUG_PACKETS, NULL, "received %zu bytes from %s:%u at port %u", len,
		   addr_format(&addr, text), ntohs(port), u->port);
	ike_packet(pluto.engine, loop_now(), &local, &remote, data, len);
	server_pump();
}

static void readable(struct watch *w, uint32_t events)
{
	struct udp *u = (struct udp *)w;
	static uint8_t data[65536];
	struct sockaddr_storage from;
	socklen_t from_len;
	ssize_t got;
	int i;

	(void)events;
	for (i = 0; i < DATAGRAMS && u->watch.fd >= 0; i++) {
		from_len = sizeof(from);
		got = recvfrom(u->watch.fd, data, sizeof(data), MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (got >= 0)
			received(u, &from, from_len, data, got);
		/* else the ICMP error of some earlier datagram: it is nothing to act on */
	}
}

/* The kernel takes policies of sockets only while xfrm_user is there to read them; this loads it. */
static void load_xfrm_user(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_XFRM);

	if (fd >= 0)
		close(fd);
}

static int set_policy(int fd, int family, int dir)
{
	int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	int option = family == AF_INET ? IP_XFRM_POLICY : IPV6_XFRM_POLICY;
	struct xfrm_userpolicy_info policy = { .action = XFRM_POLICY_ALLOW, .sel.family = family, .dir = dir };

	return setsockopt(fd, level, option, &policy, sizeof(policy)) < 0 ? -errno : 0;
}

/*
 * IKE must pass whatever policies there are, those of XFRM and ours: the kernel knows it by
 * this policy on the socket. A kernel without XFRM has nothing to pass.
 */
static int bypass(int fd, int family)
{
	int dir, err;

	for (dir = XFRM_POLICY_IN; dir <= XFRM_POLICY_OUT; dir++) {
		err = set_policy(fd, family, dir);
		if (err == -EINVAL) {
			load_xfrm_user();
			err = set_policy(fd, family, dir);
		}
		if (err && err != -EOPNOTSUPP && err != -ENOPROTOOPT)
			return err;
	}
	return 0;
}

/* NULL, or the step that failed with errno. */
static const char *set_options(int fd, const struct ip_addr *addr, uint16_t port, const char *device)
{
	int pmtu = IP_PMTUDISC_DONT, encap = UDP_ENCAP_ESPINUDP, err;

	/* A big IKE message is fragmented rather than lost. */
	if (addr->family == AF_INET && setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &pmtu, sizeof(pmtu)) < 0)
		return "set an option of";
	/* The kernel takes ESP out of UDP here; on port 500 it would take all of IKE for ESP. */
	if (port == 4500 && setsockopt(fd, IPPROTO_UDP, UDP_ENCAP, &encap, sizeof(encap)) < 0)
		return "take ESP in UDP at";
	if (device && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, strlen(device) + 1) < 0)
		return "bind to its device";
	err = bypass(fd, addr->family);
	errno = -err;
	return err < 0 ? "set the bypass policy (it needs CAP_NET_ADMIN and the kernel module xfrm_user) of" : NULL;
}

static const char *bind_to(int fd, const struct ip_addr *addr, uint16_t port)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(addr, htons(port), &ss);
	int on = 1;

	if (addr->family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
		return "set an option of";
	return bind(fd, (struct sockaddr *)&ss, len) < 0 ? "bind" : NULL;
}

int udp_open(struct udp *u, const struct ip_addr *addr, uint16_t port, const char *device, char why[UDP_WHY])
{
	int fd = kept_take(addr, port, device), err;
	const char *failed = "make";
	char text[ADDR_TEXT];
	bool fresh = fd < 0;

	u->addr = *addr;
	u->port = port;
	u->watch.ready = readable;
	if (fresh)
		fd = socket(addr->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	u->watch.fd = fd;
	if (fd >= 0)
		failed = set_options(fd, addr, port, device);
	if (!failed && fresh)
		failed = bind_to(fd, addr, port);
	if (!failed && !loop_add(&u->watch, EPOLLIN)) {
		kept_put(fd, addr, port, device);
		return 0;
	}
	err = -errno;
	snprintf(why, UDP_WHY, "cannot %s the socket %s port %u%s%s: %s%s", failed ? failed : "watch",
		 addr_format(addr, text), port, device ? " on " : "", device ? device : "", strerror(-err),
		 err == -EADDRINUSE ? "; another key daemon runs: look with \"ss -ulpn sport = :500 or sport = :4500\"" : "");
	if (fd >= 0) {
		kept_drop(fd);
		close(fd);
	}
	u->watch.fd = -1;
	return err;
}

void udp_close(struct udp *u)
{
	if (u->watch.fd < 0)
		return;
	loop_del(&u->watch);
	kept_drop(u->watch.fd);
	close(u->watch.fd);
	u->watch.fd = -1;
}

int udp_send(const struct udp *u, const struct ike_addr *remote, const uint8_t *data, size_t len)
{
	struct iovec iov[2] = { { (void *)marker, u->port == 4500 ? sizeof(marker) : 0 }, { (void *)data, len } };
	struct ip_addr addr = from_ike_addr(remote);
	struct sockaddr_storage ss;
	struct msghdr msg = { .msg_name = &ss, .msg_iov = iov, .msg_iovlen = 2 };
	char text[ADDR_TEXT];

	msg.msg_namelen = addr_to_sockaddr(&addr, htons(remote->port), &ss);
	plog_debug(CONF_DEBUG_PACKETS, NULL, "sending %zu bytes from port %u to %s:%u", len, u->port,
		   addr_format(&addr, text), remote->port);
	return sendmsg(u->watch.fd, &msg, 0) < 0 ? -errno : 0;
}
