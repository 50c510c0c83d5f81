/* SPDX-License-Identifier: GPL-2.0 */
/* Text that others may see: without what ipsec.secrets has, and without what looks like a key. */
#ifndef KLIPS_IPSEC_CENSOR_H
#define KLIPS_IPSEC_CENSOR_H

#include <stdbool.h>
#include <stdio.h>

struct censor {
	char **secrets;			/* as they are written in the file, and as they are meant */
	unsigned int n;
};

/* Learns the secrets of @path and what it includes: 0 or -errno (then nothing may be shown). */
int censor_learn(struct censor *c, const char *path);
void censor_free(struct censor *c);

/* Prints @text; whatever is a secret, and every run of 32 and more hexadecimal digits, becomes [...]. */
void censor_print(const struct censor *c, const char *text, FILE *out);

/* Prints what may be seen of a file of secrets: whose they are and of which kind. */
void censor_print_secrets(const char *text, FILE *out);

#endif
