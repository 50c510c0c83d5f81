/* SPDX-License-Identifier: GPL-2.0 */
/* ipsec.secrets: pre-shared keys and whom they are for. Everything that held a key is zeroed. */
#ifndef KLIPS_LIB_CONF_SECRETS_H
#define KLIPS_LIB_CONF_SECRETS_H

#include "conf.h"

#define SECRET_IDS 16			/* indices of one secret */
#define SECRET_MAX 1024			/* bytes of one PSK */

struct secret {
	struct conf_id *ids;		/* CONF_ID_ANY: %any */
	unsigned int n_ids;		/* 0: matches everything, least */
	uint8_t *psk;
	size_t len;
	unsigned int line;		/* in the file it came from */
};

struct secrets {
	struct secret *list;		/* in the order of the file */
	unsigned int n;
};

/*
 * Reads @path and what it includes. 0, or -errno with at least one error reported and
 * nothing in @s. Kinds of secret that are not supported are reported as warnings and left out.
 */
int secrets_load(struct secrets *s, const char *path, conf_report_fn report, void *ctx);
void secrets_free(struct secrets *s);

/*
 * The best one for @me and @peer, NULL: none. @ambiguous: another, different one matches as
 * well; then the first of the file is given. Precedence: both ids, me and %any, me alone,
 * the peer and %any, %any, no index.
 */
const struct secret *secrets_find(const struct secrets *s, const struct conf_id *me,
				  const struct conf_id *peer, bool *ambiguous);

#endif
