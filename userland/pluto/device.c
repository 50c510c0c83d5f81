// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <klips/netlink.h>

#include "device.h"
#include "iface.h"
#include "plog.h"
#include "pluto.h"

struct device {
	char virt[KLIPS_IFNAMSIZ];
	int virt_index;			/* 0: it is not there (yet) */
	int phys_index;
	bool made;			/* by us: we remove it */
	unsigned int mss_users;		/* loaded conns with mss=auto */
	bool settled;			/* it was up once: who takes it down has a reason */
};

static struct device devices[CONF_PAIRS];
static unsigned int n_devices;

static void state_path(char *path, size_t size)
{
	snprintf(path, size, "%s/devices", pluto.rundir);
}

/* Names of the devices pluto made, one a line: what a crashed pluto made is still ours. */
static void state_write(void)
{
	char path[256];
	unsigned int i;
	FILE *f;

	state_path(path, sizeof(path));
	f = fopen(path, "we");
	if (!f) {
		plog(LOG_WARNING, NULL, "cannot write %s: %s; the devices stay when pluto ends", path, strerror(errno));
		return;
	}
	for (i = 0; i < n_devices; i++)
		if (devices[i].made)
			fprintf(f, "%s\n", devices[i].virt);
	fclose(f);
}

void device_open(void)
{
	char path[256], name[64];
	unsigned int i;
	FILE *f;

	n_devices = pluto.setup.n_pairs;
	for (i = 0; i < n_devices; i++)
		strcpy(devices[i].virt, pluto.setup.pairs[i].virt);
	state_path(path, sizeof(path));
	f = fopen(path, "re");
	while (f && fgets(name, sizeof(name), f)) {
		name[strcspn(name, "\n")] = '\0';
		for (i = 0; i < n_devices; i++)
			if (!strcmp(devices[i].virt, name))
				devices[i].made = true;
	}
	if (f)
		fclose(f);
}

void device_close(void)
{
	struct rtnl *r = iface_rtnl();
	char path[256];
	unsigned int i;
	int err;

	for (i = 0; i < n_devices; i++) {
		if (!devices[i].made || !devices[i].virt_index)
			continue;
		err = rtnl_link_del(r, devices[i].virt_index);
		if (err && err != -ENODEV)
			plog(LOG_ERR, NULL, "cannot remove %s: %s", devices[i].virt, rtnl_error(r, err));
	}
	state_path(path, sizeof(path));
	unlink(path);
	n_devices = 0;
}

void device_cleanup(void)
{
	struct rtnl *r = iface_rtnl();
	struct rtnl_link link;
	char path[256], name[64];
	FILE *f;

	state_path(path, sizeof(path));
	f = fopen(path, "re");
	while (f && fgets(name, sizeof(name), f)) {
		name[strcspn(name, "\n")] = '\0';
		if (!rtnl_link_get(r, name, &link) && !strcmp(link.kind, KLIPS_LINK_KIND))
			rtnl_link_del(r, link.ifindex);
	}
	if (f)
		fclose(f);
	unlink(path);
}

static int wrong(char why[DEVICE_WHY], int err, const struct device *d, const char *phys, const char *what)
{
	snprintf(why, DEVICE_WHY, "interfaces=%s=%s: %s", d->virt, phys, what);
	return err;
}

static int make(struct device *d, const char *phys, char why[DEVICE_WHY])
{
	struct rtnl *r = iface_rtnl();
	char what[256];
	int err;

	err = rtnl_link_add(r, d->virt, KLIPS_LINK_KIND, d->phys_index);
	if (err == -EOPNOTSUPP)
		return wrong(why, err, d, phys, "klips is not loaded; look at \"modprobe klips\" and the kernel log");
	if (err) {
		snprintf(what, sizeof(what), "cannot make %s: %s", d->virt, rtnl_error(r, err));
		return wrong(why, err, d, phys, what);
	}
	if (d->settled)
		plog(LOG_WARNING, NULL, "%s had been removed, it is there again", d->virt);
	d->made = true;
	d->settled = false;
	state_write();
	return 0;
}

static int by_conf(uint8_t said)
{
	return said == CONF_UNSAID ? -1 : said == CONF_YES;
}

