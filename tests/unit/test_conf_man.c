// SPDX-License-Identifier: GPL-2.0
/* sources: userland/lib/conf_keys.c userland/lib/conf_value.c userland/lib/conf_setup.c userland/lib/conf_pool.c userland/lib/conf_auth.c userland/lib/dn.c userland/lib/rsakey.c userland/lib/protoport.c userland/lib/conf_id.c userland/lib/conf_proposal.c userland/lib/addr.c userland/lib/subnet.c userland/lib/value.c userland/lib/ttodata.c */
/* ipsec.conf(5) and the table of keywords say the same. Run in the top directory. */
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "unit.h"

static char page[262144];

static const char *shown(const struct conf_key *key)
{
	return key->name[0] ? key->name : "left";
}

/* The text between this keyword's line and the next .It, .El or section that follows one of the same status. */
static bool documented(const struct conf_key *key)
{
	char head[80];
	const char *at = page, *end, *note;

	snprintf(head, sizeof(head), "\n.It Cm %s\n", shown(key));
	while ((at = strstr(at, head)) != NULL) {
		at += strlen(head);
		end = strstr(at, "\n.");
		note = strstr(at, key->note);
		if (note && (!end || note < end))
			return true;
	}
	return false;
}

static bool known(const char *name)
{
	unsigned int i;

	for (i = 0; i < conf_n_keys; i++)
		if (!strcmp(shown(&conf_keys[i]), name))
			return true;
	return false;
}

int main(void)
{
	FILE *f = fopen("userland/man/ipsec.conf.5", "r");
	char name[80];
	const char *at;
	unsigned int i;

	CHECK(f, "cannot read userland/man/ipsec.conf.5");
	if (!f)
		return unit_status();
	page[fread(page, 1, sizeof(page) - 1, f)] = '\0';
	fclose(f);
	for (i = 0; i < conf_n_keys; i++)
		CHECK(documented(&conf_keys[i]), "%s= is not in the page, or with another text than \"%s\"",
		      shown(&conf_keys[i]), conf_keys[i].note);
	for (at = page; (at = strstr(at, "\n.It Cm ")) != NULL; at++)
		if (sscanf(at, "\n.It Cm %79s", name) == 1)
			CHECK(known(name), "%s= is in the page and not in the table", name);
	unit_done("conf: ipsec.conf(5) lists the keywords of the table");
	return unit_status();
}
