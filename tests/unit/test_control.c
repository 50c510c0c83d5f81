// SPDX-License-Identifier: GPL-2.0
/* sources: userland/lib/control.c */
/* What arrives on the control socket: every length, every type; no byte of it is trusted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control.h"
#include "unit.h"

/* A message in memory of exactly its length, so that ASan sees a byte too far. */
static int check(uint32_t magic, uint16_t version, uint16_t type, size_t body_len, int fill)
{
	struct ctl_head head = { .magic = magic, .version = version, .type = type };
	size_t len = sizeof(head) + body_len;
	char *msg = malloc(len ? len : 1);
	int got;

	memcpy(msg, &head, sizeof(head));
	memset(msg + sizeof(head), fill, body_len);
	got = ctl_check(msg, len);
	free(msg);
	return got;
}

static void lengths(void)
{
	static const struct {
		uint16_t type;
		size_t size;
	} fixed[] = {
		{ CTL_ADD, sizeof(struct conf_conn) }, { CTL_DELETE, sizeof(struct ctl_name) }, { CTL_READY, 0 },
		{ CTL_CONN, sizeof(struct ctl_conn) }, { CTL_STOP, sizeof(struct ctl_stop) },
	};
	size_t i, len;

	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		for (len = 0; len < fixed[i].size + 40; len++)
			CHECK(check(CTL_MAGIC, CTL_VERSION, fixed[i].type, len, 0) ==
			      (len == fixed[i].size ? (int)fixed[i].type : -EBADMSG), "type %u, %zu bytes", fixed[i].type, len);
	for (len = 0; len < sizeof(struct ctl_done) + 40; len++) {
		CHECK(check(CTL_MAGIC, CTL_VERSION, CTL_DONE, len, 0) ==
		      (len > offsetof(struct ctl_done, text) && len <= sizeof(struct ctl_done) ? CTL_DONE : -EBADMSG),
		      "CTL_DONE of %zu bytes", len);
		CHECK(check(CTL_MAGIC, CTL_VERSION, CTL_DONE, len, 'x') == -EBADMSG, "text without an end, %zu bytes", len);
	}
	unit_done("control: lengths");
}

static void heads(void)
{
	char small[8] = { 0 };
	unsigned int type, known = 0;

	CHECK(ctl_check(small, 3) == -EBADMSG, "3 bytes");
	CHECK(check(CTL_MAGIC + 1, CTL_VERSION, CTL_READY, 0, 0) == -EPROTO, "another magic");
	CHECK(check(CTL_MAGIC, CTL_VERSION + 1, CTL_READY, 0, 0) == -EPROTO, "another version");
	for (type = 0; type < 65536; type++)
		known += check(CTL_MAGIC, CTL_VERSION, type, 0, 0) > 0;
	CHECK(known == 4, "%u types without a body, not READY, REREAD, REREAD_TRUST and LOADED", known);
	unit_done("control: heads");
}

static void lens(void)
{
	struct ctl_text text;

	memset(&text, 'x', sizeof(text));
	CHECK(ctl_body_len(CTL_TEXT_LINE, &text) <= sizeof(text), "text that has no end");
	strcpy(text.text, "abc");
	CHECK(ctl_body_len(CTL_TEXT_LINE, &text) == offsetof(struct ctl_text, text) + 4, "text is sent with what is behind it");
	CHECK(sizeof(struct ctl_conn) <= CTL_MSG_MAX && sizeof(struct ctl_daemon) <= CTL_MSG_MAX, "messages do not fit");
	CHECK(ctl_request("/nonexistent/pluto.ctl", CTL_READY, NULL, 0) == -ENOENT, "a socket that is not there");
	unit_done("control: what is sent");
}

int main(void)
{
	lengths();
	heads();
	lens();
	return unit_status();
}
