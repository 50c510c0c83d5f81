/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Self-tests of a module that is built with DEBUG=1: they run before anything else when it is
 * loaded, and say for each "klips selftest: ok NAME" or "not ok NAME: why".
 */
#ifndef KLIPS_SELFTEST_H
#define KLIPS_SELFTEST_H

#ifdef DEBUG

/* Whether all passed. */
bool klips_selftest_ah(void);
bool klips_selftest_eroute(void);
bool klips_selftest_esp(void);
bool klips_selftest_ipcomp(void);
bool klips_selftest_journal(void);
bool klips_selftest_xmit(void);

static inline int klips_selftest(void)
{
	bool ok = klips_selftest_esp();

	ok &= klips_selftest_ah();
	ok &= klips_selftest_ipcomp();
	ok = klips_selftest_journal() && ok;
	ok = klips_selftest_eroute() && ok;
	return klips_selftest_xmit() && ok ? 0 : -EIO;
}

#define klips_selftest_ok(name) pr_info("klips selftest: ok %s\n", name)
#define klips_selftest_fail(name, why) pr_err("klips selftest: not ok %s: %s\n", name, why)

#else

static inline int klips_selftest(void)
{
	return 0;
}

#endif
#endif
