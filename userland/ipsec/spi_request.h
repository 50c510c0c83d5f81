/* SPDX-License-Identifier: GPL-2.0 */
/* What ipsec spi was asked for. */
#ifndef KLIPS_IPSEC_SPI_REQUEST_H
#define KLIPS_IPSEC_SPI_REQUEST_H

#include "options.h"
#include "pfkey_ops.h"
#include "saidopts.h"

enum {
	SPI_ADD = OPT_FIRST, SPI_UPDATE, SPI_DEL, SPI_CLEAR, SPI_JSON,
	SPI_SAID, SPI_AF, SPI_EDST, SPI_SPI, SPI_PROTO, SPI_SRC, SPI_DST,
	SPI_ESP, SPI_AH, SPI_COMP, SPI_IP4, SPI_IP6,
	SPI_ENCKEY, SPI_AUTHKEY, SPI_MODE, SPI_WINDOW, SPI_LIFE,
	SPI_ESN, SPI_REQID, SPI_DEVICE, SPI_NOPMTUDISC, SPI_DECAP_DSCP, SPI_NOECN, SPI_FRAGMENTS,
	SPI_NATT, SPI_SPORT, SPI_DPORT, SPI_NATT_OA, SPI_NATT_OA_DST, SPI_KEEPALIVE,
	SPI_NEW_DST,
	SPI_IV, SPI_OUTIF, SPI_SAREF, SPI_SAREFME, SPI_SAREFHIM,
	SPI_DUMPSAREF, SPI_LISTENREPLY,
};

#define SPI_KEY_MAX 64			/* bytes of the longest key */

struct spi_request {
	int action;			/* SPI_ADD ... SPI_JSON; 0 becomes SPI_ADD */
	int kind;			/* SPI_ESP ... SPI_IP6, whichever came; 0: none */
	struct said_opts said_opts;	/* as given, NULL: not given; as all these */
	const char *src, *dst, *alg, *mode, *window, *life, *reqid, *device;
	const char *natt, *sport, *dport, *natt_oa, *natt_oa_dst, *keepalive, *new_dst;
	char *enckey, *authkey;
	bool esn;
	uint32_t flags;			/* SADB_SAFLAGS_* */

	struct sa_spec spec;		/* what it means; keys in the next two */
	uint8_t ekey[SPI_KEY_MAX];
	uint8_t akey[SPI_KEY_MAX];
};

/* "esp", "ah", "comp", "ip4", "ip6" of SPI_ESP ... SPI_IP6, and the protocol of the SA. */
const char *spi_kind_name(int kind);
uint8_t spi_kind_proto(int kind);

/* Fills the second half from the first. Complains and returns false. */
bool spi_request_parse(struct spi_request *r);

/* "soft-bytes=1000,hard-addtime=3600" into @spec; NULL or what is wrong. */
const char *spi_life_parse(const char *text, struct sa_spec *spec);

/* Zeroes keys, also those on the command line (ps shows them until then). */
void spi_request_wipe(struct spi_request *r);

#endif
