// SPDX-License-Identifier: GPL-2.0
/* PF_KEY messages as text. Keys are never shown. */
#include <string.h>

#include "pfkey.h"
#include "pfkey_text.h"

const char *pfkey_type_name(uint8_t type)
{
	static const char *const names[] = {
		"reserved", "getspi", "update", "add", "delete", "get",
		"acquire", "register", "expire", "flush", "dump", "x_promisc",
		"x_pchange", "x_spdupdate", "x_spdadd", "x_spddelete",
		"x_spdget", "x_spdacquire", "x_spddump", "x_spdflush",
		"x_spdsetidx", "x_spdexpire", "x_spddelete2",
		"x_nat_t_new_mapping", "x_migrate",
	};

	switch (type) {
	case KLIPS_SADB_ADDFLOW: return "x_addflow";
	case KLIPS_SADB_DELFLOW: return "x_delflow";
	case KLIPS_SADB_GRPSA: return "x_grpsa";
	case KLIPS_SADB_DEBUG: return "x_debug";
	}
	if (type < sizeof(names) / sizeof(names[0]))
		return names[type];
	return "unknown";
}

const char *pfkey_satype_name(uint8_t satype)
{
	switch (satype) {
	case SADB_SATYPE_UNSPEC: return "unspec";
	case SADB_SATYPE_AH: return "AH";
	case SADB_SATYPE_ESP: return "ESP";
	case SADB_SATYPE_RSVP: return "RSVP";
	case SADB_SATYPE_OSPFV2: return "OSPFv2";
	case SADB_SATYPE_RIPV2: return "RIPv2";
	case SADB_SATYPE_MIP: return "MIP";
	case SADB_X_SATYPE_IPCOMP: return "COMP";
	case KLIPS_SATYPE_IPIP: return "IPIP";
	case KLIPS_SATYPE_INT: return "INT";
	default: return "unknown";
	}
}

/* A checked message of @len bytes. */
static void print_message(FILE *out, const struct pfkey_msg *msg)
{
	const struct sadb_msg *h = &msg->hdr;

	fprintf(out, "\npfkey v%u msg. type=%u(%s) seq=%u len=%u pid=%u errno=%u satype=%u(%s)\n",
		h->sadb_msg_version, h->sadb_msg_type,
		pfkey_type_name(h->sadb_msg_type), h->sadb_msg_seq,
		h->sadb_msg_len, h->sadb_msg_pid, h->sadb_msg_errno,
		h->sadb_msg_satype, pfkey_satype_name(h->sadb_msg_satype));
	fprintf(out, "version=%u type=%u errno=%u satype=%u len=%u seq=%u pid=%u ",
		h->sadb_msg_version, h->sadb_msg_type, h->sadb_msg_errno,
		h->sadb_msg_satype, h->sadb_msg_len, h->sadb_msg_seq,
		h->sadb_msg_pid);
	for (size_t at = sizeof(*h); at < msg->len;) {
		const struct sadb_ext *ext = (const void *)(msg->bytes + at);

		pfkey_print_ext(out, ext, h->sadb_msg_satype);
		at += ext->sadb_ext_len * 8;
	}
	putc('\n', out);
}

void pfkey_print(FILE *out, const void *bytes, size_t len)
{
	struct pfkey_view view;
	struct pfkey_msg msg;
	const char *err;

	if (len < sizeof(msg.hdr)) {
		fprintf(out, "\nrunt PF_KEY message: %zu bytes, a header has %zu\n",
			len, sizeof(msg.hdr));
		return;
	}
	if (len > sizeof(msg.bytes)) {
		fprintf(out, "\nPF_KEY message too long: %zu bytes\n", len);
		return;
	}
	memcpy(msg.bytes, bytes, len);
	msg.len = len;
	err = pfkey_parse(msg.bytes, msg.len, &view);
	if (err && msg.hdr.sadb_msg_len * 8u != len)
		fprintf(out, "\nPF_KEY length mismatch: header says %u bytes, %zu came\n",
			msg.hdr.sadb_msg_len * 8u, len);
	else if (err)
		fprintf(out, "\nmalformed PF_KEY message, type=%u(%s): %s\n",
			msg.hdr.sadb_msg_type,
			pfkey_type_name(msg.hdr.sadb_msg_type), err);
	else
		print_message(out, &msg);
	pfkey_wipe(&msg);
}
