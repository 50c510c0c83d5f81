// SPDX-License-Identifier: GPL-2.0
/* What ipsec spi was asked for. */
#include <linux/ipsec.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"
#include "spi_request.h"
#include "ttodata.h"
#include "value.h"

#define WINDOW_MAX 4096

static bool missing(const char *option)
{
	complain("option '--%s' is missing", option);
	return false;
}

/* The field that "bytes" and so on name, NULL: none. Returns its largest value in @max. */
static void *life_field(struct sa_limits *l, const char *name, size_t len,
			uint64_t *max)
{
	static const char *const names[] = {
		"allocations", "packets", "bytes", "addtime", "usetime",
	};
	void *const fields[] = {
		/* PF_KEY has one field for both, klips counts packets */
		&l->allocations, &l->allocations, &l->bytes, &l->addtime,
		&l->usetime,
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i]) == len && !strncmp(names[i], name, len)) {
			*max = i < 2 ? UINT32_MAX : INT64_MAX;
			return fields[i];
		}
	}
	return NULL;
}

/* One soft-bytes=1000 of @len characters. */
static const char *life_item(const char *text, size_t len, struct sa_spec *spec)
{
	struct sa_limits *limits;
	char item[64], *equals;
	uint64_t n, max;
	void *field;

	if (len >= sizeof(item))
		return "an item is too long";
	memcpy(item, text, len);
	item[len] = '\0';
	if (!strncmp(item, "soft-", 5))
		limits = &spec->soft;
	else if (!strncmp(item, "hard-", 5))
		limits = &spec->hard;
	else
		return "an item does not begin with soft- or hard-";
	equals = strchr(item, '=');
	if (!equals)
		return "an item has no =";
	field = life_field(limits, item + 5, equals - item - 5, &max);
	if (!field)
		return "a name is none of bytes, packets, allocations, addtime, usetime";
	if (number_parse(equals + 1, 1, max, &n))
		return max == UINT32_MAX ?
			"packets are not a number from 1 to 4294967295" :
			"a value is not a number from 1 upwards";
	if (max == UINT32_MAX ? *(uint32_t *)field : *(uint64_t *)field)
		return "an item comes twice (packets and allocations are the same)";
	if (max == UINT32_MAX)
		*(uint32_t *)field = n;
	else
		*(uint64_t *)field = n;
	return NULL;
}

const char *spi_life_parse(const char *text, struct sa_spec *spec)
{
	const char *err = NULL;

	for (;;) {
		size_t len = strcspn(text, ",");

		err = life_item(text, len, spec);
		if (err || !text[len])
			return err;
		text += len + 1;
	}
}

/* Decodes one key. Its value is never shown. */
static bool parse_key(const char *option, const char *text, unsigned int bits,
		      const struct esp_alg *alg, uint8_t *key)
{
	char salt[40] = "";
	const char *err;
	size_t len = 0;

	if (!bits && text) {
		complain("--%s: %s takes no such key", option, alg->name);
		return false;
	}
	if (!bits)
		return true;
	if (!text) {
		complain("option '--%s' is missing: %s needs a key of %u bits",
			 option, alg->name, bits);
		return false;
	}
	err = ttodata(text, key, SPI_KEY_MAX, &len);
	if (err) {
		complain("--%s: %s, expected 0x, 0s or 0t and %u bits", option,
			 err, bits);
		return false;
	}
	if (alg->salt_bits && bits == alg->ekey_bits)
		snprintf(salt, sizeof(salt), " (the last %u are the salt)",
			 alg->salt_bits);
	if (len * 8 != bits) {
		complain("--%s: the key has %zu bits, %s needs %u%s", option,
			 len * 8, alg->name, bits, salt);
		return false;
	}
	return true;
}

static bool parse_alg(struct spi_request *r)
{
	const struct esp_alg *alg;

	if (!r->esp)
		return missing("esp");
	alg = esp_alg_by_name(r->esp);
	if (!alg) {
		complain("--esp '%s': not supported, expected a name like aes_gcm128 or "
			 "aes128-sha2_256, ipsec spi --esp help lists all", r->esp);
		return false;
	}
	r->spec.alg = alg;
	r->spec.ekey = r->ekey;
	r->spec.akey = r->akey;
	return parse_key("enckey", r->enckey, alg->ekey_bits, alg, r->ekey) &&
	       parse_key("authkey", r->authkey, alg->akey_bits, alg, r->akey);
}

