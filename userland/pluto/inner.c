// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adopt.h"
#include "iface.h"
#include "inner.h"
#include "plog.h"

struct inner {
	struct inner *next;
	struct rtnl_addr at;
	unsigned int users;
	bool ours;			/* else the administrator put it there, and it stays */
};

static struct inner *all;

static struct inner **find(const struct ip_addr *addr, int ifindex)
{
	struct inner **at = &all;

	while (*at && ((*at)->at.ifindex != ifindex || !addr_equal(&(*at)->at.local, addr)))
		at = &(*at)->next;
	return at;
}

static int put(struct inner *i, const char *device, char why[INNER_WHY])
{
	int err = rtnl_addr_add(iface_rtnl(), &i->at);
	char text[ADDR_TEXT];

	i->ours = !err || adopt_source(&i->at.local);
	if (!err || err == -EEXIST)
		return 0;
	snprintf(why, INNER_WHY, "cannot put the address %s, which the peer gave, on %s: %s", addr_format(&i->at.local, text), device,
		 strerror(-err));
	return err;
}

int inner_add(const struct ip_addr *addr, const char *device, int ifindex, char why[INNER_WHY])
{
	struct inner *i = *find(addr, ifindex);
	int err;

	if (i) {
		i->users++;
		return 0;
	}
	i = calloc(1, sizeof(*i));
	if (!i) {
		snprintf(why, INNER_WHY, "out of memory");
		return -ENOMEM;
	}
	i->at = (struct rtnl_addr){ .ifindex = ifindex, .local = *addr, .prefix = subnet_host(addr) };
	i->users = 1;
	err = put(i, device, why);
	if (err) {
		free(i);
		return err;
	}
	i->next = all;
	all = i;
	return 0;
}

void inner_del(const struct ip_addr *addr, int ifindex)
{
	struct inner **at = find(addr, ifindex), *i = *at;
	char text[ADDR_TEXT];
	int err;

	if (!i || --i->users)
		return;
	*at = i->next;
	err = i->ours ? rtnl_addr_del(iface_rtnl(), &i->at) : 0;
	if (err && err != -EADDRNOTAVAIL && err != -ENODEV)
		plog(LOG_WARNING, NULL, "cannot take %s away again: %s", addr_format(addr, text), strerror(-err));
	free(i);
}
