// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <string.h>

#include "client.h"
#include "diag.h"
#include "json.h"
#include "status.h"
#include "why_conn.h"

#define SENTENCE 1280

/* In one word, for programs. */
enum verdict { UP, ADOPTED, SHUNT, LOOPBACK, UNORIENTED, NO_ADDRESS, FIRST_TRY, FAILED_TRYING, FAILED_WAITING, GIVEN_UP, ON_DEMAND,
	       WAITS_FOR_PEER, NOT_ASKED, N_VERDICTS };

static const char * const names[N_VERDICTS] = {
	"up", "adopted", "shunt", "loopback", "unoriented", "no_address", "first_try", "failed_trying", "failed_waiting", "given_up",
	"on_demand", "waits_for_peer", "not_asked",
};

/* pluto's words for it, else those of the reason alone. */
static const char *failure_of(const struct ctl_conn *c)
{
	return c->failure[0] ? c->failure : reason_words(c->reason);
}

static bool is_any(const struct ctl_conn *c)
{
	return !c->remote.family;
}

static bool failed(const struct ctl_conn *c)
{
	return c->reason && strcmp(reason_words(c->reason), "taken down");
}

static enum verdict verdict_of(const struct ctl_conn *c)
{
	if (c->routing == CTL_LOOPBACK)
		return LOOPBACK;
	if (c->us > 1)
		return c->nameless ? NO_ADDRESS : UNORIENTED;
	if (!conf_conn_negotiated(&c->conf))
		return SHUNT;
	if (c->state == CTL_ESTABLISHED)
		return UP;
	if (c->adopted)
		return ADOPTED;
	if (c->state == CTL_TRYING)
		return failed(c) ? FAILED_TRYING : FIRST_TRY;
	if (c->state == CTL_WAITING)
		return FAILED_WAITING;
	if (is_any(c))
		return WAITS_FOR_PEER;
	if (c->routing != CTL_UNROUTED)
		return ON_DEMAND;
	return failed(c) ? GIVEN_UP : NOT_ASKED;
}

static void any_text(const struct ctl_conn *c, unsigned int up, char buf[SENTENCE])
{
	if (up)
		snprintf(buf, SENTENCE, "its peer is %%any: each peer that comes is an instance of it, and %u %s up", up,
			 up == 1 ? "is" : "are");
	else
		snprintf(buf, SENTENCE, "its peer is %%any: it comes up from there, and nobody has come%s%s",
			 failed(c) ? "; the last who did: " : "", failed(c) ? failure_of(c) : "");
}

/* Why it is as it is; @up of its instances are. */
static void why_text(const struct ctl_conn *c, unsigned int up, enum verdict v, char buf[SENTENCE])
{
	switch (v) {
	case UP:
		snprintf(buf, SENTENCE, "%s", c->story);
		break;
	case ADOPTED:
		snprintf(buf, SENTENCE, "its traffic goes by the SAs of an earlier pluto");
		break;
	case SHUNT:
		snprintf(buf, SENTENCE, "its type= negotiates nothing: it has no tunnel");
		break;
	case LOOPBACK:
		snprintf(buf, SENTENCE, "packets to this host itself reach no ipsec device: there is nothing to be done");
		break;
	case UNORIENTED:
		snprintf(buf, SENTENCE, "this host is no end of it%s%s", c->failure[0] ? ": " : "", c->failure);
		break;
	case NO_ADDRESS:
		snprintf(buf, SENTENCE, "%s", c->failure);
		break;
	case FIRST_TRY:
		snprintf(buf, SENTENCE, "it is being brought up");
		break;
	case FAILED_TRYING:
	case FAILED_WAITING:
		snprintf(buf, SENTENCE, "%s", failed(c) ? failure_of(c) : "it went down");
		break;
	case GIVEN_UP:
		snprintf(buf, SENTENCE, "%s; it was given up after %u attempt%s", failure_of(c), c->tries, c->tries == 1 ? "" : "s");
		break;
	case ON_DEMAND:
		snprintf(buf, SENTENCE, "%s%s", failed(c) ? failure_of(c) : "no packet has asked for it",
			 failed(c) ? "; packets bring it up" : "");
		break;
	case WAITS_FOR_PEER:
		any_text(c, up, buf);
		break;
	default:
		snprintf(buf, SENTENCE, "nobody has asked for it%s", c->reason ? " since it was taken down" : "");
	}
}