/* What ipsec.conf says of headers and MTU; of what it does not say the device keeps what it has. */
static int apply_conf(const struct device *d)
{
	struct rtnl_headers headers = RTNL_HEADERS_KEEP;
	struct rtnl *r = iface_rtnl();
	int err = 0;

	headers.hidetos = by_conf(pluto.setup.hidetos);
	headers.fragicmp = by_conf(pluto.setup.fragicmp);
	if (d->mss_users)
		headers.mss = KLIPS_MSS_AUTO;
	if (headers.hidetos >= 0 || headers.fragicmp >= 0 || headers.mss >= 0)
		err = rtnl_link_headers(r, d->virt_index, &headers);
	if (!err && pluto.setup.overridemtu)
		err = rtnl_link_mtu(r, d->virt_index, pluto.setup.overridemtu);
	return err;
}

/* The device is there, of our kind, and above @phys. */
static int settle(struct device *d, const char *phys, char why[DEVICE_WHY])
{
	struct rtnl *r = iface_rtnl();
	struct rtnl_link link;
	char what[256];
	int err;

	err = rtnl_link_get(r, d->virt, &link);
	if (err == -ENODEV) {
		err = make(d, phys, why);
		if (err)
			return err;
		err = rtnl_link_get(r, d->virt, &link);
	}
	if (!err && strcmp(link.kind, KLIPS_LINK_KIND))
		return wrong(why, -EEXIST, d, phys, "a device of that name exists that is none of klips; choose another name or remove it");
	d->virt_index = err ? 0 : link.ifindex;
	if (!err && link.lower != d->phys_index)
		err = rtnl_link_attach(r, link.ifindex, d->phys_index);
	if (!err && !d->settled)
		err = apply_conf(d);
	if (!err && !d->settled && !(link.flags & IFF_UP))
		err = rtnl_link_up(r, link.ifindex, true);
	if (!err) {
		d->settled = true;
		return 0;
	}
	snprintf(what, sizeof(what), "cannot attach it, set hidetos=, fragicmp= and overridemtu=, and set it up: %s", rtnl_error(r, err));
	return wrong(why, err, d, phys, what);
}

static int sync_one(struct device *d, const char *phys, int default_index, char why[DEVICE_WHY])
{
	struct rtnl *r = iface_rtnl();
	struct rtnl_link link;
	int err;

	if (phys[0])
		err = rtnl_link_get(r, phys, &link);
	else if (default_index)
		err = rtnl_link_get_index(r, default_index, &link);
	else
		return 0;		/* no default route yet */
	if (err)
		return wrong(why, err, d, phys, "there is no such device; look at \"ip link\"");
	d->phys_index = link.ifindex;
	return settle(d, link.name, why);
}

int device_sync(int default_index, char why[DEVICE_WHY])
{
	char this_why[DEVICE_WHY];
	int err = 0, this_err;
	unsigned int i;

	for (i = 0; i < n_devices; i++) {
		this_err = sync_one(&devices[i], pluto.setup.pairs[i].phys, default_index, this_why);
		if (this_err && !err) {
			err = this_err;
			memcpy(why, this_why, DEVICE_WHY);
		}
	}
	return err;
}

static struct device *device_find(const char *virt)
{
	unsigned int i;

	for (i = 0; i < n_devices; i++)
		if (!strcmp(devices[i].virt, virt))
			return &devices[i];
	return NULL;
}

static void set_mss(const struct device *d, int mss)
{
	struct rtnl_headers headers = RTNL_HEADERS_KEEP;
	int err;

	headers.mss = mss;
	err = d->virt_index ? rtnl_link_headers(iface_rtnl(), d->virt_index, &headers) : 0;
	if (err && err != -ENODEV)
		plog(LOG_ERR, NULL, "cannot change mss of %s: %s", d->virt, rtnl_error(iface_rtnl(), err));
}

void device_mss_get(const char *virt)
{
	struct device *d = device_find(virt);

	if (d && !d->mss_users++)
		set_mss(d, KLIPS_MSS_AUTO);
}

void device_mss_put(const char *virt)
{
	struct device *d = device_find(virt);

	if (d && d->mss_users && !--d->mss_users)
		set_mss(d, KLIPS_MSS_OFF);
}

const char *device_above(int phys_index)
{
	unsigned int i;

	for (i = 0; i < n_devices; i++)
		if (devices[i].virt_index && devices[i].phys_index == phys_index)
			return devices[i].virt;
	return "";
}

bool device_lost(int ifindex)
{
	unsigned int i;

	for (i = 0; i < n_devices; i++)
		if (devices[i].virt_index == ifindex)
			return true;
	return false;
}

int device_index(const char *virt)
{
	const struct device *d = device_find(virt);

	return d ? d->virt_index : 0;
}
