// SPDX-License-Identifier: GPL-2.0
/* An SA on the command line. */
#include <arpa/inet.h>
#include <string.h>

#include "diag.h"
#include "saidopts.h"

#define SPI_MIN 0x100		/* below: reserved by IANA (RFC 4303 2.1) */

bool bad_value(const char *option, const char *value, const char *err)
{
	complain("--%s '%s': %s", option, value, err);
	return false;
}

bool family_opt(const char *option, const char *value, int *family)
{
	*family = AF_UNSPEC;
	if (!value)
		return true;
	if (!strcmp(value, "inet"))
		*family = AF_INET;
	else if (!strcmp(value, "inet6"))
		*family = AF_INET6;
	else
		return bad_value(option, value, "neither inet nor inet6");
	return true;
}

bool said_opts_given(const struct said_opts *opts)
{
	return opts->said || opts->af || opts->edst || opts->spi || opts->proto;
}

static bool missing(const char *option)
{
	complain("option '--%s' is missing: give --said, or --edst, --spi and --proto",
		 option);
	return false;
}

/* The form in pieces. */
static bool parse_pieces(const struct said_opts *opts, uint8_t proto,
			 struct said *said)
{
	const char *err;
	int family;

	if (!family_opt("af", opts->af, &family))
		return false;
	if (!opts->edst)
		return missing("edst");
	if (!opts->spi)
		return missing("spi");
	if (!opts->proto && !proto)
		return missing("proto");
	err = addr_parse(opts->edst, family, &said->dst);
	if (err)
		return bad_value("edst", opts->edst, err);
	err = spi_parse(opts->spi, &said->spi);
	if (err)
		return bad_value("spi", opts->spi, err);
	said->proto = proto;
	err = opts->proto ? sa_proto_parse(opts->proto, &said->proto) : NULL;
	return err ? bad_value("proto", opts->proto, err) : true;
}

bool said_opts_parse(const struct said_opts *opts, uint8_t proto,
		     struct said *said)
{
	const char *err = NULL;

	if (!said_opts_given(opts))
		return missing("said");
	if (opts->said) {
		if (opts->af || opts->edst || opts->spi || opts->proto) {
			complain("--said says what --af, --edst, --spi and --proto say: give one or the other");
			return false;
		}
		err = said_parse(opts->said, said);
		if (err)
			return bad_value("said", opts->said, err);
	} else if (!parse_pieces(opts, proto, said)) {
		return false;
	}
	if (ntohl(said->spi) < SPI_MIN)
		return bad_value(opts->said ? "said" : "spi",
				 opts->said ? opts->said : opts->spi,
				 "illegal reserved SPI, expected 0x100 or more");
	return true;
}