static const char *tries_text(const struct ctl_conn *c, char buf[64])
{
	if (c->conf.keyingtries)
		snprintf(buf, 64, "attempt %u of %u", c->tries + 1, c->conf.keyingtries);
	else
		snprintf(buf, 64, "attempt %u, and so on for ever", c->tries + 1);
	return buf;
}

/* What happens next, or what one has to do. */
static void next_text(const struct ctl_conn *c, enum verdict v, char buf[SENTENCE])
{
	char tries[64];

	switch (v) {
	case UP:
	case SHUNT:
	case LOOPBACK:
		buf[0] = '\0';
		break;
	case ADOPTED:
		snprintf(buf, SENTENCE, "a tunnel of this pluto takes over: from the peer, by auto=start, or with \"ipsec up %s\"",
			 c->conf.name);
		break;
	case UNORIENTED:
		snprintf(buf, SENTENCE, "as soon as one of its ends is an address of a device in interfaces= it is looked at anew");
		break;
	case NO_ADDRESS:
		snprintf(buf, SENTENCE, "as soon as the name has an address the conn is looked at anew; \"ipsec ready\" asks at once");
		break;
	case FIRST_TRY:
	case FAILED_TRYING:
		snprintf(buf, SENTENCE, "under way: %s", c->story);
		break;
	case FAILED_WAITING:
		if (c->retry == UINT64_MAX)
			snprintf(buf, SENTENCE, "%s", c->story);
		else
			snprintf(buf, SENTENCE, "it is tried again in %" PRIu64 " s (%s)", c->retry, tries_text(c, tries));
		break;
	case ON_DEMAND:
		if (c->routing == CTL_FAILURE)
			snprintf(buf, SENTENCE, "failureshunt= stays for %" PRIu64 " s more; or \"ipsec up %s\"", c->shunt_left,
				 c->conf.name);
		else
			snprintf(buf, SENTENCE, "the next packet for it brings it up; or \"ipsec up %s\"", c->conf.name);
		break;
	case WAITS_FOR_PEER:
		snprintf(buf, SENTENCE, "bring it up at the peer");
		break;
	default:
		snprintf(buf, SENTENCE, "nothing, until somebody types \"ipsec up %s\" or the peer comes", c->conf.name);
	}
}

/* Whether they are dropped where nothing else is done with them. Of a vhost: nobody knows which they are. */
static bool closed(const struct ctl_conn *c)
{
	bool unoriented = c->nameless ? conf_closed(&c->conf) : conf_closed_at_boot(&c->conf);

	if (c->us > 1)
		return unoriented && (conf_closed_end(&c->conf.end[0]) || conf_closed_end(&c->conf.end[1]));
	return conf_closed(&c->conf) && (c->remote.family || conf_closed_end(&c->conf.end[!c->us]));
}

/* What packets meet meanwhile. */
static const char *packets_text(const struct ctl_conn *c)
{
	static const char * const shunts[] = { "are held", "leave in the clear", "are dropped", "are refused" };

	switch (c->routing) {
	case CTL_TUNNEL:
		return "go through the tunnel";
	case CTL_HOLD:
		return "are held until it is up";
	case CTL_NEGOTIATION:
		return shunts[c->conf.negotiationshunt & 3];
	case CTL_FAILURE:
		return shunts[c->conf.failureshunt & 3];
	case CTL_PROSPECTIVE:
		if (conf_conn_negotiated(&c->conf))
			return "are held, and bring it up";
		return c->conf.type == CONF_PASSTHROUGH ? shunts[1] : c->conf.type == CONF_DROP ? shunts[2] : shunts[3];
	case CTL_LOOPBACK:
		return "stay in this host";
	default:
		return closed(c) ? "are dropped" : "take another route, maybe in the clear";
	}
}

