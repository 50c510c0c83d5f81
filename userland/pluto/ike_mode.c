// SPDX-License-Identifier: GPL-2.0
/*
 * Transport mode, RFC 7296 1.3.1: who begins asks for it, who answers agrees by saying the same. A conn has the mode
 * that it says and no other: whoever wrote type=transport reckons with packets that look so.
 */
#include "ike_internal.h"

void w_mode(struct ike_writer *w, bool transport)
{
	if (transport)
		w_notify(w, N_USE_TRANSPORT_MODE, NULL, 0);
}

bool mode_said(const struct ike_payloads *in)
{
	struct ike_notify n;

	return ike_notify_find(in, N_USE_TRANSPORT_MODE, &n);
}

/* RFC 7296 2.23.1 wants addresses and checksums mended behind a NAT: that is not built. */
bool mode_natted(const struct ike_sa *sa)
{
	return sa->nat & (IKE_NAT_HERE | IKE_NAT_THERE);
}

bool mode_possible(const struct ike_sa *sa, const struct ike_conn *conn, bool asked)
{
	return conn->cfg.transport ? asked && !mode_natted(sa) : true;
}

void mode_log_refused(const struct ike_sa *sa, const struct ike_conn *conn, bool asked)
{
	char peer[IKE_ADDR_TEXT];

	ike_log(sa->e, (struct ike_conn *)conn, LOG_WARNING, asked ?
		"%s asks for transport mode through a NAT, which is not built: type=tunnel, with encapsulation in UDP, works there" :
		"%s asks for tunnel mode, and the conn has type=transport; see type= there", ike_peer_text(&sa->remote, peer));
}
