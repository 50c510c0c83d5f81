/* SPDX-License-Identifier: GPL-2.0 */
/* How pluto is called: "config setup" of ipsec.conf as words of a command line. */
#ifndef KLIPS_IPSEC_PLUTO_WORDS_H
#define KLIPS_IPSEC_PLUTO_WORDS_H

#include "conf.h"

#define WORDS 96

/* Ends with NULL. The words are never freed: pluto is started once in the life of a command. */
struct words {
	char *list[WORDS];
	unsigned int n;
};

const char *pluto_path(void);

/* @w: zeroed. @foreground: for the service manager. */
void pluto_words(struct words *w, const struct conf_setup *setup, bool foreground);

#endif