static bool is_up(enum verdict v)
{
	return v == UP || v == ADOPTED;
}

void why_conn_text(const struct ctl_conn *c, unsigned int up, FILE *out)
{
	enum verdict v = verdict_of(c);
	char text[SENTENCE];

	fputs(c->conf.name, out);
	if (c->instance)
		fprintf(out, "[%u]", c->instance);
	fprintf(out, ": %s", is_up(v) ? "up" : v == SHUNT || v == LOOPBACK ? "no tunnel" : "down");
	if (c->us < 2 && v != SHUNT && v != LOOPBACK && v != ADOPTED)
		fprintf(out, ", since %" PRIu64 " s %s", c->since, v == FIRST_TRY || v == FAILED_TRYING ? "being brought up" :
			v == FAILED_WAITING ? "waiting for the next attempt" : is_up(v) ? "so" : "idle");
	fputc('\n', out);
	why_text(c, up, v, text);
	fprintf(out, "  why      %s\n", text);
	next_text(c, v, text);
	if (text[0])
		fprintf(out, "  next     %s\n", text);
	fprintf(out, "  packets  %s\n", packets_text(c));
}

void why_conn_json(const struct ctl_conn *c, unsigned int up, FILE *out)
{
	enum verdict v = verdict_of(c);
	char text[SENTENCE];
	struct json j;

	json_start(&j, out);
	json_object(&j, NULL);
	json_string(&j, "name", c->conf.name);
	if (c->instance)
		json_u64(&j, "instance", c->instance);
	else
		json_null(&j, "instance");
	json_bool(&j, "up", is_up(v));
	json_string(&j, "verdict", names[v]);
	if (c->us < 2)
		json_u64(&j, "since", c->since);
	else
		json_null(&j, "since");
	why_text(c, up, v, text);
	json_string(&j, "why", text);
	json_string(&j, "reason", failed(c) ? reason_name(c->reason) : NULL);
	json_string(&j, "last_failure", failed(c) ? failure_of(c) : NULL);
	json_string(&j, "doing", c->story);
	next_text(c, v, text);
	json_string(&j, "next", text[0] ? text : NULL);
	if (c->retry == UINT64_MAX)
		json_null(&j, "next_in");
	else
		json_u64(&j, "next_in", c->retry);
	json_u64(&j, "tries", c->tries);
	if (c->conf.keyingtries)
		json_u64(&j, "tries_max", c->conf.keyingtries);
	else
		json_null(&j, "tries_max");
	json_string(&j, "packets", packets_text(c));
	json_finish(&j);
}

static unsigned int instances_up(const struct status *s, const struct ctl_conn *c)
{
	unsigned int i, n = 0;

	for (i = 0; i < s->n_conns; i++)
		n += s->conns[i].instance && s->conns[i].state == CTL_ESTABLISHED && !strcmp(s->conns[i].conf.name, c->conf.name);
	return n;
}

int why_conn(const char *ctl, const char *name, bool as_json)
{
	struct status s;
	int status = status_ask(&s, ctl, name);
	unsigned int i, up;

	for (i = 0; !status && i < s.n_conns; i++) {
		up = instances_up(&s, &s.conns[i]);
		if (as_json)
			why_conn_json(&s.conns[i], up, stdout);
		else
			why_conn_text(&s.conns[i], up, stdout);
	}
	if (!status && (ferror(stdout) || fflush(stdout)))
		status = complain("cannot write the answer");
	status_free(&s);
	return status;
}
