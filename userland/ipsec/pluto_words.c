// SPDX-License-Identifier: GPL-2.0
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "paths.h"
#include "pluto_words.h"

const char *pluto_path(void)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/pluto", path_exec_dir());
	return path;
}

static void word(struct words *w, const char *text)
{
	if (w->n + 1 < WORDS)
		w->list[w->n++] = strdup(text);
}

static void word_pair(struct words *w, const struct conf_pair *pair)
{
	char text[2 * KLIPS_IFNAMSIZ + 16];

	snprintf(text, sizeof(text), "%s=%s", pair->virt, pair->phys[0] ? pair->phys : "%defaultroute");
	word(w, "--interface");
	word(w, text);
}

static void word_debug(struct words *w, uint32_t debug)
{
	if (debug & CONF_DEBUG_CONTROL)
		word(w, "--debug-control");
	if (debug & CONF_DEBUG_KERNEL)
		word(w, "--debug-kernel");
	if (debug & CONF_DEBUG_PACKETS)
		word(w, "--debug-packets");
}

static void word_bool(struct words *w, const char *option, uint8_t said)
{
	if (said == CONF_UNSAID)
		return;
	word(w, option);
	word(w, said == CONF_YES ? "yes" : "no");
}

static void word_headers(struct words *w, const struct conf_setup *setup)
{
	char text[16];

	word_bool(w, "--hidetos", setup->hidetos);
	word_bool(w, "--fragicmp", setup->fragicmp);
	if (!setup->overridemtu)
		return;
	snprintf(text, sizeof(text), "%u", setup->overridemtu);
	word(w, "--overridemtu");
	word(w, text);
}

void pluto_words(struct words *w, const struct conf_setup *setup, bool foreground)
{
	char text[PATH_MAX];
	uint32_t i;

	word(w, pluto_path());
	if (foreground)
		word(w, "--nofork");
	word(w, setup->stack == CONF_STACK_NONE ? "--use-nostack" : "--use-klips");
	snprintf(text, sizeof(text), "%s/ipsec.secrets", path_conf_dir());
	word(w, "--secretsfile");
	word(w, text);
	snprintf(text, sizeof(text), "%s/ipsec.d", path_conf_dir());
	word(w, "--ipsecdir");
	word(w, text);
	word_bool(w, "--strictcrlpolicy", setup->strictcrl);
	word_bool(w, "--uniqueids", setup->uniqueids);
	if (setup->virtual_private[0]) {
		word(w, "--virtual_private");
		word(w, setup->virtual_private);
	}
	if (setup->logfile[0]) {
		word(w, "--logfile");
		word(w, setup->logfile);
	}
	if (!setup->n_pairs) {
		word(w, "--interface");
		word(w, "%none");
	}
	for (i = 0; i < setup->n_pairs; i++)
		word_pair(w, &setup->pairs[i]);
	for (i = 0; i < setup->n_listen; i++) {
		word(w, "--listen");
		word(w, addr_format(&setup->listen[i], text));
	}
	word_headers(w, setup);
	snprintf(text, sizeof(text), "%u", setup->shuntlifetime);
	word(w, "--shuntlifetime");
	word(w, text);
	snprintf(text, sizeof(text), "%u", setup->keep_alive);
	word(w, "--keep_alive");
	word(w, text);
	word_debug(w, setup->debug);
}
