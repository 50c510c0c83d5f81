/* SPDX-License-Identifier: GPL-2.0 */
/* What ipsec spi was asked for. */
#ifndef KLIPS_IPSEC_SPI_REQUEST_H
#define KLIPS_IPSEC_SPI_REQUEST_H

#include "options.h"
#include "pfkey_ops.h"
#include "saidopts.h"

enum {
	SPI_ADD = OPT_FIRST, SPI_DEL, SPI_CLEAR, SPI_JSON,
	SPI_SAID, SPI_AF, SPI_EDST, SPI_SPI, SPI_PROTO, SPI_SRC,
	SPI_ESP, SPI_ENCKEY, SPI_AUTHKEY, SPI_MODE, SPI_WINDOW, SPI_LIFE,
	SPI_ESN, SPI_REQID, SPI_DEVICE,
	SPI_AH, SPI_COMP, SPI_IP4, SPI_IP6, SPI_DST, SPI_NATT, SPI_SPORT,
	SPI_DPORT, SPI_IV, SPI_OUTIF, SPI_SAREF, SPI_SAREFME, SPI_SAREFHIM,
	SPI_DUMPSAREF, SPI_LISTENREPLY,
};

#define SPI_KEY_MAX 64			/* bytes of the longest key */

struct spi_request {
	int action;			/* SPI_ADD ... SPI_JSON; 0 becomes SPI_ADD */
	struct said_opts said_opts;	/* as given, NULL: not given; as all these */
	const char *src, *esp, *mode, *window, *life, *reqid, *device;
	char *enckey, *authkey;
	bool esn;

	struct sa_spec spec;		/* what it means; keys in the next two */
	uint8_t ekey[SPI_KEY_MAX];
	uint8_t akey[SPI_KEY_MAX];
};

/* Fills the second half from the first. Complains and returns false. */
bool spi_request_parse(struct spi_request *r);

/* "soft-bytes=1000,hard-addtime=3600" into @spec; NULL or what is wrong. */
const char *spi_life_parse(const char *text, struct sa_spec *spec);

/* Zeroes keys, also those on the command line (ps shows them until then). */
void spi_request_wipe(struct spi_request *r);

#endif