static bool parse_src(struct spi_request *r)
{
	const char *err;

	if (!r->src)
		return true;
	err = addr_parse(r->src, AF_UNSPEC, &r->spec.src);
	if (err)
		return bad_value("src", r->src, err);
	if (r->spec.src.family != r->spec.said.dst.family)
		return bad_value("src", r->src,
				 "not of the same family as the SA's destination");
	return true;
}

static bool parse_mode(struct spi_request *r)
{
	if (!r->mode || !strcmp(r->mode, "tunnel"))
		r->spec.mode = IPSEC_MODE_TUNNEL;
	else if (!strcmp(r->mode, "transport"))
		r->spec.mode = IPSEC_MODE_TRANSPORT;
	else
		return bad_value("mode", r->mode, "neither tunnel nor transport");
	return true;
}

static bool parse_settings(struct spi_request *r)
{
	const char *err;
	uint64_t n = 0;

	if (!parse_mode(r))
		return false;
	if (r->window && number_parse(r->window, 0, WINDOW_MAX, &n))
		return bad_value("replay_window", r->window,
				 "not a number from 0 to 4096");
	r->spec.window = n;
	r->spec.esn = r->esn;
	n = 0;
	if (r->reqid && number_parse(r->reqid, 0, UINT32_MAX, &n))
		return bad_value("reqid", r->reqid,
				 "not a number from 0 to 4294967295");
	r->spec.reqid = n;
	err = r->life ? spi_life_parse(r->life, &r->spec) : NULL;
	if (err)
		return bad_value("life", r->life, err);
	if (r->device && (!*r->device || strlen(r->device) >= KLIPS_IFNAMSIZ))
		return bad_value("device", r->device,
				 "not a device name, expected 1 to 15 characters");
	r->spec.device = r->device;
	return true;
}

static bool parse_add(struct spi_request *r)
{
	if (!said_opts_parse(&r->said_opts, r->esp ? IPPROTO_ESP : 0, &r->spec.said))
		return false;
	if (r->spec.said.proto != IPPROTO_ESP) {
		complain("the SA must be an esp one, others are not supported yet");
		return false;
	}
	if (addr_is_any(&r->spec.said.dst)) {
		complain("an SA needs a destination, %s is none",
			 r->said_opts.said ? r->said_opts.said : r->said_opts.edst);
		return false;
	}
	if (!r->src)
		return missing("src");
	return parse_src(r) && parse_settings(r) && parse_alg(r);
}

/* The option of a new SA that came with --del or --clear, or NULL. */
static const char *stray(const struct spi_request *r)
{
	return r->esp ? "esp" : r->enckey ? "enckey" : r->authkey ? "authkey" :
	       r->mode ? "mode" : r->window ? "replay_window" : r->esn ? "esn" :
	       r->life ? "life" : r->reqid ? "reqid" :
	       r->device ? "device" : NULL;
}

bool spi_request_parse(struct spi_request *r)
{
	if (!r->action)
		r->action = SPI_ADD;
	if (r->action == SPI_ADD)
		return parse_add(r);
	if (stray(r)) {
		complain("option '--%s' has no meaning with --%s", stray(r),
			 r->action == SPI_DEL ? "del" : "clear");
		return false;
	}
	if (r->action == SPI_DEL)
		return said_opts_parse(&r->said_opts, IPPROTO_ESP, &r->spec.said) &&
		       parse_src(r);
	if (said_opts_given(&r->said_opts) || r->src) {
		complain("--clear removes every SA and takes no other option");
		return false;
	}
	return true;
}

void spi_request_wipe(struct spi_request *r)
{
	if (r->enckey)
		explicit_bzero(r->enckey, strlen(r->enckey));
	if (r->authkey)
		explicit_bzero(r->authkey, strlen(r->authkey));
	explicit_bzero(r, sizeof(*r));
}
