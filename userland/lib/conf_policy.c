// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "conf_policy.h"

/* How the two ends prove who they are. */
static void auth_text(const struct conf_conn *conn, char *buf, size_t size)
{
	uint32_t auth = conf_conn_auth(conn, 0) | conf_conn_auth(conn, 1);
	char text[64];

	snprintf(text, sizeof(text), "%s%s%s%s", auth & CONF_AUTHBY_SECRET ? "+PSK" : "",
		 auth & (CONF_AUTHBY_RSA | CONF_AUTHBY_RSA_SHA1) ? "+RSASIG" : "", auth & CONF_AUTHBY_ECDSA ? "+ECDSA" : "",
		 auth & CONF_AUTHBY_EDDSA ? "+EDDSA" : "");
	snprintf(buf, size, "%s", text[0] ? text + 1 : "NONE");
}

char *conf_policy_format(const struct conf_conn *conn, char buf[CONF_POLICY_TEXT])
{
	static const char * const types[] = { "+ENCRYPT+TUNNEL", "PASS+NEVER_NEGOTIATE", "DROP+NEVER_NEGOTIATE",
					      "REJECT+NEVER_NEGOTIATE", "+ENCRYPT" };
	static const char * const negotiation[] = { "", "+negotiationPASS", "+negotiationDROP", "+negotiationREJECT" };
	static const char * const failure[] = { "", "+failurePASS", "+failureDROP", "+failureREJECT" };
	char auth[64] = "";

	if (conf_conn_negotiated(conn))
		auth_text(conn, auth, sizeof(auth));
	snprintf(buf, CONF_POLICY_TEXT, "%s%s%s%s%s", auth, types[conn->type <= CONF_TRANSPORT ? conn->type : 0],
		 conn->startup == CONF_AUTO_START ? "+UP" : "", negotiation[conn->negotiationshunt & 3],
		 failure[conn->failureshunt & 3]);
	return buf;
}
