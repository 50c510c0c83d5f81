// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "diag.h"

/* enum ike_reason of pluto's engine, in its order. */
static const struct {
	const char *name, *words;
} reasons[] = {
	{ NULL, "" },
	{ "no_answer", "the peer does not answer" },
	{ "no_proposal", "no proposal chosen" },
	{ "auth_failed", "authentication failed" },
	{ "no_conn", "no connection matches" },
	{ "ts_unacceptable", "traffic selectors unacceptable" },
	{ "no_secret", "no secret" },
	{ "protocol", "protocol error" },
	{ "kernel", "the kernel refused" },
	{ "gone", "taken down" },
};

const char *reason_name(uint32_t reason)
{
	return reason < sizeof(reasons) / sizeof(reasons[0]) ? reasons[reason].name : "unknown";
}

const char *reason_words(uint32_t reason)
{
	return reason < sizeof(reasons) / sizeof(reasons[0]) ? reasons[reason].words : "unknown reason";
}

bool client_running(const char *ctl)
{
	int fd = ctl_request(ctl, CTL_STATUS, &(struct ctl_name){ .name = "%none" }, sizeof(struct ctl_name));

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static int cannot_ask(const struct client *c, int err)
{
	if (c->quiet)
		return EXIT_NOT_RUNNING;
	if (err == -ENOENT || err == -ECONNREFUSED)
		complain("pluto is not running (nobody answers at %s); \"ipsec start\" starts it", c->ctl);
	else if (err == -EACCES || err == -EPERM)
		complain("no access to %s: only root may talk to pluto", c->ctl);
	else if (err == -EPIPE)
		complain("pluto closed the connection; look at its log (journalctl -u ipsec)");
	else if (err == -EPROTO)
		complain("pluto at %s is of another version than this command: \"ipsec restart\"", c->ctl);
	else
		complain("cannot talk to pluto at %s: %s", c->ctl, strerror(-err));
	return EXIT_NOT_RUNNING;
}

static int finished(const struct client *c, const struct ctl_done *done, const char *conn)
{
	const char *mark = conn ? "\"" : "";

	if (!done->err && !done->reason) {
		if (done->text[0] && !c->quiet)
			printf("%s%s%s%s%s\n", mark, conn ? conn : "", mark, conn ? ": " : "", done->text);
		return EXIT_DONE;
	}
	if (done->reason) {
		complain("conn \"%s\" is not up: %s", conn ? conn : "",
			 done->text[0] ? done->text : reason_words(done->reason));
		return done->reason;
	}
	complain("%s%s%s%s", conn ? "conn \"" : "", conn ? conn : "", conn ? "\": " : "",
		 done->text[0] ? done->text : strerror(-done->err));
	return done->err == -ENOENT && conn ? EXIT_NO_SUCH_CONN : EXIT_ERROR;
}

static void line(const struct ctl_text *text)
{
	if (text->error)
		complain("%s", text->text);
	else
		puts(text->text);
	fflush(stdout);			/* progress is shown as it happens */
}

int client_ask(const struct client *c, enum ctl_type type, const void *body, size_t len, const char *conn)
{
	static union {
		char bytes[CTL_MSG_MAX];
		struct ctl_text text;
		struct ctl_done done;
	} answer;
	int fd = ctl_request(c->ctl, type, body, len), got, status = -1;

	if (fd < 0)
		return cannot_ask(c, fd);
	while (status < 0) {
		got = ctl_answer(fd, &answer);
		if (got < 0)
			status = cannot_ask(c, got);
		else if (got == CTL_DONE)
			status = finished(c, &answer.done, conn);
		else if (got == CTL_TEXT_LINE)
			line(&answer.text);
		else if (c->answer)
			c->answer(c->ctx, got, &answer);
	}
	close(fd);
	return status;
}

int client_ask_name(const struct client *c, enum ctl_type type, const char *conn, bool async)
{
	struct ctl_name name;

	memset(&name, 0, sizeof(name));
	if (strlen(conn) >= sizeof(name.name)) {
		complain("conn \"%s\": expected a name of at most %zu characters", conn, sizeof(name.name) - 1);
		return EXIT_NO_SUCH_CONN;
	}
	strcpy(name.name, conn);
	name.async = async;
	return client_ask(c, type, &name, sizeof(name), conn[0] ? conn : NULL);
}

int client_stop(const struct client *c, const struct ctl_stop *request)
{
	static char answer[CTL_MSG_MAX];
	int fd = ctl_request(c->ctl, CTL_STOP, request, sizeof(*request)), got;

	if (fd < 0)
		return cannot_ask(c, fd);
	/* It says that it is done, then it ends: only then may another one start. */
	do {
		got = ctl_answer(fd, answer);
	} while (got >= 0);
	close(fd);
	return got == -EPIPE ? EXIT_DONE : cannot_ask(c, got);
}
